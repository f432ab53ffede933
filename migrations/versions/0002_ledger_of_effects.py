"""The ledger of effects, and the rule that a tool ran by."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "effects",
        sa.Column("proposal_id", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("tool", sa.Text(), nullable=False),
        sa.Column("arguments", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('proposed', 'committing', 'done', 'failed', 'unknown')", name=op.f("ck_effects_state")
        ),
        sa.PrimaryKeyConstraint("proposal_id", name=op.f("pk_effects")),
    )
    op.create_index(op.f("ix_effects_call_id"), "effects", ["call_id"])
    op.create_index("ix_effects_abandoned", "effects", ["held_until"], postgresql_where=sa.text("state = 'committing'"))
    open_end = sa.text("state IN ('committing', 'unknown')")
    op.create_index("ix_effects_open_end", "effects", ["tenant_id", "caller"], postgresql_where=open_end)
    # Rows of before were all reads
    op.add_column("tool_calls", sa.Column("decision", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_column("tool_calls", "decision")
    op.drop_table("effects")
