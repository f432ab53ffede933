"""Exports that are asked for over the API, and news of them for webhooks."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "exports",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("filter", JSONB(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counts", JSONB(), nullable=False),
        sa.Column("manifest_sha256", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("download_count", sa.Integer(), nullable=False),
        sa.Column("downloads", JSONB(), nullable=False),
        sa.CheckConstraint("kind IN ('dsar', 'audit', 'litigation', 'bulk')", name=op.f("ck_exports_kind")),
        sa.CheckConstraint(
            "state IN ('asked', 'waiting', 'running', 'ready', 'failed', 'expired', 'deleted')",
            name=op.f("ck_exports_state"),
        ),
        sa.CheckConstraint(
            "kind <> 'bulk' OR state IN ('asked', 'deleted') OR (approved_by <> '' AND approved_by <> requested_by)",
            name=op.f("ck_exports_four_eyes"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_exports_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
    )
    op.create_index(op.f("ix_exports_tenant_id_id"), "exports", ["tenant_id", "id"])
    # Said here, so that `protect_tenants()` leaves it so: the API deletes no row that tells what was taken out
    op.execute("GRANT SELECT, INSERT, UPDATE ON exports TO voiceagent_api")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON exports TO voiceagent_jobs")
    op.alter_column("webhook_deliveries", "call_id", nullable=True)
    op.add_column("webhook_deliveries", sa.Column("export_id", sa.Text(), nullable=True))
    op.create_foreign_key(
        op.f("fk_webhook_deliveries_export_id"),
        "webhook_deliveries",
        "exports",
        ["export_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.create_index(op.f("ix_webhook_deliveries_export_id"), "webhook_deliveries", ["export_id"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    # The owner sees no row of a table whose row-level security is forced
    op.execute("ALTER TABLE webhook_deliveries NO FORCE ROW LEVEL SECURITY")
    op.execute("DELETE FROM webhook_deliveries WHERE call_id IS NULL")
    op.execute("ALTER TABLE webhook_deliveries FORCE ROW LEVEL SECURITY")
    op.drop_index(op.f("ix_webhook_deliveries_export_id"), "webhook_deliveries")
    op.drop_column("webhook_deliveries", "export_id")
    op.alter_column("webhook_deliveries", "call_id", nullable=False)
    op.drop_table("exports")
