"""A table has one owner that writes it: the folder that defines it. Everybody else asks the owner."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

from reposter.kit.database import Table
from reposter.schema import TABLES

SRC = Path(__file__).parents[2] / "src"
WRITES = ("insert", "update", "delete")
NO_ROWS = ("self", "running")
"""Objects that are no rows, though their attributes are named like columns."""


def tables() -> dict[str, Path]:
    """Each table's class and the folder that owns it."""
    mapped = [mapper.class_ for mapper in Table.registry.mappers]
    return {kind.__name__: Path(inspect.getfile(kind)).parent for kind in mapped}


def defines_a_table(path: Path) -> bool:
    return any(Path(inspect.getfile(mapper.class_)) == path for mapper in Table.registry.mappers)


def columns() -> set[str]:
    return {column.key for mapper in Table.registry.mappers for column in mapper.column_attrs}


def writes(tree: ast.AST, names: set[str]) -> Iterator[tuple[int, str]]:
    """Rows that are made, and tables that are inserted into, updated or deleted from."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in names:
            yield node.lineno, node.func.id
        if isinstance(node.func, ast.Attribute) and node.func.attr in WRITES and node.args:
            table = node.args[0]
            if isinstance(table, ast.Name) and table.id in names:
                yield node.lineno, table.id


def assignments(tree: ast.AST) -> Iterator[tuple[int, str, str]]:
    """`name.attribute = …`, also inside a tuple."""
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets:
            for part in target.elts if isinstance(target, ast.Tuple) else [target]:
                if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
                    yield part.lineno, part.value.id, part.attr


def test_rows_are_made_changed_and_deleted_by_their_owner_alone():
    owners = tables()
    strangers = [
        f"{path.relative_to(SRC)}:{line} writes {table}"
        for path in (SRC / "reposter").rglob("*.py")
        for line, table in writes(ast.parse(path.read_text()), set(owners))
        if owners[table] != path.parent
    ]
    assert strangers == []


def test_columns_of_a_row_are_set_by_files_that_own_one_alone():
    """A file may set columns when it makes rows itself or lies beside the `tables.py` that it writes."""
    names = columns()
    strangers = [
        f"{path.relative_to(SRC)}:{line} sets {name}.{attribute}"
        for path in (SRC / "reposter").rglob("*.py")
        if not (path.with_name("tables.py").exists() or defines_a_table(path))
        for line, name, attribute in assignments(ast.parse(path.read_text()))
        if attribute in names and name not in NO_ROWS
    ]
    assert strangers == []


def test_the_rule_finds_what_it_is_for():
    code = "VideoRow(id=1)\nsa.update(VideoRow)\nsession.execute(sa.delete(VideoRow))\nrow.a, row.b = 1, 2\npost.n += 1"
    tree = ast.parse(code)
    assert [line for line, _ in writes(tree, {"VideoRow"})] == [1, 2, 3]
    assert [(name, attribute) for _, name, attribute in assignments(tree)] == [
        ("row", "a"),
        ("row", "b"),
        ("post", "n"),
    ]


def test_the_schema_knows_every_table():
    modules = {module.__name__ for module in TABLES}
    assert {mapper.class_.__module__ for mapper in Table.registry.mappers} == modules
