"""Put the pretend platform's parts together."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from reposter_sandbox.clock import WorldClock
from reposter_sandbox.ledger import Ledger
from reposter_sandbox.scenario import Scenario
from reposter_sandbox.store import Store
from reposter_sandbox.tiktok.accounts import Accounts
from reposter_sandbox.tiktok.display import DisplayEndpoints
from reposter_sandbox.tiktok.history import History
from reposter_sandbox.tiktok.limits import CallLimits
from reposter_sandbox.tiktok.login import LoginPages
from reposter_sandbox.tiktok.moderation import Moderation
from reposter_sandbox.tiktok.oauth import OauthEndpoints
from reposter_sandbox.tiktok.posting import PostingEndpoints
from reposter_sandbox.tiktok.publishes import Publish, Publishes
from reposter_sandbox.tiktok.pulls import Puller
from reposter_sandbox.tiktok.rulebook import Rulebook
from reposter_sandbox.tiktok.tokens import Tokens
from reposter_sandbox.tiktok.upload import UploadEndpoint
from reposter_sandbox.tiktok.webhooks import Webhooks
from reposter_sandbox.wire.routes import Routes


class Platform:
    def __init__(
        self,
        store: Store,
        clock: WorldClock,
        ledger: Ledger,
        scenario: Scenario,
        folder: Path,
        *,
        seed: int,
        api_url: Callable[[], str],
        stopping: threading.Event,
    ) -> None:
        self._scenario, self._clock, self._ledger = scenario, clock, ledger
        self._seed, self._api_url = seed, api_url
        self._client_key, self._client_secret = str(store.get("client_key")), str(store.get("client_secret"))
        self.covers = folder / "covers"
        self.covers.mkdir(exist_ok=True)
        self.rulebook = Rulebook(store, scenario.rules, scenario.moderation)
        self.accounts = Accounts(store, scenario.accounts)
        self.tokens = Tokens(store, self.accounts, self.rulebook)
        self.publishes = Publishes(store, clock, self.rulebook, folder / "uploads", seed=seed)
        self.webhooks = Webhooks(store, self._client_key, self._client_secret)
        self.history = History(store, clock, ledger, seed)
        self.moderation = Moderation(
            store,
            clock,
            self.accounts,
            self.tokens,
            self.rulebook,
            self.publishes,
            ledger,
            self.webhooks,
            self.covers,
            seed,
        )
        self.puller = Puller(self.publishes, self.rulebook, self.moderation, stopping)
        if scenario.history_posts and not store.get("has_history"):
            for account in self.accounts.all():
                self.history.add(account, scenario.history_posts)
            store.put("has_history", True)

    def add_to(self, routes: Routes) -> None:
        limits = CallLimits(self._clock)
        LoginPages(self._client_key, self.accounts, self.tokens, self.rulebook).add_to(routes)
        OauthEndpoints(self._client_key, self._client_secret, self.tokens).add_to(routes)
        PostingEndpoints(
            self.tokens,
            limits,
            self.rulebook,
            self.publishes,
            self._ledger,
            self._clock,
            self._api_url,
            self.puller.cancel,
        ).add_to(routes)
        UploadEndpoint(self.publishes, self.rulebook, self._withdraw_if_planned).add_to(routes)
        DisplayEndpoints(
            self.tokens,
            limits,
            self.rulebook,
            self._ledger,
            self._clock,
            self.covers,
            self._seed,
            self._api_url,
        ).add_to(routes)

    def _withdraw_if_planned(self, publish: Publish) -> None:
        plan = self._scenario.withdrawal
        if not plan.account:
            return
        account = self.accounts.named(plan.account)
        if publish.open_id != account.open_id:
            return
        # Exactly then, not "from then on": a user who connects again stays connected.
        if self.publishes.uploads_completed(account.open_id) == plan.after_uploads:
            self.tokens.withdraw(account.open_id)
            self.webhooks.emit("authorization.removed", account.open_id, {"reason": 1})
