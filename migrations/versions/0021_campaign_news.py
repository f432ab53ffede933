"""Webhooks are told of campaigns."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column("webhook_deliveries", sa.Column("campaign_id", sa.Text(), nullable=True))
    op.create_foreign_key(
        op.f("fk_webhook_deliveries_campaign_id"),
        "webhook_deliveries",
        "campaigns",
        ["campaign_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.create_index(op.f("ix_webhook_deliveries_campaign_id"), "webhook_deliveries", ["campaign_id"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    # The owner sees no row of a table whose row-level security is forced
    op.execute("ALTER TABLE webhook_deliveries NO FORCE ROW LEVEL SECURITY")
    op.execute("DELETE FROM webhook_deliveries WHERE campaign_id IS NOT NULL")
    op.execute("ALTER TABLE webhook_deliveries FORCE ROW LEVEL SECURITY")
    op.drop_index(op.f("ix_webhook_deliveries_campaign_id"), "webhook_deliveries")
    op.drop_column("webhook_deliveries", "campaign_id")
