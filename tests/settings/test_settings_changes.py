"""What the owner changes while everything runs."""

from __future__ import annotations

import pytest

from reposter.bootstrap import change_settings, wire
from reposter.kit.keyvalue import read_value
from reposter.settings import SET_AT_START, SettingsInvalid


@pytest.fixture
def app(installation):
    app = wire(installation.layout.data_dir)
    yield app
    app.close()


def stored(app):
    with app.database.transaction() as session:
        return read_value(session, "settings")


def test_a_change_counts_at_once_and_only_it_is_kept(app):
    assert change_settings(app, {"publishing": {"posts_per_day": 9}}).publishing.posts_per_day == 9
    change_settings(app, {"publishing": {"paused": True}})
    assert app.options().publishing.posts_per_day == 9
    assert app.options().publishing.paused is True
    assert stored(app) == {"publishing": {"posts_per_day": 9, "paused": True}}


@pytest.mark.parametrize(
    "changes",
    [
        {"publishing": {"posts_per_dey": 9}},
        {"scheduling": {"timezone": "Mars/Olympus"}},
        {"captions": {"template": "{nope}"}},
        {"publishing": {"posts_per_day": "many"}},
    ],
)
def test_a_change_that_makes_no_sense_is_refused_and_nothing_is_kept(app, changes):
    with pytest.raises(SettingsInvalid):
        change_settings(app, changes)
    assert stored(app) == {}
    app.settings()


@pytest.mark.parametrize("section", sorted(SET_AT_START))
def test_what_is_read_at_the_start_is_not_changed_while_it_runs(app, section):
    with pytest.raises(SettingsInvalid, match=section):
        change_settings(app, {section: {}})


def test_what_the_environment_says_stays_stronger_than_a_change(app, monkeypatch):
    monkeypatch.setenv("REPOSTER_PUBLISHING__POSTS_PER_DAY", "4")
    assert change_settings(app, {"publishing": {"posts_per_day": 9}}).publishing.posts_per_day == 4


def test_two_processes_on_one_folder_see_each_others_changes(app, installation):
    change_settings(app, {"publishing": {"posts_per_day": 9}})
    other = wire(installation.layout.data_dir)
    assert other.settings().publishing.posts_per_day == 9
    other.close()
