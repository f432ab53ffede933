"""Agents that no settings name any more, and indexes for what is asked of campaigns."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0022"
down_revision: str | None = "0021"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column("agent_profiles", sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        op.f("ix_outbound_calls_tenant_id_asked_by_asked_at"), "outbound_calls", ["tenant_id", "asked_by", "asked_at"]
    )
    op.create_index(op.f("ix_campaign_contacts_campaign_id_id"), "campaign_contacts", ["campaign_id", "id"])
    op.drop_index(op.f("ix_campaign_contacts_campaign_id_settled_at"), "campaign_contacts")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_index(
        op.f("ix_campaign_contacts_campaign_id_settled_at"), "campaign_contacts", ["campaign_id", "settled_at"]
    )
    op.drop_index(op.f("ix_campaign_contacts_campaign_id_id"), "campaign_contacts")
    op.drop_index(op.f("ix_outbound_calls_tenant_id_asked_by_asked_at"), "outbound_calls")
    op.drop_column("agent_profiles", "retired_at")
