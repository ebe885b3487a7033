"""Give an account a past, so that there is something to learn good hours from on the first day."""

from __future__ import annotations

import hashlib
import random
import time
from dataclasses import dataclass

from reposter_sandbox.clock import WorldClock
from reposter_sandbox.identifiers import snowflake
from reposter_sandbox.ledger import Inspection, Ledger
from reposter_sandbox.store import Store
from reposter_sandbox.tiktok.accounts import PUBLIC, Account

DAY_SECONDS = 86_400
PAST_DAYS = 60
TEXTS = ("Morning light ☀️ #daily", "One more try 💪 #process", "Behind the scenes 🎬 #bts", "Small win 🙌 #studio")


@dataclass(frozen=True)
class History:
    store: Store
    clock: WorldClock
    ledger: Ledger
    seed: int

    def add(self, account: Account, count: int) -> int:
        """`count` public posts spread over the last 60 days at all hours; the app did not make them."""
        dice = random.Random(f"history {self.seed} {account.username}")
        real, world = time.time(), self.clock.now()
        with self.store.transaction():
            for index in range(count):
                age = DAY_SECONDS * (1 + (PAST_DAYS - 1) * (index + dice.random()) / count)
                text = dice.choice(TEXTS)
                digest = hashlib.sha256(f"{self.seed} {account.username} {index} {age}".encode()).hexdigest()
                self.ledger.record(
                    post_id=snowflake(real - age),
                    publish_id=None,
                    open_id=account.open_id,
                    caption=text,
                    privacy=PUBLIC,
                    inspection=Inspection("", digest, 1_000_000, None, dice.uniform(6, 40), 720, 1280),
                    published_real=real - age,
                    published_world=world - age,
                    public_world=world - age + 30,
                    is_history=True,
                )
        return count
