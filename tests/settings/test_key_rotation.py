"""A new key: everything sealed opens under it alone, and a kill at any moment loses nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from builders import ALT, NOON, an_account
from reposter.bootstrap import KEY_FILE, change_settings, wire
from reposter.cli import keys
from reposter.cli.main import app as commands
from reposter.deliver.accounts.account import place_of
from reposter.deliver.accounts.connecting import verifier_place
from reposter.deliver.accounts.tables import AccountRow, ConnectionRow
from reposter.deliver.publishing.tables import AttemptRow
from reposter.kit.clock import utc_now
from reposter.kit.crypto import SecretUnreadable, Vault, load_or_create_keys
from reposter.kit.keyvalue import read_value
from reposter.kit.locks import FileLock
from reposter.migrate import migrate_database
from reposter.pipeline.agents import register_agent, sign_off
from reposter.storage.layout import Layout

OPEN_ID = f"open-{ALT}"
PLACES = {
    place_of(OPEN_ID, "access"): "act.1",
    place_of(OPEN_ID, "refresh"): "rft.1",
    place_of(OPEN_ID, "answer"): '{"access_token":"act.2"}',
    verifier_place("state"): "verifier",
    "attempts:7:2:upload_url": "https://upload.tiktok.test/7",
    "settings:tiktok.client_secret": "the secret",
}
NOT_AN_ACCOUNT = "@disconnected"


class Killed(BaseException):
    pass


@pytest.fixture
def folder(tmp_path):
    """A data folder with one of everything that is sealed."""
    Layout(tmp_path).create()
    app = wire(tmp_path)
    migrate_database(app.database)
    change_settings(app, {"tiktok": {"client_key": "ck", "client_secret": "the secret"}})
    sealed = {place: app.vault.seal(text, place=place) for place, text in PLACES.items()}
    with app.database.transaction() as session:
        row = an_account(session)
        row.access_token_sealed, row.refresh_token_sealed, row.refresh_answer_sealed = list(sealed.values())[:3]
        gone = an_account(session, NOT_AN_ACCOUNT)
        gone.access_token_sealed = gone.refresh_token_sealed = ""
        session.add(ConnectionRow(state="state", verifier_sealed=sealed[verifier_place("state")], expires_at=NOON))
        session.add(
            AttemptRow(
                post_id="7",
                n=2,
                state="OPEN",
                account=ALT,
                content_sha256="0" * 64,
                size_bytes=1,
                chunk_bytes=1,
                created_at=NOON,
                updated_at=NOON,
                upload_url_sealed=sealed["attempts:7:2:upload_url"],
            )
        )
    app.close()
    return tmp_path


def keys_of(folder):
    return load_or_create_keys(folder / "config" / KEY_FILE)


def stored(folder):
    app = wire(folder)
    with app.database.transaction() as session:
        account = session.scalars(sa.select(AccountRow).where(AccountRow.handle == ALT)).one()
        texts = [account.access_token_sealed, account.refresh_token_sealed, account.refresh_answer_sealed]
        texts.append(session.scalars(sa.select(ConnectionRow.verifier_sealed)).one())
        texts.append(session.scalars(sa.select(AttemptRow.upload_url_sealed)).one())
        texts.append(read_value(session, "settings")["tiktok"]["client_secret"])
    app.close()
    return dict(zip(PLACES, texts, strict=True))


def opened(folder, *with_keys):
    vault = Vault(*with_keys)
    return {place: vault.unseal(sealed, place=place) for place, sealed in stored(folder).items()}


def rotate(folder):
    return CliRunner().invoke(commands, ["keys", "rotate", "--data-dir", str(folder)])


def test_everything_opens_under_the_new_key_and_nothing_under_the_old(folder):
    [old] = keys_of(folder)
    answer = rotate(folder)
    assert answer.exit_code == 0, answer.output
    [new] = keys_of(folder)
    assert new != old
    assert opened(folder, new) == PLACES
    for place, sealed in stored(folder).items():
        with pytest.raises(SecretUnreadable):
            Vault(old).unseal(sealed, place=place)
    app = wire(folder)
    assert app.settings().tiktok.client_secret.get_secret_value() == "the secret"
    app.close()


@pytest.mark.parametrize("step", range(4))
def test_a_kill_between_any_two_steps_loses_nothing_and_the_next_run_ends_it(folder, monkeypatch, step):
    [old] = keys_of(folder)
    acts = []

    def counted(name):
        right = getattr(keys, name)

        def act(*args):
            if len(acts) == step:
                raise Killed
            acts.append(name)
            right(*args)
            if len(acts) == 3 and step == 3:
                raise Killed

        return act

    for name in ("write_keys", "_reseal_all"):
        monkeypatch.setattr(keys, name, counted(name))
    app = wire(folder)
    with pytest.raises(Killed):
        keys.rotate_keys(app)
    app.close()
    monkeypatch.undo()
    assert opened(folder, *keys_of(folder)) == PLACES  # what any process would start with now
    assert rotate(folder).exit_code == 0
    [new] = keys_of(folder)
    assert new != old
    assert opened(folder, new) == PLACES


def test_a_kill_amid_the_sealing_leaves_all_of_it_as_it_was(folder, monkeypatch):
    [old] = keys_of(folder)
    before = stored(folder)

    def killed(*_args):
        raise Killed

    monkeypatch.setattr("reposter.bootstrap.reseal_settings", killed)  # the last of the three
    app = wire(folder)
    with pytest.raises(Killed):
        keys.rotate_keys(app)
    app.close()
    assert stored(folder) == before
    assert keys_of(folder)[1] == old


def test_what_cannot_be_opened_stays_as_it_is_and_stops_nothing(folder):
    app = wire(folder)
    with app.database.transaction() as session:
        session.execute(sa.update(ConnectionRow).values(verifier_sealed="v1:damaged"))
    app.close()
    assert rotate(folder).exit_code == 0
    assert stored(folder)[verifier_place("state")] == "v1:damaged"


def test_the_key_stays_while_anything_runs(folder):
    before = keys_of(folder)
    with FileLock(folder / "run" / "up.lock", what="Reposter"):
        assert rotate(folder).exit_code != 0
    app = wire(folder)
    with app.database.transaction() as session:
        register_agent(session, "publisher-1", role="publisher", restarts=0, now=utc_now())
    assert "publisher-1" in rotate(folder).output
    assert keys_of(folder) == before
    with app.database.transaction() as session:
        sign_off(session, "publisher-1")
        register_agent(session, "scraper-1", role="scraper", restarts=0, now=utc_now() - timedelta(minutes=2))
    app.close()
    assert rotate(folder).exit_code == 0
