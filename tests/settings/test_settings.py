"""Options from four places, one of which wins; names that nobody knows stop the start."""

from __future__ import annotations

import pytest

from reposter.settings import CONFIG_FILE, Settings, SettingsInvalid, check_settings, load_settings, merge


def load(tmp_path, *, file="", stored=None, **environ):
    if file:
        (tmp_path / CONFIG_FILE).write_text(file)
    return load_settings(tmp_path, stored=stored, environ=environ)


def refused(tmp_path, **places):
    with pytest.raises(SettingsInvalid) as caught:
        load(tmp_path, **places)
    assert caught.value.hint
    return caught.value


def test_without_any_word_the_defaults_hold(tmp_path):
    assert load(tmp_path) == Settings()


def test_each_place_overrules_the_ones_below_it(tmp_path):
    file = "[publishing]\nposts_per_hour = 2\nposts_per_day = 20\nmax_attempts = 7\n"
    stored = {"publishing": {"posts_per_hour": 3, "posts_per_day": 30}}
    chosen = load(tmp_path, file=file, stored=stored, REPOSTER_PUBLISHING__POSTS_PER_HOUR="4").publishing
    assert chosen.posts_per_hour == 4  # the environment's
    assert chosen.posts_per_day == 30  # the dashboard's
    assert chosen.max_attempts == 7  # the file's
    assert chosen.hurry == Settings().publishing.hurry  # the default


def test_a_section_that_is_set_in_part_keeps_its_other_values(tmp_path):
    chosen = load(tmp_path, file='[scheduling.active_hours]\nstart = "10:00"\n').scheduling
    assert (chosen.active_hours.start, chosen.active_hours.end) == ("10:00", "22:00")


@pytest.mark.parametrize(
    ("name", "text", "read"),
    [
        ("WEB__PORT", "9000", lambda s: s.web.port == 9000),
        ("PRETEND_WORLD", "true", lambda s: s.pretend_world is True),
        ("PRETEND_WORLD", "false", lambda s: s.pretend_world is False),
        ("PUBLISHING__PAUSED", "False", lambda s: s.publishing.paused is False),
        (
            "DATABASE_URL",
            "postgresql+psycopg://db/x",
            lambda s: s.database_url.get_secret_value() == "postgresql+psycopg://db/x",
        ),
        ("YTDLP__PROXY", "null", lambda s: s.ytdlp.proxy is None),
        ("YTDLP__CA_FILE", "/etc/ca.pem", lambda s: str(s.ytdlp.ca_file) == "/etc/ca.pem"),
        (
            "WEB__ALLOWED_HOSTS",
            '["a.example", "b.example"]',
            lambda s: s.web.allowed_hosts == ("a.example", "b.example"),
        ),
        ("PUBLISHING__RETRY_DELAYS_SECONDS", "[1, 2.5]", lambda s: s.publishing.retry_delays_seconds == (1, 2.5)),
        ("SCHEDULING__ACTIVE_HOURS__START", "06:30", lambda s: s.scheduling.active_hours.start == "06:30"),
        ("METRICS_AGES_SECONDS", '{"1m": 60}', lambda s: s.metrics_ages_seconds["1m"] == 60),
        ("TIKTOK__CLIENT_KEY", "12345678", lambda s: s.tiktok.client_key == "12345678"),
        ("TIKTOK__CLIENT_KEY", "1e5", lambda s: s.tiktok.client_key == "1e5"),
        ("TIKTOK__CLIENT_KEY", '"true"', lambda s: s.tiktok.client_key == "true"),
    ],
)
def test_the_environment_is_read_by_the_type_of_the_option(tmp_path, name, text, read):
    assert read(load(tmp_path, **{f"REPOSTER_{name}": text}))


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        ("REPOSTER_PUBLSHING__PAUSED", "publshing"),
        ("REPOSTER_PUBLISHING__PAUSE", "publishing.pause"),
        ("REPOSTER_WEB__PORTS", "web.ports"),
        ("REPOSTER_SCHEDULING__ACTIVE_HOURS__BEGIN", "scheduling.active_hours.begin"),
        ("REPOSTER_DEBUG", "debug"),
    ],
)
def test_a_misspelt_name_in_the_environment_stops_the_start_and_is_named(tmp_path, name, setting):
    assert setting in refused(tmp_path, **{name: "1"}).message


@pytest.mark.parametrize("value", ["key", "7", "[]", "null"])
def test_a_section_is_no_plain_value(tmp_path, value):
    environ = {"REPOSTER_TIKTOK__CLIENT_KEY": "key", "REPOSTER_TIKTOK": value}
    assert "tiktok" in refused(tmp_path, **environ).message.lower()


@pytest.mark.parametrize(
    ("file", "setting"),
    [
        ("[publshing]\npaused = true\n", "publshing"),
        ("[captions]\ntemplat = 'x'\n", "captions.templat"),
        ("[web]\nport = 99999\n", "web.port"),
        ("[web]\nport = 'many'\n", "web.port"),
        ("[captions]\nmethod = 'poetry'\n", "captions.method"),
        ("pretend_world = 'perhaps'\n", "pretend_world"),
    ],
)
def test_what_the_file_gets_wrong_is_named(tmp_path, file, setting):
    error = refused(tmp_path, file=file)
    assert setting in error.message
    assert error.context["setting"].startswith(setting)


def test_a_file_that_is_no_toml_is_refused_by_its_name(tmp_path):
    assert CONFIG_FILE in refused(tmp_path, file="[web\n").message
    (tmp_path / CONFIG_FILE).write_bytes(b"\xff\xfe")
    assert CONFIG_FILE in refused(tmp_path).message


def test_what_the_dashboard_stored_is_checked_like_the_rest(tmp_path):
    assert "acquire.scan_dept" in refused(tmp_path, stored={"acquire": {"scan_dept": 5}}).message


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"scheduling": {"timezone": "Mars/Olympus"}}, "Mars/Olympus"),
        ({"scheduling": {"frequency": "often"}}, "often"),
        ({"scheduling": {"active_hours": {"start": "25:00"}}}, "25:00"),
        ({"captions": {"template": "By {author}"}}, "{author}"),
        ({"captions": {"template": "{"}}, "brace"),
    ],
)
def test_a_zone_a_rhythm_or_a_template_that_cannot_work_is_refused_before_it_is_used(wrong, word):
    with pytest.raises(SettingsInvalid) as caught:
        check_settings(wrong)
    assert word in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("secret", ["s3cret", "12345678", "1e5", "true", "null", '{"a": 1}'])
def test_a_secret_is_read_from_the_file_that_is_named_and_never_as_anything_but_text(tmp_path, secret):
    file = tmp_path / "client_secret"
    file.write_text(f"{secret}\n")
    chosen = load(tmp_path, REPOSTER_TIKTOK__CLIENT_SECRET_FILE=str(file))
    assert chosen.tiktok.client_secret.get_secret_value() == secret


def test_a_secret_file_that_is_not_there_is_named(tmp_path):
    error = refused(tmp_path, REPOSTER_TIKTOK__CLIENT_SECRET_FILE=str(tmp_path / "gone"))
    assert "REPOSTER_TIKTOK__CLIENT_SECRET_FILE" in error.message
    assert "gone" in error.hint


def test_a_secret_shows_in_no_dump(tmp_path):
    chosen = load(tmp_path, REPOSTER_TIKTOK__CLIENT_SECRET="s3cret")
    assert chosen.tiktok.client_secret.get_secret_value() == "s3cret"
    for dump in (repr(chosen), str(chosen), chosen.model_dump_json(), str(chosen.model_dump(mode="json"))):
        assert "s3cret" not in dump


def test_a_secret_of_a_wrong_kind_is_refused_without_repeating_it(tmp_path):
    error = refused(tmp_path, stored={"tiktok": {"client_secret": ["s3cret"]}})
    assert "s3cret" not in str(error.to_dict())
    assert "s3cret" not in str(error.__cause__)  # which a traceback in a log would show


def test_variables_that_are_no_options_are_left_alone(tmp_path):
    others = {"REPOSTER_DATA_DIR": "/x", "REPOSTER_RESTARTS": "2", "REPOSTER_LAST_EXIT": "-9", "PATH": "/bin"}
    assert load(tmp_path, **others) == Settings()


def test_laying_over_goes_section_by_section_and_changes_neither():
    below, above = {"a": {"x": 1, "y": [1]}, "b": 1}, {"a": {"y": [2]}, "b": {"z": 1}}
    assert merge(below, above) == {"a": {"x": 1, "y": [2]}, "b": {"z": 1}}
    assert below == {"a": {"x": 1, "y": [1]}, "b": 1}
    assert above == {"a": {"y": [2]}, "b": {"z": 1}}
