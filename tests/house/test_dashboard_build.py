"""The dashboard's build: complete locks, watched inputs, a bundle of these sources, and a page where there is none."""

from __future__ import annotations

import asyncio
import json
import tomllib
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from reposter.api import webbuild
from reposter.api.spa import mount_spa

ROOT = Path(__file__).parents[2]
LOCKS = [ROOT / "dashboard" / "package-lock.json", ROOT / "dashboard" / "tools" / "package-lock.json"]
SOURCE_LINES_MAX = 250


@pytest.fixture
def web(tmp_path: Path) -> Path:
    """A bundle in small."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>page</title>")
    (tmp_path / "assets" / "index-abc.js").write_text("plain")
    (tmp_path / "assets" / "index-abc.js.br").write_bytes(b"packed")
    (tmp_path / ".build.json").write_text("{}")
    return tmp_path


@pytest.fixture
def app(web: Path) -> FastAPI:
    app = FastAPI()

    @app.get("/api/answer")
    def answer() -> str:
        return "yes"

    mount_spa(app, web)
    return app


def ask(app: FastAPI, address: str, *, method: str = "GET", accept_encoding: str = "identity") -> httpx.Response:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://reposter") as client:
            return await client.request(method, address, headers={"accept-encoding": accept_encoding})

    return asyncio.run(send())


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.parent.name)
def test_a_lock_names_the_binaries_of_every_platform(lock: Path) -> None:
    """One made against a registry that lacks some of them does not, and `npm ci` then stops on every platform."""
    packages = json.loads(lock.read_text())["packages"]
    for name, package in packages.items():
        for wanted in package.get("optionalDependencies") or {}:
            nested = f"{name}/node_modules/{wanted}"
            assert f"node_modules/{wanted}" in packages or nested in packages, f"{name or 'root'} wants {wanted}"


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.parent.name)
def test_a_lock_names_no_registry_and_checks_every_package(lock: Path) -> None:
    packages = json.loads(lock.read_text())["packages"]
    for name, package in packages.items():
        assert "resolved" not in package, name
        assert not name or "integrity" in package or package.get("inBundle"), name


def test_versions_are_pinned_exactly() -> None:
    for lock in LOCKS:
        meta = json.loads(lock.with_name("package.json").read_text())
        for versions in (meta.get("dependencies", {}), meta.get("devDependencies", {})):
            assert all(version[0].isdigit() for version in versions.values()), versions


def test_uv_watches_what_the_bundle_is_made_from() -> None:
    """An input that uv does not watch would leave `uv run` on an old bundle."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    watched = {key["file"] for key in project["tool"]["uv"]["cache-keys"]}
    for name in webbuild.INPUTS:
        is_folder = (ROOT / "dashboard" / name).is_dir()
        assert (f"dashboard/{name}/**/*" if is_folder else f"dashboard/{name}") in watched
    assert {"pyproject.toml", "hatch_build.py", "src/reposter/api/webbuild.py"} <= watched


def test_the_development_node_is_the_one_that_builds() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert webbuild.NODE_REQUIREMENT in project["dependency-groups"]["dev"]


def test_the_fingerprint_follows_an_edit_and_not_a_line_ending(tmp_path: Path) -> None:
    for name in webbuild.INPUTS:
        (tmp_path / name).write_text("one\n")
    before = webbuild.fingerprint(tmp_path)
    (tmp_path / "index.html").write_bytes(b"one\r\n")
    assert webbuild.fingerprint(tmp_path) == before
    (tmp_path / "index.html").write_text("two\n")
    assert webbuild.fingerprint(tmp_path) != before


def test_a_build_is_needed_only_where_sources_differ_from_the_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REPOSTER_WEB", raising=False)
    dashboard, web = tmp_path / "dashboard", tmp_path / "web"
    web.mkdir()
    assert not webbuild.is_needed(dashboard, web), "an installed wheel has no sources"
    dashboard.mkdir()
    for name in webbuild.INPUTS:
        (dashboard / name).write_text("{}")
    assert webbuild.is_needed(dashboard, web)
    (web / webbuild.STAMP).write_text(json.dumps({"fingerprint": webbuild.fingerprint(dashboard)}))
    assert not webbuild.is_needed(dashboard, web)
    monkeypatch.setenv("REPOSTER_WEB", "force")
    assert webbuild.is_needed(dashboard, web)
    monkeypatch.setenv("REPOSTER_WEB", "skip")
    assert not webbuild.is_needed(dashboard, tmp_path / "nothing")


def test_source_files_are_short() -> None:
    for file in (ROOT / "dashboard" / "src").rglob("*.ts*"):
        if file.name != "schema.d.ts":
            assert len(file.read_text().splitlines()) <= SOURCE_LINES_MAX, file


def test_features_import_no_other_feature() -> None:
    features = ROOT / "dashboard" / "src" / "features"
    names = {folder.name for folder in features.iterdir()}
    for file in features.rglob("*.ts*"):
        others = names - {file.relative_to(features).parts[0]}
        assert not any(f"@/features/{other}" in file.read_text() for other in others), file
        assert "@/app/" not in file.read_text(), file


def test_deep_links_get_the_page_under_a_strict_policy(app: FastAPI) -> None:
    for address in ("/", "/calendar", "/videos/vid_1"):
        page = ask(app, address)
        assert page.status_code == 200
        assert "<title>page</title>" in page.text
        policy = page.headers["content-security-policy"]
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert page.headers["cache-control"] == "no-cache"


def test_assets_come_packed_and_for_ever(app: FastAPI) -> None:
    packed = ask(app, "/assets/index-abc.js")
    assert packed.text == "plain"
    assert "immutable" in packed.headers["cache-control"]
    head = ask(app, "/assets/index-abc.js", method="HEAD", accept_encoding="gzip, br")
    assert head.headers["content-encoding"] == "br"
    assert head.headers["content-length"] == "6"
    assert head.headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize(
    "address",
    ["/api/nothing", "/assets/gone.js", "/gone.png", "/.build.json", "/..%2F..%2Fpyproject.toml", "/%2Fetc%2Fpasswd.x"],
)
def test_what_is_not_there_is_a_404_and_never_the_page(app: FastAPI, address: str) -> None:
    answer = ask(app, address)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_routes_of_the_api_come_first(app: FastAPI) -> None:
    assert ask(app, "/api/answer").json() == "yes"


def test_without_a_bundle_the_page_says_what_to_run(tmp_path: Path) -> None:
    app = FastAPI()
    mount_spa(app, tmp_path / "nothing")
    page = ask(app, "/")
    assert page.status_code == 503
    assert "python -m reposter.api.webbuild" in page.text
    assert webbuild.NODE_REQUIREMENT in page.text


def test_the_generated_client_is_made_from_the_api_as_it_is():
    from reposter.api.openapi import document  # it wires the whole product, which no other test here needs

    kept = json.loads((webbuild.DASHBOARD / "openapi.json").read_text(encoding="utf-8"))
    assert kept == json.loads(json.dumps(document())), "the API has changed: run `make client`"
