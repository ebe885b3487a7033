"""two versions of a video

Rules: additive first, one release before what depends on it; no data moves together with schema moves; a table of
SQLite is altered in batch mode. Revision 0003, after 0002.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("videos", schema=None) as batch_op:
        batch_op.add_column(sa.Column("watermark_outcome", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("watermark_wishes", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("watermark_choice", sa.String(length=10), nullable=True))
        batch_op.add_column(sa.Column("alternative_path", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("alternative_sha256", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("alternative_bytes", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("videos", schema=None) as batch_op:
        batch_op.drop_column("alternative_bytes")
        batch_op.drop_column("alternative_sha256")
        batch_op.drop_column("alternative_path")
        batch_op.drop_column("watermark_choice")
        batch_op.drop_column("watermark_wishes")
        batch_op.drop_column("watermark_outcome")
