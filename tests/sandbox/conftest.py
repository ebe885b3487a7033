"""A pretend world per test, a connected client, and one clip drawn for all."""

from __future__ import annotations

import pytest

from reposter_sandbox.footage.encode import RENDITIONS, Clip, encode_clip
from reposter_sandbox.scenario import load_scenario
from reposter_sandbox.world import World

from .client import Client, reencode


@pytest.fixture
def make_world(tmp_path):
    """A started world; keyword arguments go to World, `rules` and `moderation` change the scenario's."""
    worlds = []

    def make(folder="world", *, scenario="happy-day", speed=600.0, rules=None, moderation=None, **options):
        plan = load_scenario(scenario)
        plan = plan.model_copy(
            update={
                "rules": plan.rules.model_copy(update=rules or {}),
                "moderation": plan.moderation.model_copy(update=moderation or {}),
                **options,
            }
        )
        world = World(tmp_path / folder, scenario=plan, speed=speed).start()
        worlds.append(world)
        return world

    yield make
    for world in worlds:
        world.stop()


@pytest.fixture
def make_client():
    clients = []

    def make(world):
        clients.append(Client(world))
        return clients[-1]

    yield make
    for client in clients:
        client.http.close()


@pytest.fixture
def client(make_world, make_client):
    """Connected as @myaltaccount in a world that runs 600 times faster."""
    return make_client(make_world()).connect()


@pytest.fixture(scope="session")
def clip_file(tmp_path_factory):
    """A clean clip of source video 5, drawn once."""
    path = tmp_path_factory.mktemp("footage") / "clip.mp4"
    encode_clip(Clip(5, 7, "techguru123"), RENDITIONS["clean"], path)
    return path


@pytest.fixture(scope="session")
def clip(clip_file):
    return clip_file.read_bytes()


@pytest.fixture(scope="session")
def recoded(clip_file, tmp_path_factory):
    """The same clip, smaller and much more compressed: other bytes, same pictures."""
    return reencode(clip_file, tmp_path_factory.mktemp("recoded") / "clip.mp4", width=406, height=720, crf=30)
