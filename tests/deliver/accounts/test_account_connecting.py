"""Connecting, choosing, pausing."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from connecting_place import Place

from reposter.deliver.accounts.account import AccountStatus, names_of, place_of
from reposter.deliver.accounts.connecting import ConnectionExpired, HandleTaken, begin_connect, finish_connect
from reposter.deliver.accounts.disconnecting import disconnect
from reposter.deliver.accounts.service import get_account, list_accounts, pause, resume, set_choices
from reposter.deliver.accounts.tables import AccountRow
from reposter.deliver.accounts.tokens import TokenKeeper
from reposter.kit.errors import NotFound
from reposter.vendors.tiktok.errors import ReauthNeeded
from reposter.vendors.tiktok.posting import PostingChoices, PrivacyLevel, Route
from reposter.vendors.tiktok.redirects import RedirectRefused


@pytest.fixture
def place():
    place = Place()
    yield place
    place.http.close()
    place.database.close()


def token_of(place, handle):
    keeper = TokenKeeper(place.database, place.connector.vault, place.connector.oauth, lambda: place.now)
    return keeper.fresh_token(handle)


def rows(place):
    with place.database.transaction() as session:
        return {row.open_id: row for row in session.scalars(sa.select(AccountRow))}


def test_a_connected_account_has_a_handle_and_no_choice_made_for_it(place):
    account = place.connect()
    assert (account.handle, account.display_name, account.status) == (
        "@myaltaccount",
        "My Alt",
        AccountStatus.CONNECTED,
    )
    assert account.choices == PostingChoices() and account.choices.privacy_level is None
    with place.database.transaction() as session:
        assert [one.handle for one in list_accounts(session)] == ["@myaltaccount"]


def test_the_handle_comes_from_the_creator_when_the_profile_was_not_granted(place):
    place.scope = "user.info.basic,video.publish"
    assert place.connect().handle == "@fromcreator"


def test_a_callback_works_once_and_for_ten_minutes(place):
    state = place.begin()
    finish_connect(place.connector, {"state": state, "code": "c"})
    with pytest.raises(ConnectionExpired):
        finish_connect(place.connector, {"state": state, "code": "c"})
    state = place.begin()
    place.now += timedelta(minutes=11)
    with pytest.raises(ConnectionExpired):
        finish_connect(place.connector, {"state": state, "code": "c"})
    with pytest.raises(ConnectionExpired):
        finish_connect(place.connector, {"code": "c"})
    assert place.exchanges == 1


def test_a_refusal_on_tiktoks_page_is_told(place):
    with pytest.raises(ReauthNeeded):
        finish_connect(place.connector, {"state": place.begin(), "error": "access_denied"})


def test_connecting_again_keeps_the_choices_and_brings_living_tokens(place):
    place.connect()
    chosen = PostingChoices(privacy_level=PrivacyLevel.SELF_ONLY, allow_comment=True)
    with place.database.transaction() as session:
        set_choices(session, "@myaltaccount", chosen, route=Route.INBOX, now=place.now)
    account = place.connect()
    assert (account.choices, account.route) == (chosen, Route.INBOX)
    keeper = TokenKeeper(place.database, place.connector.vault, place.connector.oauth, lambda: place.now)
    assert keeper.fresh_token("@myaltaccount") == "act.2"


def test_the_same_handle_under_another_app_replaces_the_account(place):
    place.connect()
    place.connector = place.connector_of("another app")
    assert place.connect(open_id="o2").open_id == "o2"
    keeper = TokenKeeper(place.database, place.connector.vault, place.connector.oauth, lambda: place.now)
    assert keeper.fresh_token("@myaltaccount") == "act.2"


def test_a_pause_says_why_and_outlives_a_new_connection(place):
    place.connect()
    with place.database.transaction() as session:
        pause(session, "@myaltaccount", reason="Holiday.", now=place.now)
    assert place.connect().pause_reason == "Holiday."
    with place.database.transaction() as session:
        assert resume(session, "@myaltaccount", now=place.now).status is AccountStatus.CONNECTED
        with pytest.raises(NotFound):
            get_account(session, "@nobody")


def test_a_pause_outlives_a_disconnection_and_the_next_connection(place):
    place.connect()
    with place.database.transaction() as session:
        pause(session, "@myaltaccount", reason="Holiday.", now=place.now)
    gone = disconnect(place.connector, "@myaltaccount", by="a test").account
    assert (gone.status, gone.paused_reason) == (AccountStatus.REAUTH_NEEDED, "Holiday.")
    assert gone.pause_reason.startswith("Disconnected by a test.") and "Holiday." in gone.pause_reason
    back = place.connect()
    assert (back.status, back.pause_reason) == (AccountStatus.PAUSED, "Holiday.")


def test_a_pause_of_before_it_was_kept_apart_outlives_a_disconnection(place):
    place.connect()
    with place.database.transaction() as session:
        session.execute(sa.update(AccountRow).values(status=AccountStatus.PAUSED, pause_reason="Holiday."))
    disconnect(place.connector, "@myaltaccount", by="a test")
    assert place.connect().pause_reason == "Holiday."


def test_a_pause_that_comes_while_it_is_not_connected_counts_when_it_is(place):
    place.connect()
    disconnect(place.connector, "@myaltaccount", by="a test")
    with place.database.transaction() as session:
        assert pause(session, "@myaltaccount", reason="Holiday.", now=place.now).paused_reason == "Holiday."
    assert place.connect().status is AccountStatus.PAUSED
    with place.database.transaction() as session:
        assert resume(session, "@myaltaccount", now=place.now).paused_reason is None


def test_a_pause_that_was_taken_back_while_it_was_not_connected_is_gone(place):
    place.connect()
    with place.database.transaction() as session:
        pause(session, "@myaltaccount", reason="Holiday.", now=place.now)
    disconnect(place.connector, "@myaltaccount", by="a test")
    with place.database.transaction() as session:
        assert resume(session, "@myaltaccount", now=place.now).status is AccountStatus.REAUTH_NEEDED
    assert place.connect().status is AccountStatus.CONNECTED


@pytest.mark.parametrize(
    ("names", "known"),
    [(["Alpha"], {"@alpha"}), (["alpha", "beta"], {"@alpha", "@beta"}), ([""], set()), (["", "beta"], {"@beta"})],
)
def test_an_account_is_known_by_its_first_name_and_by_its_newest(place, names, known):
    place.scope = "user.info.basic,user.info.profile"
    for name in names:
        account = place.connect(username=name)
    assert names_of(account) == known


def test_another_account_that_has_the_name_now_is_refused_and_changes_nothing(place):
    place.connect(open_id="o1", username="alpha")
    with pytest.raises(HandleTaken) as caught:
        place.connect(open_id="o2", username="alpha")
    assert caught.value.hint
    assert list(rows(place)) == ["o1"]
    assert token_of(place, "@alpha") == "act.1"


def test_an_account_of_before_apps_were_remembered_is_taken_over_by_its_name(place):
    place.connect()
    with place.database.transaction() as session:
        session.execute(sa.update(AccountRow).values(client_key=""))
    assert place.connect(open_id="o2").open_id == "o2"
    assert rows(place)["o2"].client_key == "ck"


def test_a_renamed_account_keeps_the_handle_that_its_posts_speak_of(place):
    place.connect(username="alpha")
    account = place.connect(username="beta")
    assert account.handle == "@alpha"
    assert account.display_name == "My Alt (in TikTok @beta)"
    assert token_of(place, "@alpha") == "act.2"


def test_two_accounts_that_swap_their_names_keep_their_own_tokens(place):
    place.connect(open_id="o1", username="alpha")
    place.connect(open_id="o2", username="beta")
    assert place.connect(open_id="o1", username="beta").handle == "@alpha"
    assert place.connect(open_id="o2", username="alpha").handle == "@beta"
    assert (token_of(place, "@alpha"), token_of(place, "@beta")) == ("act.3", "act.4")
    assert {row.handle: open_id for open_id, row in rows(place).items()} == {"@alpha": "o1", "@beta": "o2"}


def test_connecting_again_without_a_refresh_token_keeps_the_one_that_is_there(place):
    place.connect()
    place.gives_refresh_token = False
    place.connect()
    row = rows(place)["o1"]
    assert place.connector.vault.unseal(row.refresh_token_sealed, place=place_of("o1", "refresh")) == "rft.1"
    assert token_of(place, "@myaltaccount") == "act.2"


def test_permissions_that_were_left_out_are_told_with_what_they_cost(place):
    account = place.connect()  # publish alone
    assert account.status is AccountStatus.CONNECTED
    assert "drafts to the inbox (video.upload)" in account.pause_reason
    assert "video.list" in account.pause_reason and "video.publish" not in account.pause_reason
    place.scope += ",video.upload,video.list"
    assert place.connect().pause_reason == ""


def test_a_redirect_address_that_tiktok_would_refuse_is_refused_before_anybody_is_sent_there(place):
    connector = place.connector_of("ck", "http://192.168.1.5:8484/cb")
    with place.database.transaction() as session, pytest.raises(RedirectRefused):
        begin_connect(session, connector)


def test_disconnecting_tells_tiktok_and_forgets_the_tokens(place):
    place.connect()
    gone = disconnect(place.connector, "@myaltaccount", by="a test")
    assert gone.is_revoked and place.revoked == ["act.1"]
    assert gone.account.status is AccountStatus.REAUTH_NEEDED
    assert gone.account.pause_reason.startswith("Disconnected by a test.")
    row = rows(place)["o1"]
    assert (row.access_token_sealed, row.refresh_token_sealed, row.refresh_answer_sealed) == ("", "", None)
    with pytest.raises(ReauthNeeded):
        token_of(place, "@myaltaccount")
    assert place.connect().status is AccountStatus.CONNECTED


def test_an_outage_at_tiktok_keeps_no_tokens(place):
    place.connect()
    place.is_down = True
    gone = disconnect(place.connector, "@myaltaccount", by="a test")
    assert not gone.is_revoked
    assert rows(place)["o1"].refresh_token_sealed == ""
    assert not disconnect(place.connector, "@myaltaccount", by="a test").is_revoked  # twice does no harm


def test_a_renewal_that_ends_after_the_disconnection_brings_no_token_back(place, monkeypatch):
    place.connect()
    place.now += timedelta(hours=3)
    right = TokenKeeper._ask

    def disconnected_meanwhile(self, *args):
        answer = right(self, *args)
        disconnect(place.connector, "@myaltaccount", by="a test")
        return answer

    monkeypatch.setattr(TokenKeeper, "_ask", disconnected_meanwhile)
    with pytest.raises(ReauthNeeded):
        token_of(place, "@myaltaccount")
    row = rows(place)["o1"]
    assert (row.access_token_sealed, row.refresh_token_sealed, row.refresh_answer_sealed) == ("", "", None)


def test_a_pause_hides_no_disconnection(place):
    place.connect()
    disconnect(place.connector, "@myaltaccount", by="a test")
    with place.database.transaction() as session:
        assert pause(session, "@myaltaccount", reason="x", now=place.now).status is AccountStatus.REAUTH_NEEDED
        assert resume(session, "@myaltaccount", now=place.now).status is AccountStatus.REAUTH_NEEDED
