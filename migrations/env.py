"""Alembic on the product's whole metadata. The engine keeps its own tables and migrates them itself."""

from __future__ import annotations

from alembic import context

from reposter.kit.database import UtcDateTime
from reposter.schema import METADATA


def _render(kind: str, item: object, _context: object) -> str | bool:
    """Migrations must not depend on code that may move: our time type is written as what it is in the database."""
    return "sa.DateTime()" if kind == "type" and isinstance(item, UtcDateTime) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    render_as_batch=True,
    transactional_ddl=True,
    render_item=_render,
    include_object=lambda obj, name, kind, reflected, compare_to: (
        not (kind == "table" and reflected and name not in METADATA.tables)
    ),
)
with context.begin_transaction():
    context.run_migrations()
