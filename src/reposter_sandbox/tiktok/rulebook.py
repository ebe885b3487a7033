"""Hold the platform's rules now in force: the scenario's, as changed through the control API."""

from __future__ import annotations

from reposter_sandbox.scenario import Moderation, Rules
from reposter_sandbox.store import Store


class Rulebook:
    def __init__(self, store: Store, rules: Rules, moderation: Moderation) -> None:
        self._store = store
        self.rules = Rules.model_validate({**rules.model_dump(), **(store.get("rules") or {})})
        self.moderation = Moderation.model_validate({**moderation.model_dump(), **(store.get("moderation") or {})})

    def change(self, rules: dict[str, object], moderation: dict[str, object]) -> None:
        """Set single rules by name, for good; raises pydantic's ValidationError."""
        new_rules = Rules.model_validate({**self.rules.model_dump(), **rules})
        new_moderation = Moderation.model_validate({**self.moderation.model_dump(), **moderation})
        with self._store.transaction():
            self._store.put("rules", {**(self._store.get("rules") or {}), **rules})
            self._store.put("moderation", {**(self._store.get("moderation") or {}), **moderation})
        self.rules, self.moderation = new_rules, new_moderation
