"""Schemathesis asks every operation of the API's own document what nobody thought of asking."""

from __future__ import annotations

import pytest
import schemathesis
from api_door import Door
from api_rows import put_account, put_finished_video, put_post, put_video
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import one_of
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from reposter.api.openapi import document

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
EXAMPLES_PER_OPERATION = 40
DOCUMENT = document()
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS = [
    (method, path) for path, methods in DOCUMENT["paths"].items() for method in methods if method != "parameters"
]


@pytest.fixture(scope="module")
def busy(shared_door: Door) -> Door:
    """A line with something in it, so that not every answer is *unknown*."""
    put_account(shared_door.app)
    put_video(shared_door.app, 1)
    put_post(shared_door.app, put_finished_video(shared_door.app, 2))
    shared_door.http.post("/api/sources", json={"value": "@techguru123"})
    return shared_door


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=[f"{m} {p}" for m, p in OPERATIONS])
def test_no_request_breaks_an_operation_and_every_answer_is_as_documented(busy: Door, method: str, path: str) -> None:
    operation = SCHEMA[path][method.upper()]
    # Readiness says no with a 503: that is its answer, not its failure.
    checks = [check for check in CHECKS if path != "/readyz" or check is not not_a_server_error]

    @settings(
        max_examples=EXAMPLES_PER_OPERATION,
        deadline=None,
        database=None,
        derandomize=True,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode)))
    def ask(case: schemathesis.Case) -> None:
        case.call_and_validate(base_url=busy.url, checks=checks)

    ask()
