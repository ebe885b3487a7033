"""Every situation has a code of its own and crosses a process whole."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections import Counter

import pytest

import reposter
from reposter.kit.errors import AppError, Verdict, all_errors


@pytest.fixture(scope="module")
def ours() -> list[type[AppError]]:
    """All errors of the product, whichever module defines them; those of tests do not count."""
    for module in pkgutil.walk_packages(reposter.__path__, "reposter."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    return [kind for kind in all_errors() if kind.__module__.startswith("reposter.")]


def test_every_error_has_a_code_of_its_own(ours):
    shared = {code: count for code, count in Counter(kind.code for kind in ours).items() if count > 1}
    inherited = [kind.__name__ for kind in ours if "code" not in vars(kind)]
    assert shared == {}, f"without a code of their own: {inherited}"


def test_every_code_is_a_word_that_logs_and_clients_can_look_for(ours):
    assert [kind.code for kind in ours if not re.fullmatch(r"[a-z][a-z0-9_]{2,59}", kind.code)] == []


def test_every_error_says_what_may_be_done_next(ours):
    assert all(isinstance(kind.verdict, Verdict) for kind in ours)


def test_every_error_can_be_rebuilt_from_what_crossed_a_process(ours):
    for kind in ours:
        back = AppError.from_dict({"code": kind.code, "message": "m", "hint": "h", "context": {"a": 1}})
        assert (type(back), back.message, back.context) == (kind, "m", {"a": 1})
