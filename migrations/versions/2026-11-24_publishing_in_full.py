"""publishing in full

Rules: additive first, one release before what depends on it; no data moves together with schema moves; a table of
SQLite is altered in batch mode. Revision 0002, after 0001.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call_places",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("account", sa.String(length=100), nullable=False),
        sa.Column("op", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_places")),
    )
    with op.batch_alter_table("call_places", schema=None) as batch_op:
        batch_op.create_index("ix_call_places_account_at", ["account", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_call_places_at"), ["at"], unique=False)

    op.create_table(
        "consents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.String(length=50), nullable=False),
        sa.Column("account", sa.String(length=100), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("caption_sha256", sa.String(length=64), nullable=False),
        sa.Column("route", sa.String(length=10), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("given_by", sa.String(length=100), nullable=False),
        sa.Column("is_standing", sa.Boolean(), nullable=False),
        sa.Column("given_at", sa.DateTime(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_consents_post_id"), ["post_id"], unique=False)

    op.create_table(
        "lessons",
        sa.Column("account", sa.String(length=100), nullable=False),
        sa.Column("op", sa.String(length=20), nullable=False),
        sa.Column("blocked_until", sa.DateTime(), nullable=True),
        sa.Column("learned_max", sa.Integer(), nullable=True),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.Column("learned_at", sa.DateTime(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account", "op", name=op.f("pk_lessons")),
    )
    op.create_table(
        "webhooks",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("event", sa.String(length=80), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_webhooks")),
    )
    with op.batch_alter_table("webhooks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_webhooks_received_at"), ["received_at"], unique=False)

    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("client_key", sa.String(length=100), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("asks_first", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("choices_by", sa.String(length=100), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("choices_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("paused_reason", sa.Text(), nullable=True))

    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("transfer", sa.String(length=5), nullable=False, server_default="file"))
        batch_op.add_column(sa.Column("pull_token_sha256", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("pull_fetches", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("revoked_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("consent_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("rights_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_attempts_pull_token_sha256"), ["pull_token_sha256"], unique=True)

    with op.batch_alter_table("scheduled_posts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("remedy", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("not_before", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("is_pinned", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("skips", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("alternatives", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("transferred_from", sa.String(length=100), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("scheduled_posts", schema=None) as batch_op:
        batch_op.drop_column("transferred_from")
        batch_op.drop_column("alternatives")
        batch_op.drop_column("skips")
        batch_op.drop_column("is_pinned")
        batch_op.drop_column("not_before")
        batch_op.drop_column("remedy")

    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attempts_pull_token_sha256"))
        batch_op.drop_column("rights_id")
        batch_op.drop_column("consent_id")
        batch_op.drop_column("revoked_at")
        batch_op.drop_column("pull_fetches")
        batch_op.drop_column("pull_token_sha256")
        batch_op.drop_column("transfer")

    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_column("paused_reason")
        batch_op.drop_column("choices_at")
        batch_op.drop_column("choices_by")
        batch_op.drop_column("asks_first")
        batch_op.drop_column("client_key")

    with op.batch_alter_table("webhooks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_webhooks_received_at"))

    op.drop_table("webhooks")
    op.drop_table("lessons")
    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_consents_post_id"))

    op.drop_table("consents")
    with op.batch_alter_table("call_places", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_call_places_at"))
        batch_op.drop_index("ix_call_places_account_at")

    op.drop_table("call_places")
