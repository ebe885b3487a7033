"""Name the ways the world can behave; each is a TOML file that says only how it differs."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from reposter_sandbox.faults import Fault

FOLDER = Path(__file__).with_name("scenarios")


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Rules(Strict):
    """The platform's limits, as public documentation states them; tests may lower them."""

    audited: bool = True
    access_token_seconds: float = 7_200
    refresh_token_seconds: float = 15_552_000
    code_seconds: float = 600
    upload_url_seconds: float = 3_600
    inits_per_minute: int = 6
    creator_infos_per_minute: int = 20
    status_fetches_per_minute: int = 30
    display_calls_per_minute: int = 600
    posts_per_day: int = 15
    pending_drafts_max: int = 5
    # The documents do not say whether MB means 10^6 or 2^20: the world accepts what holds under both.
    chunk_bytes_min: int = 5_242_880
    chunk_bytes_max: int = 64_000_000
    last_chunk_bytes_max: int = 128_000_000
    single_upload_bytes_max: int = 64_000_000
    video_bytes_max: int = 4_000_000_000
    # The documents write "bytes 0-{UPLOADED_BYTES}/{TOTAL}" and leave open whether that is a count or an index.
    progress_counts_bytes: bool = True
    # Addresses under which pulls are fetched, as whole prefixes. This world has no network to verify a domain in, so
    # it takes a loopback address with http too, which the real platform never does.
    pull_prefixes: list[str] = []
    pull_seconds_max: float = 3_600
    redirect_uris: list[str] = ["http://127.0.0.1:*", "http://localhost:*"]


class Moderation(Strict):
    processing_seconds: tuple[float, float] = (3, 15)
    review_seconds: tuple[float, float] = (5, 45)
    # A silent platform never leaves PROCESSING_UPLOAD; whether the post appears all the same is its secret.
    silent: Literal["never", "nothing-appears", "post-appears"] = "never"
    fail_reason: str = ""
    fail_share: float = Field(default=1.0, ge=0, le=1)


class Account(Strict):
    username: str
    nickname: str
    bio: str = ""
    is_private: bool = False
    followers: int = 2_400
    duration_max_seconds: int = 300


class Withdrawal(Strict):
    """A user who disconnects the app after some uploads were completed."""

    account: str = ""
    after_uploads: int = 1


class Flakiness(Strict):
    """Random trouble on every route named, drawn from the world's seed."""

    share: float = Field(default=0.0, ge=0, le=1)
    endpoints: list[str] = []
    kinds: list[str] = []


class Scenario(Strict):
    name: str
    about: str
    upload_every_minutes: float = 30
    videos_per_user_max: int = 40
    history_posts: int = 0
    needs_challenge: bool = False
    rules: Rules = Rules()
    moderation: Moderation = Moderation()
    withdrawal: Withdrawal = Withdrawal()
    flakiness: Flakiness = Flakiness()
    accounts: list[Account] = [
        Account(username="myaltaccount", nickname="My Alt Account", bio="Clips I made, once more with feeling"),
        Account(username="secondaccount", nickname="Second Account", bio="The quieter sister", followers=310),
    ]
    faults: list[Fault] = []


class UnknownScenario(Exception):
    """No file of that name; the message lists what there is."""


def scenario_names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load_scenario(name: str) -> Scenario:
    path = FOLDER / f"{name}.toml"
    if name not in scenario_names():
        raise UnknownScenario(f"There is no scenario {name!r}; choose one of {', '.join(scenario_names())}.")
    return Scenario.model_validate({"name": name, **tomllib.loads(path.read_text("utf-8"))})
