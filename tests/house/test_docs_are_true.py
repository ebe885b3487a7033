"""The documentation says what the code does: pages are current, everything has words, links lead somewhere."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\[[^\]\n]*\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)")
IN_CODE = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
PATH_LIKE = re.compile(r"(?:src|tests|dashboard|docs|benchmarks|migrations)/[\w./*-]+")


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    sys.path.insert(0, str(ROOT))
    try:
        return importlib.import_module("docs.generate")
    finally:
        sys.path.remove(str(ROOT))


@pytest.fixture(scope="module")
def pages(generator: ModuleType) -> dict[str, str]:
    return generator.pages()


@pytest.mark.parametrize("name", ["settings.md", "errors.md", "commands.md", "http.md"])
def test_a_generated_page_is_current(pages, name):
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == pages[name], "run `make docs`"


def test_every_setting_is_documented(generator, pages):
    missing = [one.path for one in generator.settings() if f"`{one.path}`" not in pages["settings.md"]]
    assert not missing


def test_every_error_code_is_documented(generator, pages):
    missing = [kind.code for kind in generator.error_classes() if f"`{kind.code}`" not in pages["errors.md"]]
    assert not missing


def test_every_command_is_documented(generator, pages):
    missing = [one.name for one in generator.commands() if f"## `reposter {one.name}`" not in pages["commands.md"]]
    assert not missing


def test_every_command_stands_in_the_readme(generator):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert not [one.name for one in generator.commands() if f"reposter {one.name}" not in readme]


def test_every_route_is_documented(generator, pages):
    missing = [name for name in generator.routes(generator.document()) if f"### {name}\n" not in pages["http.md"]]
    assert not missing


def test_no_words_are_kept_for_what_is_gone(generator):
    assert not generator.unused_words()


def test_every_relative_link_leads_somewhere():
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in _markdown()
        for target in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8")))
        if not (page.parent / target).exists()
    ]
    assert not broken


def test_every_path_in_the_specification_table_exists():
    text = (ROOT / "docs" / "specification.md").read_text(encoding="utf-8")
    named = [found for code in IN_CODE.findall(text) for found in PATH_LIKE.findall(code.partition("::")[0])]
    assert len(named) > 62
    assert not [path for path in named if not (ROOT / path).exists()]


def test_every_test_in_the_specification_table_exists():
    text = (ROOT / "docs" / "specification.md").read_text(encoding="utf-8")
    named = [code.split("::") for code in IN_CODE.findall(text) if "::" in code]
    missing = [
        f"{path}::{name}"
        for path, name in named
        if not (ROOT / path).exists() or f"def {name}(" not in (ROOT / path).read_text(encoding="utf-8")
    ]
    assert not missing


def test_the_specification_table_has_its_62_rows():
    text = (ROOT / "docs" / "specification.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith(("| § |", "| --"))]
    assert len([row for row in rows if row.count("|") == 6]) == 62


def _markdown() -> list[Path]:
    return [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


def _from_root(path: Path) -> str:
    return path.resolve().relative_to(ROOT).as_posix()
