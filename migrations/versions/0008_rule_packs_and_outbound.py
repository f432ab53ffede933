"""Consents to be called, do-not-call lists, and decisions on outbound calls."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "outbound_consents",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("number_hash", sa.Text(), nullable=False),
        sa.Column("seller", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("campaigns", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("artefact_url", sa.Text(), nullable=False),
        sa.Column("artefact_sha256", sa.Text(), nullable=False),
        sa.Column("disclosure_sha256", sa.Text(), nullable=False),
        sa.Column("signature_method", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('PEC', 'PEWC', 'EU_optin')", name=op.f("ck_outbound_consents_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbound_consents")),
    )
    op.create_index(
        op.f("ix_outbound_consents_tenant_id_number_hash"), "outbound_consents", ["tenant_id", "number_hash"]
    )
    op.create_table(
        "dnc_entries",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("number_hash", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.Text(), nullable=False),
        sa.Column("lift_reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dnc_entries")),
    )
    op.create_index(op.f("ix_dnc_entries_tenant_id_number_hash"), "dnc_entries", ["tenant_id", "number_hash"])
    op.create_index(
        op.f("ix_dnc_entries_tenant_id_list_requested_at_id"),
        "dnc_entries",
        ["tenant_id", "list", "requested_at", "id"],
    )
    op.create_table(
        "dnc_sources",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "list", name=op.f("pk_dnc_sources")),
    )
    op.create_table(
        "outbound_decisions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("number_hash", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("rules_sha256", sa.Text(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(), nullable=False),
        sa.Column("evidence_sha256", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbound_decisions")),
    )
    op.create_index(
        op.f("ix_outbound_decisions_tenant_id_number_hash_at"),
        "outbound_decisions",
        ["tenant_id", "number_hash", "at"],
    )
    op.execute(
        """
        CREATE FUNCTION outbound_decisions_stay() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'a decision on an outbound call is never changed';
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER outbound_decisions_stay BEFORE UPDATE ON outbound_decisions "
        "FOR EACH ROW EXECUTE FUNCTION outbound_decisions_stay()"
    )
    op.execute(
        "CREATE TRIGGER outbound_decisions_are_not_emptied BEFORE TRUNCATE ON outbound_decisions "
        "FOR EACH STATEMENT EXECUTE FUNCTION outbound_decisions_stay()"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_table("outbound_decisions")
    op.execute("DROP FUNCTION outbound_decisions_stay()")
    op.drop_table("dnc_sources")
    op.drop_table("dnc_entries")
    op.drop_table("outbound_consents")
