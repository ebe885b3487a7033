"""What Reposter costs while nothing happens: `python -m benchmarks.idle [--seconds 60] [--data-dir DIR]`.

Starts `reposter up` on an empty folder, waits until every process has settled, then reads resident memory (the sum over
all processes, and the share that counts shared pages once) and processor time from the system. Ends in a line of JSON.
"""

from __future__ import annotations

import argparse
import json
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil

PROCESSES = 5
START_SECONDS_MAX = 120
SETTLE_SECONDS = 15


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--data-dir", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(options.data_dir or Path(folder) / "data", options.seconds)))
    return 0


def measure(data_dir: Path, seconds: float) -> dict[str, object]:
    port = _free_port()
    started = time.monotonic()
    up = subprocess.Popen(
        [sys.executable, "-m", "reposter", "up", "--data-dir", str(data_dir), "--port", str(port)],
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_served(port, up)
        start_seconds = time.monotonic() - started
        time.sleep(SETTLE_SECONDS)
        supervisor = psutil.Process(up.pid)
        family = {_role(process): process for process in [supervisor, *supervisor.children(recursive=True)]}
        before = {role: _busy(process) for role, process in family.items()}
        begun = time.monotonic()
        time.sleep(seconds)
        lasted = time.monotonic() - begun
        rows = [
            {
                "process": role,
                "rss_mb": round(process.memory_info().rss / 1e6, 1),
                "pss_mb": round(process.memory_full_info().pss / 1e6, 1),
                "cpu_percent": round(100 * (_busy(process) - before[role]) / lasted, 2),
            }
            for role, process in sorted(family.items())
        ]
    finally:
        up.send_signal(signal.SIGTERM)
        up.wait(30)
    for row in rows:
        print(f"{row['process']:<14} {row['rss_mb']:>7} MB resident {row['cpu_percent']:>6} % of a core")
    five = [row for row in rows if row["process"] != "supervisor"]
    return {
        "bench": "idle",
        "processes": len(five),
        "rss_mb": round(sum(float(row["rss_mb"]) for row in five), 1),
        "pss_mb": round(sum(float(row["pss_mb"]) for row in five), 1),
        "cpu_percent_of_core": round(sum(float(row["cpu_percent"]) for row in five), 2),
        "supervisor_rss_mb": next(row["rss_mb"] for row in rows if row["process"] == "supervisor"),
        "supervisor_cpu_percent": next(row["cpu_percent"] for row in rows if row["process"] == "supervisor"),
        "start_seconds": round(start_seconds, 1),
        "measured_seconds": round(lasted, 1),
    }


def _role(process: psutil.Process) -> str:
    words = process.cmdline()
    if "--name" in words:
        return words[words.index("--name") + 1]
    return "web" if "web" in words else "supervisor"


def _busy(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_served(port: int, up: subprocess.Popen[bytes]) -> None:
    """Until every agent has reported and the dashboard answers."""
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline and up.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/agents", timeout=5) as answer:
                if len(json.load(answer)["agents"]) >= PROCESSES - 1:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass
        time.sleep(0.1)
    raise SystemExit("reposter up did not come up")


if __name__ == "__main__":
    sys.exit(main())
