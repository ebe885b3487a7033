"""Accounts from the command line."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from builders import ALT, an_account
from reposter.cli.main import app as commands
from reposter.deliver.accounts.service import get_account


@pytest.fixture
def say(installation):
    with installation.session() as session:
        an_account(session)

    def say(*words):
        folder = str(installation.layout.data_dir)
        answer = CliRunner(env={"REPOSTER_TIKTOK__CLIENT_KEY": "ck"}).invoke(
            commands, ["account", *words, "--data-dir", folder]
        )
        return answer.exit_code, answer.output

    return say


def account(installation):
    with installation.session() as session:
        return get_account(session, ALT)


def test_pause_and_resume(say, installation):
    assert say("pause", ALT, "--reason", "Holiday.") == (0, f"{ALT} is paused. Holiday.\n")
    assert account(installation).pause_reason == "Holiday."
    code, told = say("resume", ALT)
    assert code == 0 and told.startswith(f"{ALT} is connected. Not permitted: sending drafts")


def test_disconnect_forgets_the_tokens_and_says_what_tiktok_was_not_told(say, installation, monkeypatch):
    monkeypatch.setenv("REPOSTER_TIKTOK__CLIENT_SECRET", "cs")
    code, told = say("disconnect", ALT)
    assert code == 0 and "its tokens are gone" in told and "TikTok could not be told" in told
    assert account(installation).pause_reason.startswith("Disconnected by the command line.")


def test_disconnecting_without_an_app_says_what_is_missing(say, installation):
    code, told = say("disconnect", ALT)
    assert code != 0 and "No TikTok app" in told
    assert account(installation).status == "connected"


def test_the_list_says_how_long_each_stays_connected(say):
    code, told = say("list", "--json")
    [one] = json.loads(told)
    assert code == 0 and one["connection"]["level"] == "unknown"
    assert one["missingScopes"] == ["video.upload", "video.list"]
    assert "lasts." in say("list")[1]


@pytest.mark.parametrize("command", ["pause", "resume"])
def test_an_account_that_is_not_there_is_said_so(say, command):
    code, told = say(command, "@nobody")
    assert code != 0 and "No account @nobody" in told
