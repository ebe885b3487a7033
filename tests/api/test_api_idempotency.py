"""A client that lost the answer asks again with the same Idempotency-Key and gets the first one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx
import pytest
from api_door import Door

BODY = {"value": "@name"}


def add(door: Door, key: str, body: dict[str, object] = BODY) -> httpx.Response:
    return door.http.post("/api/sources", json=body, headers={"idempotency-key": key})


def test_the_same_request_with_the_same_key_is_carried_out_once(door: Door) -> None:
    first, again = add(door, "k1"), add(door, "k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert len(door.http.get("/api/sources").json()["items"]) == 1


def test_another_request_with_a_used_key_is_refused(door: Door) -> None:
    add(door, "k1")
    answer = add(door, "k1", {"value": "@other"})
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_reused")
    elsewhere = door.http.post("/api/accounts/connect", headers={"idempotency-key": "k1"})
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (400, "idempotency_key_reused")
    assert [source["value"] for source in door.http.get("/api/sources").json()["items"]] == ["@name"]


@pytest.mark.parametrize("body", [{"value": "not a name!"}, {}, {"value": "@name", "frequency": "1_seconds"}])
def test_a_request_that_was_refused_leaves_its_key_free(door: Door, body: dict[str, object]) -> None:
    assert add(door, "k1", body).status_code in (400, 422)
    assert add(door, "k1").status_code == 201


@pytest.mark.parametrize("key", ["", "k" * 201])
def test_a_key_of_a_wrong_length_is_refused(door: Door, key: str) -> None:
    answer = add(door, key)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")


def test_a_key_does_not_outlive_its_answer_in_another_process(open_door) -> None:
    first = add(open_door(), "k1")
    again = add(open_door(), "k1")
    assert again.json() == first.json()


def test_at_once_with_one_key_a_request_is_carried_out_once(door: Door) -> None:
    crowd = 12
    together = Barrier(crowd)

    def ask(number: int) -> list[httpx.Response]:
        answers = []
        with httpx.Client(base_url=door.url, timeout=20, trust_env=False) as http:
            http.get("/healthz")
            for turn in range(4):
                together.wait()
                answers.append(
                    http.post("/api/sources", json={"value": f"@name{turn}"}, headers={"idempotency-key": f"k{turn}"})
                )
        return answers

    with ThreadPoolExecutor(crowd) as pool:
        answers = [answer for answers in pool.map(ask, range(crowd)) for answer in answers]
    told = {(answer.status_code, answer.json().get("code")) for answer in answers}
    assert told <= {(201, None), (409, "idempotency_key_in_use")}, told
    carried_out = [answer for answer in answers if answer.status_code == 201]
    assert sum("idempotency-replayed" not in answer.headers for answer in carried_out) == 4
    assert len(door.http.get("/api/sources").json()["items"]) == 4
