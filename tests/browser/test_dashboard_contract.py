"""The fake API speaks what the client was generated from: its answers and messages fit dashboard/openapi.json."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import jsonschema_rs
import pytest
from fake_world import World

DOCUMENT = json.loads((Path(__file__).parents[2] / "dashboard" / "openapi.json").read_text())


def shape_of(path: str) -> dict[str, Any]:
    """The JSON Schema of a route's answer, with the components that it refers to."""
    answer = DOCUMENT["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    return {**answer, "components": DOCUMENT["components"]}


@pytest.mark.parametrize("path", ["/api/overview", "/api/agents", "/api/logs"])
def test_an_answer_of_the_fake_fits_the_contract(path: str, serve: Callable[[World], str]) -> None:
    with urlopen(serve(World.busy()) + path) as answer:
        jsonschema_rs.validate(shape_of(path), json.load(answer))


@pytest.mark.parametrize("path", ["/api/videos", "/api/posts"])
def test_an_answer_of_the_fake_has_no_field_that_the_contract_lacks(path: str, serve: Callable[[World], str]) -> None:
    """The fake leaves out what the page does not read."""
    with urlopen(serve(World.busy()) + path) as answer:
        items = json.load(answer)["items"]
    page = DOCUMENT["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
    item = DOCUMENT["components"]["schemas"][page.rpartition("/")[2]]["properties"]["items"]["items"]["$ref"]
    properties = DOCUMENT["components"]["schemas"][item.rpartition("/")[2]]["properties"]
    for key in items[0]:
        values = {"components": DOCUMENT["components"], "type": "array", "items": properties[key]}
        jsonschema_rs.validate(values, [each[key] for each in items])


@pytest.mark.parametrize("is_doubt", [True, False])
def test_a_question_of_the_fake_fits_the_contract(is_doubt: bool) -> None:
    world = World.busy()
    world.ask_about(world.posts[1], is_doubt=is_doubt)
    schemas = DOCUMENT["components"]["schemas"]
    item = {key: value for key, value in world.review[0].items() if key != "post"}  # it leaves out what nobody reads
    names = [name for name in schemas["ReviewItem"]["required"] if name != "post"]
    shape = {**schemas["ReviewItem"], "required": names, "components": DOCUMENT["components"]}
    jsonschema_rs.validate(shape, item)
    assert item.keys() == set(names)


def test_a_message_of_the_fake_fits_the_contract() -> None:
    world = World.busy()
    for _ in range(30):
        world.tick()
    world.push_queue(world.posts[1], "held", "The account is paused.")
    jsonschema_rs.validate(shape_of("/api/events/shapes"), world.messages_after(0))
