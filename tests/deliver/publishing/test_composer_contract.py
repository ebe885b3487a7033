"""The composer over HTTP: what an account offers, and what becomes of a choice that it offers no longer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reposter.deliver.publishing.order import StepState
from reposter.deliver.publishing.service import send
from reposter.kit.clock import utc_now
from reposter.pipeline.approving import read_offer
from reposter.vendors.tiktok.errors import ChoiceRefused
from reposter.vendors.tiktok.renewal import call_with

AS_IT_WAS = {"is_private": False, "is_banned": False, "comment_disabled": False}


@pytest.fixture
def account(desk):
    """Changes the account on TikTok; afterwards it is as it was."""
    before = desk.control("account", {"account": "myaltaccount"})["duration_max_seconds"]

    def change(**traits):
        desk.control("account", {"account": "myaltaccount", **traits})

    yield change
    change(**AS_IT_WAS, duration_max_seconds=before)


def offer_of(desk):
    return read_offer(lambda _handle: call_with(desk.token, desk.client.creator_info), "@myaltaccount")


def first_step(desk, order):
    seams = {"journal": desk.journal, "publisher": desk.publisher, "now": utc_now, "rules": desk.rules}
    return send(order, commit_guard=lambda _session: None, settle=lambda _session, _outcome: None, **seams)


def test_what_is_offered_follows_the_account(desk, account):
    public = offer_of(desk)
    assert (public.is_known, public.can_post_now, public.nickname != "") == (True, True, True)
    assert "PUBLIC_TO_EVERYONE" in public.privacy_levels and public.duet.available
    account(is_private=True, comment_disabled=True)
    private = offer_of(desk)
    assert "FOLLOWER_OF_CREATOR" in private.privacy_levels and "PUBLIC_TO_EVERYONE" not in private.privacy_levels
    assert not any(toggle.available for toggle in (private.comment, private.duet, private.stitch))


def test_an_account_that_cannot_post_now_says_why(desk, account):
    account(is_banned=True)
    offer = offer_of(desk)
    assert (offer.is_known, offer.can_post_now) == (True, False) and "barred" in offer.reason


@pytest.mark.parametrize(
    ("traits", "words"),
    [
        ({"is_private": True}, "does not offer the privacy"),
        ({"comment_disabled": True}, "comment"),
        ({"duration_max_seconds": 3}, "3 s at most"),
    ],
)
def test_a_choice_that_is_no_longer_on_offer_is_never_changed_silently(desk, account, traits, words):
    order = desk.order("gone-" + next(iter(traits)))
    order = replace(order, choices=replace(order.choices, allow_comment=True))
    account(**traits)
    step = first_step(desk, order)
    assert step.state is StepState.WAITING and isinstance(step.error, ChoiceRefused)
    assert words in step.reason
    assert desk.posts(order.post_id) == []
    assert desk.journal.last(order.post_id).publish_id is None, "nothing was opened"
