"""What an account has used of its limits, over HTTP and on the command line."""

from __future__ import annotations

import json
from datetime import timedelta

from api_door import Door
from api_rows import ACCOUNT, put_account
from typer.testing import CliRunner

from reposter.bootstrap import change_settings
from reposter.cli.main import app as reposter
from reposter.deliver.publishing.lessons import learn
from reposter.deliver.publishing.tables import AttemptRow, CallPlaceRow
from reposter.kit.clock import utc_now
from reposter.vendors.tiktok.errors import error_for


def used_up(door: Door) -> None:
    """Two posts within the hour of two, one draft, three calls, and a refusal."""
    put_account(door.app)
    change_settings(door.app, {"publishing": {"posts_per_hour": 2, "limit_strategy": "skip_until_reset"}})
    now = utc_now()
    with door.app.database.transaction() as session:
        for n, handover in enumerate((None, "IN_INBOX")):
            at = now - timedelta(minutes=10 * (n + 1))
            session.add(
                AttemptRow(
                    post_id=str(n), n=1, state="COMMITTING", account=ACCOUNT, content_sha256=str(n), size_bytes=1,
                    chunk_bytes=1, created_at=at, updated_at=at, commit_at=at, handover=handover,
                )
            )  # fmt: skip
        session.add_all([CallPlaceRow(account=ACCOUNT, op="status", at=now) for _ in range(3)])
        session.flush()
        error = error_for("spam_risk_too_many_posts")
        learn(session, ACCOUNT, error, refused_at=now, route="direct")


def test_a_budget_says_what_is_used_what_is_left_and_why_a_post_waits(door: Door) -> None:
    used_up(door)
    budget = door.http.get(f"/api/accounts/{ACCOUNT}/budget").json()
    assert budget["platform"] == "tiktok"
    assert budget["limits"] == {"postsPerHour": 2, "postsPerDay": 2, "apiCallsPerHour": 100}
    assert budget["current"] == {
        "postsThisHour": 2, "postsToday": 2, "apiCallsThisHour": 3, "draftsInInbox": 1,
    }  # fmt: skip
    assert budget["left"] == {"postsThisHour": 0, "postsToday": 0, "apiCallsThisHour": 97, "draftsInInbox": 4}
    assert budget["strategy"] == "skip_until_reset"
    assert budget["nextPossibleAt"] > utc_now().isoformat()
    assert "next possible at" in budget["waitsFor"]
    (lesson,) = budget["lessons"]
    assert (lesson["about"], lesson["postsPerDay"]) == ("posts", 2)
    assert lesson["blockedUntil"]
    assert door.http.get("/api/budget").json()["items"] == [budget]


def test_an_account_that_is_not_connected_has_no_budget(door: Door) -> None:
    assert door.http.get("/api/accounts/@nobody/budget").status_code == 404
    assert door.http.get("/api/budget").json() == {"items": []}


def test_an_unused_account_may_post_now(door: Door) -> None:
    put_account(door.app)
    budget = door.http.get(f"/api/accounts/{ACCOUNT}/budget").json()
    assert (budget["nextPossibleAt"], budget["waitsFor"], budget["lessons"]) == (None, "", [])


def test_the_command_shows_the_same(door: Door) -> None:
    used_up(door)
    folder = str(door.app.layout.data_dir)
    said = CliRunner().invoke(reposter, ["account", "budget", ACCOUNT, "--json", "--data-dir", folder])
    assert said.exit_code == 0, said.output
    (budget,) = json.loads(said.stdout)
    asked = door.http.get(f"/api/accounts/{ACCOUNT}/budget").json()
    assert {key: budget[key] for key in ("limits", "current", "strategy", "waitsFor")} == {
        key: asked[key] for key in ("limits", "current", "strategy", "waitsFor")
    }
    table = CliRunner().invoke(reposter, ["account", "budget", "--data-dir", folder])
    assert ACCOUNT in table.output
    assert "2/2" in table.output
