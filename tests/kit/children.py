"""Children that `run_child` is tested with: each deed is one way to behave or to misbehave."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

from reposter.kit.errors import Conflict
from reposter.kit.process import Json, OnProgress, serve

FOREVER_SECONDS = 600


class ShelfEmpty(Conflict):
    code = "a_shelf_of_this_test_is_empty"


def double(request: Json, say: OnProgress) -> Json:
    for number in request["numbers"]:
        say({"at": number})
    return {"doubled": [2 * number for number in request["numbers"]]}


def chat(_request: Json, _say: OnProgress) -> Json:
    print('{"result": "from a chatty library"}')  # noqa: T201  # the point
    os.write(1, b"and its C part\n")
    return {"said": "the truth"}


def refuse(_request: Json, _say: OnProgress) -> Json:
    raise ShelfEmpty("Nothing is left.", hint="Fill it.", retry_after_seconds=3, shelf=7)


def crash(_request: Json, _say: OnProgress) -> Json:
    raise ZeroDivisionError("a bug of the child")


def be_killed(_request: Json, _say: OnProgress) -> Json:
    print("meeting a damaged frame", file=sys.stderr, flush=True)  # noqa: T201  # its last words
    os.kill(os.getpid(), signal.SIGSEGV)
    return {}


def leave(_request: Json, _say: OnProgress) -> Json:
    os._exit(0)


def hang(_request: Json, say: OnProgress) -> Json:
    helper = subprocess.Popen([sys.executable, "-c", f"import time; time.sleep({FOREVER_SECONDS})"])
    say({"pids": [os.getpid(), helper.pid]})
    time.sleep(FOREVER_SECONDS)
    return {}


def eat(request: Json, _say: OnProgress) -> Json:
    return {"size": len(bytearray(request["bytes"]))}


def fill_the_disk(request: Json, _say: OnProgress) -> Json:
    with open(request["path"], "wb") as file:  # noqa: PTH123  # the plainest way to write
        file.write(bytes(request["bytes"]))
    return {}


def flood(request: Json, say: OnProgress) -> Json:
    for _ in range(request["times"]):
        say({"text": "x" * request["bytes"]})
    return {}


def tell_environment(request: Json, _say: OnProgress) -> Json:
    return {"value": os.environ.get(request["name"])}


DEEDS = (double, chat, refuse, crash, be_killed, leave, hang, eat, fill_the_disk, flood, tell_environment)

if __name__ == "__main__":
    by_name = {deed.__name__: deed for deed in DEEDS}
    serve(lambda request, say: by_name[request["deed"]](request, say))
