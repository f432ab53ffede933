"""Calls that somebody asked us to place."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "outbound_calls",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("number_hash", sa.Text(), nullable=False),
        sa.Column("decision_id", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("trunk", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_outbound_calls")),
    )
    op.create_index(
        op.f("ix_outbound_calls_tenant_id_number_hash_claimed_at"),
        "outbound_calls",
        ["tenant_id", "number_hash", "claimed_at"],
    )
    # Said here, so that `protect_tenants()` leaves it so: who asks for a call does not say that it was dialled
    op.execute("GRANT SELECT, INSERT ON outbound_calls TO voiceagent_api")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON outbound_calls TO voiceagent_jobs")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_table("outbound_calls")
