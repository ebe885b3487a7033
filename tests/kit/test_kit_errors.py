"""One error for people and machines, also after it crossed a process."""

from __future__ import annotations

import json
from typing import ClassVar

import pytest

from reposter.kit.errors import AppError, NotFound, StorageExhausted, Verdict, all_errors
from reposter.library.errors import VideoUnknown


class TestSituation(AppError):
    __test__: ClassVar[bool] = False
    code = "a_situation_of_this_test"
    verdict = Verdict.OUTCOME_UNKNOWN


def across(error: AppError) -> AppError:
    return AppError.from_dict(json.loads(json.dumps(error.to_dict())))


def test_an_error_crosses_a_process_with_its_class_and_everything_it_says():
    error = TestSituation("It is unclear.", hint="Look.", retry_after_seconds=2.5, post_id=7, sizes=[1, 2])
    back = across(error)
    assert type(back) is TestSituation
    assert str(back) == "It is unclear."
    assert back.to_dict() == error.to_dict()
    assert back.verdict is Verdict.OUTCOME_UNKNOWN
    assert back.context == {"post_id": 7, "sizes": [1, 2]}


def test_an_error_whose_constructor_takes_something_else_crosses_too():
    back = across(VideoUnknown("77"))
    assert type(back) is VideoUnknown
    assert isinstance(back, NotFound)
    assert back.message == "There is no video '77'."
    assert back.context == {"video_id": "77"}


def test_a_code_that_this_process_does_not_know_arrives_as_a_plain_error():
    back = AppError.from_dict({"code": "from_a_newer_version", "message": "Something new."})
    assert type(back) is AppError
    assert (back.message, back.hint, back.retry_after_seconds, back.context) == ("Something new.", "", None, {})


def test_an_error_without_a_verdict_of_its_own_is_permanent_and_a_full_disk_is_tried_again():
    assert AppError("x").verdict is Verdict.PERMANENT
    assert StorageExhausted("x").verdict is Verdict.RETRY_LATER


def test_every_loaded_error_is_listed_once_also_those_of_features():
    listed = all_errors()
    assert {AppError, NotFound, VideoUnknown, TestSituation} <= set(listed)
    assert len(listed) == len(set(listed))
    assert [kind.code for kind in listed] == sorted(kind.code for kind in listed)


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_verdict_is_written_as_a_word(verdict):
    assert json.loads(json.dumps(verdict)) == verdict.value
