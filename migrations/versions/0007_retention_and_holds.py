"""Retention policies, legal holds, and what was purged."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_CLASS = "content_class IN ('A', 'T', 'X', 'M', 'C')"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column("recordings", sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("recordings", sa.Column("deleted_why", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "retention_policies",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("selector", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("content_class", sa.Text(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.CheckConstraint(_CLASS, name=op.f("ck_retention_policies_content_class")),
        sa.CheckConstraint("days >= 0", name=op.f("ck_retention_policies_days")),
        sa.CheckConstraint("action IN ('delete', 'pseudonymise')", name=op.f("ck_retention_policies_action")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_policies")),
        sa.UniqueConstraint(
            "tenant_id",
            "content_class",
            "selector",
            "version",
            name=op.f("uq_retention_policies_tenant_id_content_class_selector_version"),
        ),
    )
    op.execute(
        "CREATE TRIGGER retention_policies_append_only BEFORE UPDATE OR DELETE ON retention_policies"
        " FOR EACH ROW EXECUTE FUNCTION refuse_update()"
    )
    op.create_table(
        "legal_holds",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("matter", sa.Text(), nullable=False),
        sa.Column("selector", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("classes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("placed_by", sa.Text(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("release_asked_by", sa.Text(), nullable=False),
        sa.Column("release_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "released_at IS NULL OR approved_by <> release_asked_by", name=op.f("ck_legal_holds_four_eyes")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_holds")),
    )
    active = sa.text("released_at IS NULL")
    op.create_index("ix_legal_holds_active", "legal_holds", ["tenant_id", "id"], postgresql_where=active)
    op.create_table(
        "call_tags",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("placed_by", sa.Text(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name=op.f("fk_call_tags_call_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("call_id", "tag", name=op.f("pk_call_tags")),
    )
    op.create_table(
        "call_purges",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("content_class", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("purged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.CheckConstraint(_CLASS, name=op.f("ck_call_purges_content_class")),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.call_id"], name=op.f("fk_call_purges_call_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("call_id", "content_class", name=op.f("pk_call_purges")),
    )
    op.create_table(
        "purge_runs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("errors", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name=op.f("ck_purge_runs_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purge_runs")),
    )
    op.create_index(op.f("ix_purge_runs_tenant_id_started_at_id"), "purge_runs", ["tenant_id", "started_at", "id"])
    # A purge takes the jobs of a call with the call
    op.execute("CREATE INDEX ix_procrastinate_jobs_of_call ON procrastinate_jobs ((args ->> 'call_id'))")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("DROP INDEX ix_procrastinate_jobs_of_call")
    for table in ("purge_runs", "call_purges", "call_tags", "legal_holds", "retention_policies"):
        op.drop_table(table)
    op.drop_column("recordings", "deleted_why")
    op.drop_column("recordings", "deleted_at")
