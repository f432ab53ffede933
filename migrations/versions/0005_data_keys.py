"""Data keys, and the one that a recording lies under."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "data_keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("retention_class", sa.Text(), nullable=False),
        sa.Column("kek_id", sa.Text(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shredded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(wrapped IS NULL) = (shredded_at IS NOT NULL)", name=op.f("ck_data_keys_shredded")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name=op.f("fk_data_keys_call_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_keys")),
    )
    op.create_index(op.f("ix_data_keys_call_id"), "data_keys", ["call_id"])
    op.create_index(op.f("ix_data_keys_kek_id"), "data_keys", ["kek_id"])
    op.add_column("recordings", sa.Column("key_id", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM recordings WHERE key_id <> ''")):
        raise RuntimeError("recordings are encrypted: without this table's keys nobody could read them any more")
    op.drop_column("recordings", "key_id")
    op.drop_table("data_keys")
