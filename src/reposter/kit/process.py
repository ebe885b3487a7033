"""Child processes with limits: a hostile file or a hung library can kill neither agent nor server.

A child is `python -m MODULE`. It reads one JSON request on its standard input and answers in JSON lines on its
standard output: any number of `{"progress": {...}}`, then `{"result": {...}}` or `{"error": {...}}`. The module calls
`serve(handler)`; the parent calls `run_child(MODULE, request)`.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from reposter.kit.errors import AppError, ChildFailed, StorageExhausted

ANSWER_BYTES_MAX = 64 << 20
STDERR_BYTES_MAX = 64 << 10
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None  # loaded here: nothing may be imported after a fork

Json = dict[str, Any]  # whatever JSON can hold
OnProgress = Callable[[Json], None]


@dataclass(frozen=True)
class Limits:
    """What a child may use; beyond it the child and its own children are killed."""

    wall_seconds: float
    memory_bytes: int = 4 << 30
    file_bytes: int = 8 << 30
    cpu_seconds: int | None = None


@dataclass
class _Reader:
    """Collects a pipe's bytes up to a limit."""

    limit: int
    data: bytearray = field(default_factory=bytearray)

    def feed(self, chunk: bytes) -> None:
        self.data += chunk[: max(0, self.limit - len(self.data))]


def run_child(
    module: str,
    request: Json,
    *,
    limits: Limits,
    on_progress: OnProgress | None = None,
    env: dict[str, str] | None = None,
) -> Json:
    """Run `python -m module` with `request` and return its result.

    Progress lines go to `on_progress` as they come; if that raises, the child is killed and the error goes on (this
    is how work is cancelled).

    Raises:
        AppError: what the child reported, with its own code.
        ChildFailed: it was killed, ran over a limit or did not answer.
    """
    child = subprocess.Popen(
        [sys.executable, "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **(env or {})},
        start_new_session=True,
        preexec_fn=lambda: _confine(limits),  # noqa: PLW1509  # only prctl and setrlimit run there
    )
    try:
        return _converse(child, module, request, limits, on_progress)
    finally:
        _kill_group(child)
        for pipe in (child.stdin, child.stdout, child.stderr):
            if pipe:
                pipe.close()


def serve(handler: Callable[[Json, OnProgress], Json]) -> None:
    """The child's side: read the request, call `handler`, answer; our errors cross the border with their code."""
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)  # a chatty library must not speak into the conversation

    def say(message: Json) -> None:
        answer.write(json.dumps(message) + "\n")
        answer.flush()

    try:
        request = json.loads(sys.stdin.buffer.read())
        say({"result": handler(request, lambda progress: say({"progress": progress}))})
    except AppError as error:
        say({"error": error.to_dict()})
    except OSError as error:
        if error.errno not in (28, 27, 122):  # ENOSPC, EFBIG, EDQUOT
            raise
        full = StorageExhausted("The disk is full.", hint="Free some space; work goes on by itself.")
        say({"error": full.to_dict()})


def end_with_parent() -> None:
    """From now on this process is asked to end (SIGTERM) when the one that started it is gone."""
    if LIBC:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() == 1:  # it is gone already
            os.kill(os.getpid(), signal.SIGTERM)


def _converse(
    child: subprocess.Popen[bytes],
    module: str,
    request: Json,
    limits: Limits,
    on_progress: OnProgress | None,
) -> Json:
    assert child.stdin and child.stdout and child.stderr
    deadline = time.monotonic() + limits.wall_seconds
    try:
        child.stdin.write(json.dumps(request).encode())
        child.stdin.close()
    except BrokenPipeError:
        pass  # it died at once; its exit code tells more
    errors = _Reader(STDERR_BYTES_MAX)
    pending, read = b"", 0
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        selector.register(child.stderr, selectors.EVENT_READ)
        while selector.get_map():
            left = deadline - time.monotonic()
            if left <= 0:
                raise ChildFailed(
                    f"{_short(module)} took longer than {limits.wall_seconds:.0f} s and was stopped.",
                    hint="It may hang on a damaged file, or the machine may be too busy.",
                )
            for key, _ in selector.select(min(left, 1.0)):
                chunk = os.read(key.fd, 65536)
                if not chunk:
                    selector.unregister(key.fileobj)
                elif key.fileobj is child.stderr:
                    errors.feed(chunk)
                else:
                    read += len(chunk)
                    if read > ANSWER_BYTES_MAX:
                        raise ChildFailed(f"{_short(module)} answered with more than it may.")
                    *lines, pending = (pending + chunk).split(b"\n")
                    for line in lines:
                        result = _understand(line, module, on_progress)
                        if result is not None:
                            return result
    raise _died(child, module, bytes(errors.data))


def _understand(line: bytes, module: str, on_progress: OnProgress | None) -> Json | None:
    try:
        message: Json = json.loads(line)
    except ValueError as error:  # a library that prints while it is imported, before `serve` turns its output away
        said = line[:500].decode(errors="replace")
        raise ChildFailed(f"{_short(module)} answered nonsense.", hint="The log has it.", answer=said) from error
    if "error" in message:
        raise AppError.from_dict(message["error"])
    if "progress" in message and on_progress:
        on_progress(message["progress"])
    result: Json | None = message.get("result")
    return result


def _died(child: subprocess.Popen[bytes], module: str, stderr: bytes) -> ChildFailed:
    code = child.wait()
    how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
    last = stderr.decode(errors="replace").strip().splitlines()[-1:] or [""]
    return ChildFailed(
        f"{_short(module)} {how} before it answered.",
        hint="It may have met a damaged file or run out of memory; the log has its last words.",
        exit_code=code,
        last_words=last[0][:500],
    )


def _short(module: str) -> str:
    return module.removeprefix("reposter.")


def _confine(limits: Limits) -> None:
    if LIBC:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, limits.file_bytes)
    if sys.platform == "linux":  # elsewhere the address space says little about memory
        _lower(resource.RLIMIT_AS, limits.memory_bytes)
    if limits.cpu_seconds:
        _lower(resource.RLIMIT_CPU, limits.cpu_seconds)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a full quota is an error we can report, not a death


def _lower(what: int, wanted: int) -> None:
    """Set a limit, or keep the stricter one that we live under ourselves."""
    _, hard = resource.getrlimit(what)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(what, (allowed, allowed))


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
