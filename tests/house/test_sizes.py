"""A file is read in one sitting, a function on one screen."""

from __future__ import annotations

import ast
from pathlib import Path

SRC = Path(__file__).parents[2] / "src"
FILE_LINES_MAX = 300
FUNCTION_LINES_MAX = 50

# What is longer for now, with its size. Lists may only shrink: a size that is no longer true fails too.
LONG_FILES: dict[str, int] = {}
LONG_FUNCTIONS: dict[str, int] = {}


def sources() -> dict[str, str]:
    return {path.relative_to(SRC).as_posix(): path.read_text(encoding="utf-8") for path in SRC.rglob("*.py")}


def test_no_source_file_is_longer_than_300_lines():
    lengths = {name: len(text.splitlines()) for name, text in sources().items()}
    assert {name: lines for name, lines in lengths.items() if lines > FILE_LINES_MAX} == LONG_FILES


def test_no_function_is_longer_than_50_lines():
    lengths = {
        f"{name}:{node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for name, text in sources().items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert len(lengths) > 500, "the functions were found"
    assert {name: lines for name, lines in lengths.items() if lines > FUNCTION_LINES_MAX} == LONG_FUNCTIONS


def test_every_source_file_opens_with_what_it_is_for():
    silent = [name for name, text in sources().items() if not ast.get_docstring(ast.parse(text))]
    assert silent == []
