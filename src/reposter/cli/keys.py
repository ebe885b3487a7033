"""`reposter keys …`: the key that secrets are sealed with."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reposter.cli.console import messages
from reposter.cli.options import DEFAULT_DATA_DIR, DataDir, opened
from reposter.kit.clock import utc_now
from reposter.kit.crypto import KEY_BYTES, Vault, load_or_create_keys, write_keys
from reposter.kit.errors import Conflict
from reposter.kit.locks import FileLock

if TYPE_CHECKING:
    from reposter.bootstrap import App


class StillRunning(Conflict):
    """A process that has read the old key would go on sealing with it."""

    code = "still_running"


def rotate(data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Seal every stored secret with a new key.

    Reposter must be stopped. Interrupted at any moment, nothing is lost: run it again.
    """
    with opened(data_dir) as app, alone(app):
        rotate_keys(app)
    messages.print("Every secret is sealed with a new key. Backups from before need the old one.", markup=False)


@contextmanager
def alone(app: App) -> Iterator[None]:
    """Nothing else works on the data, and `reposter up` cannot start meanwhile.

    Raises:
        AlreadyRunning, StillRunning: stop it first.
    """
    from reposter.pipeline.agents import LEASE, list_agents  # heavy, as all that the line is made of

    with FileLock(app.layout.run / "up.lock", what=f"Reposter on {app.layout.data_dir}"):
        with app.database.transaction() as session:
            beating = [
                agent.agent_id
                for agent in list_agents(session)
                if agent.status != "stopped" and agent.beat_at > utc_now() - LEASE
            ]
        if beating:
            raise StillRunning(
                f"Still running: {', '.join(beating)}. With the old key in their memory they would seal with it again.",
                hint="Stop all of Reposter, wait a minute if something was killed, and try again.",
            )
        yield


def rotate_keys(app: App) -> None:
    """New and old key into the file, everything sealed with the new one, then the old one out of the file.

    Whoever is killed in between leaves both keys in the file; the next run goes on from there.
    """
    from reposter.bootstrap import KEY_FILE  # heavy: it names everything

    file = app.layout.config / KEY_FILE
    keys = load_or_create_keys(file)
    if len(keys) == 1:
        keys = (os.urandom(KEY_BYTES), *keys)
        write_keys(file, *keys)
    _reseal_all(app, Vault(*keys), Vault(keys[0]))
    write_keys(file, keys[0])


def _reseal_all(app: App, old: Vault, new: Vault) -> None:
    """In one transaction: all of it or nothing."""
    from reposter.bootstrap import reseal_settings  # heavy, all three
    from reposter.deliver.accounts.resealing import reseal_accounts
    from reposter.deliver.publishing.resealing import reseal_attempts

    with app.database.transaction() as session:
        for reseal in (reseal_accounts, reseal_attempts, reseal_settings):
            reseal(session, old, new)
