"""`reposter demo`: found, fetched, made fit, posted and proven, in one command."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from showing import processes_on, read_ledger

DEMO = (sys.executable, "-m", "reposter", "demo", "--headless")
FIGURES = {"found", "downloaded", "processed", "published", "ledger_posts", "duplicates", "elapsed_seconds"}
RUN_SECONDS_MAX = 240
STOP_SECONDS_MAX = 10
LINE = re.compile(r"\d\d:\d\d:\d\d  \S")


def show(data_dir: Path, posts: int) -> tuple[dict[str, float], str]:
    """The figures of a showing that ends after so many posts, and what it said."""
    done = subprocess.run(
        [*DEMO, "--until-published", str(posts), "--json", "--data-dir", str(data_dir)],
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS_MAX,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1, "its only words on stdout are one line of JSON"
    assert processes_on(data_dir) == []
    return json.loads(done.stdout), done.stderr


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, float], str]:
    data_dir = tmp_path_factory.mktemp("demo") / "data"
    return data_dir, *show(data_dir, 3)


def test_three_posts_are_live_and_the_figures_agree_with_the_worlds_ledger(shown) -> None:
    data_dir, figures, _ = shown
    assert set(figures) == FIGURES
    ledger = read_ledger(data_dir)
    assert figures["published"] == figures["ledger_posts"] == len(ledger["posts"]) >= 3
    assert figures["duplicates"] == ledger["duplicates"] == 0
    assert figures["found"] >= figures["downloaded"] >= figures["processed"] >= figures["published"]


def test_every_caption_carries_the_author(shown) -> None:
    captions = [post["caption"] for post in read_ledger(shown[0])["posts"]]
    assert captions
    assert all("@techguru123" in caption for caption in captions), captions


def test_it_says_line_by_line_what_happens(shown) -> None:
    said = shown[2].splitlines()
    assert all(LINE.match(line) for line in said), [line for line in said if not LINE.match(line)]
    for wanted in ("dashboard: http://", "watching @techguru123", "publish   LIVE", "stopping"):
        assert any(wanted in line for line in said), wanted
    assert "Traceback" not in shown[2]


def test_a_second_showing_on_the_same_folder_posts_nothing_twice(shown, tmp_path: Path) -> None:
    before = read_ledger(shown[0])["posts"]
    shutil.copytree(shown[0], tmp_path / "data")
    figures, _ = show(tmp_path / "data", len(before) + 1)
    after = read_ledger(tmp_path / "data")
    assert after["duplicates"] == 0
    assert [post["post_id"] for post in after["posts"][: len(before)]] == [post["post_id"] for post in before]
    assert figures["published"] == figures["ledger_posts"] == len(after["posts"]) > len(before)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_in_order_when_it_is_told_to(shown, tmp_path: Path, number: signal.Signals) -> None:
    shutil.copytree(shown[0], tmp_path / "data")
    demo = subprocess.Popen([*DEMO, "--data-dir", str(tmp_path / "data")], stderr=subprocess.PIPE, text=True)
    alarm = threading.Timer(RUN_SECONDS_MAX, demo.kill)
    alarm.start()
    try:
        said = []
        for line in demo.stderr:
            said.append(line)
            if "watching" in line:
                demo.send_signal(number)
                break
        _, rest = demo.communicate(timeout=STOP_SECONDS_MAX)
    finally:
        alarm.cancel()
        demo.kill()
    assert demo.returncode == 0, "".join(said) + rest
    assert "stopping" in rest
    assert processes_on(tmp_path) == []
