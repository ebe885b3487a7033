"""Kill processes of a running demo with SIGKILL at random moments; nothing may be posted twice, nothing lost.

`python -m benchmarks.chaos.demo [--kills N] [--until-published N] [--seed N] [--data-dir DIR]`. Victims are drawn from
every process of the demo: web, agents, their children, the pretend world, and the demo itself, which is then started
again on the same folder. Ends in one line of JSON; exit code 1 when a promise was broken.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import psutil

PAUSE_SECONDS = (0.5, 5.0)
RUN_SECONDS_MAX = 420


class Chaos:
    """One demo under fire, until it has published enough and all shots are fired."""

    def __init__(self, data_dir: Path, *, kills: int, until_published: int, seed: int) -> None:
        self._data_dir, self._kills, self._until = data_dir, kills, until_published
        self._random = random.Random(seed)
        self.victims: Counter[str] = Counter()
        self.starts = 0
        self._log = (data_dir.parent / f"{data_dir.name}.log").open("ab")

    def run(self) -> dict[str, float]:
        """The demo's own last line, from the start that lived to its end."""
        deadline = time.monotonic() + RUN_SECONDS_MAX
        while True:
            demo = self._start()
            self._shoot(demo, deadline)
            out, _ = demo.communicate(timeout=max(1.0, deadline - time.monotonic()))
            if demo.returncode == 0:
                self._log.close()
                return json.loads(out.splitlines()[-1])
            if demo.returncode != -9:
                raise SystemExit(f"the demo ended with {demo.returncode}; see {self._log.name}")

    def _start(self) -> subprocess.Popen[str]:
        self.starts += 1
        # Enough to publish that the shots fall while work is in hand.
        return subprocess.Popen(
            [
                sys.executable, "-m", "reposter", "demo", "--headless", "--json", "--data-dir", str(self._data_dir),
                "--until-published", str(self._until), "--timeout", str(RUN_SECONDS_MAX),
            ],
            stdout=subprocess.PIPE, stderr=self._log, text=True,
        )  # fmt: skip

    def _shoot(self, demo: subprocess.Popen[str], deadline: float) -> None:
        while sum(self.victims.values()) < self._kills and demo.poll() is None and time.monotonic() < deadline:
            time.sleep(self._random.uniform(*PAUSE_SECONDS))
            family = {_name(process, demo.pid): process for process in _family(demo.pid)}
            if not any(name.startswith("publisher") for name in family):
                continue  # still coming up: nothing is on its way that could be lost
            name = self._random.choice(sorted(family))
            try:
                family[name].kill()
            except psutil.NoSuchProcess:
                continue
            self.victims[name] += 1


def _family(pid: int) -> list[psutil.Process]:
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _name(process: psutil.Process, demo_pid: int) -> str:
    try:
        words = process.cmdline()
    except psutil.NoSuchProcess:
        return "gone"
    if process.pid == demo_pid:
        return "demo"
    if "--name" in words:
        return words[words.index("--name") + 1]
    if "-m" in words:
        module = words[words.index("-m") + 1]
        return words[words.index("-m") + 2] if module == "reposter" else module
    return Path(words[0]).name if words else "gone"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--until-published", type=int, default=4)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--data-dir", type=Path)
    options = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        chaos = Chaos(
            options.data_dir or Path(folder) / "chaos",
            kills=options.kills,
            until_published=options.until_published,
            seed=options.seed,
        )
        figures = chaos.run()
    kept = figures["duplicates"] == 0 and figures["published"] == figures["ledger_posts"]
    print(
        json.dumps(
            {
                "bench": "chaos",
                "seed": options.seed,
                "kills": sum(chaos.victims.values()),
                "victims": dict(chaos.victims),
                "starts": chaos.starts,
                **figures,
                "promises_kept": kept,
                "seconds": round(time.monotonic() - started, 1),
            }
        )
    )
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
