"""Run the pretend world as a process: one JSON line when ready, gone within two seconds when told."""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from reposter_sandbox.scenario import UnknownScenario, scenario_names
from reposter_sandbox.world import World, WorldBusy

PARENT_POLL_SECONDS = 1.0
STOP_SECONDS_MAX = 1.5


def main() -> int:
    options = _options()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    ending = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: ending.set())
    try:
        world = World(options.data_dir, scenario=options.scenario, speed=options.speed, seed=options.seed).start()
    except (UnknownScenario, WorldBusy, ValueError, OSError) as problem:
        sys.stderr.write(f"The pretend world cannot start: {problem}\n")
        return 1
    sys.stdout.write(json.dumps(world.describe()) + "\n")
    sys.stdout.flush()
    while not ending.wait(PARENT_POLL_SECONDS):
        if options.parent_pid and not _is_alive(options.parent_pid):
            break
    # Whatever a slow client holds open: the promise is two seconds, and the store survives a kill.
    deadline = threading.Timer(STOP_SECONDS_MAX, os._exit, (0,))
    deadline.daemon = True
    deadline.start()
    world.stop()
    deadline.cancel()
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m reposter_sandbox",
        description="A pretend TikTok (site, CDN and API) and a mailbox, on loopback only.",
    )
    parser.add_argument("--data-dir", type=Path, required=True, help="everything the world remembers")
    parser.add_argument("--speed", type=float, default=60.0, help="world seconds per real second")
    parser.add_argument("--seed", type=int, default=7, help="decides footage, luck and faults of a new folder")
    parser.add_argument("--scenario", default="happy-day", help=", ".join(scenario_names()))
    parser.add_argument("--parent-pid", type=int, default=0, help="end when this process is gone")
    return parser.parse_args()


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """A parent that died and was not collected still has a pid; only Linux can tell cheaply."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
