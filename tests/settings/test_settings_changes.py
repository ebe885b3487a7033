"""What the owner changes while everything runs."""

from __future__ import annotations

import threading

import pytest

from reposter.bootstrap import change_settings, wire
from reposter.kit.database import serialise
from reposter.kit.keyvalue import read_value, write_value
from reposter.settings import SET_AT_START, SettingsInvalid, secret_places


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


def test_a_change_beside_another_waits_for_it_and_loses_nothing(app):
    other = threading.Thread(target=change_settings, args=(app, {"publishing": {"posts_per_day": 9}}))
    with app.database.transaction() as session:
        serialise(session, "settings")
        value = read_value(session, "settings")
        other.start()
        other.join(0.3)  # as long as it may take to read what stands there now
        write_value(session, "settings", value | {"publishing": {"paused": True}})
    other.join()
    assert stored(app) == {"publishing": {"posts_per_day": 9, "paused": True}}


def test_two_processes_on_one_folder_see_each_others_changes(app, installation):
    change_settings(app, {"publishing": {"posts_per_day": 9}})
    other = wire(installation.layout.data_dir)
    assert other.settings().publishing.posts_per_day == 9
    other.close()


SECRET = {"tiktok": {"client_secret": "s3cret"}}


def test_a_secret_is_kept_sealed_and_still_works(app):
    assert change_settings(app, SECRET).tiktok.client_secret.get_secret_value() == "s3cret"
    change_settings(app, {"tiktok": {"client_key": "key"}})
    assert "s3cret" not in str(stored(app))
    assert app.settings().tiktok.client_secret.get_secret_value() == "s3cret"


def test_a_form_that_sends_back_the_mask_leaves_the_secret_as_it_was(app):
    shown = change_settings(app, SECRET).model_dump(mode="json")["tiktok"]["client_secret"]
    assert "s3cret" not in shown
    change_settings(app, {"tiktok": {"client_secret": shown, "client_key": "key"}})
    assert app.settings().tiktok.client_secret.get_secret_value() == "s3cret"


def test_a_secret_whose_key_is_gone_counts_as_not_set_and_can_be_set_again(app, installation):
    change_settings(app, SECRET)
    (installation.layout.config / "secret.key").unlink()
    other = wire(installation.layout.data_dir)
    assert other.settings().tiktok.client_secret.get_secret_value() == ""
    assert change_settings(other, SECRET).tiktok.client_secret.get_secret_value() == "s3cret"
    other.close()


def test_every_secret_of_the_settings_is_one_that_is_sealed():
    assert secret_places() == [("tiktok", "client_secret"), ("ytdlp", "proxy")]
