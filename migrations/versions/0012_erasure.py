"""Erasure of one person's data: requests, what was found for them, tombstones; and what the API no longer shows."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_CLASS = "content_class IN ('A', 'T', 'X', 'M', 'C')"
# Which classes are in which table. A call whose own class is hidden is not there at all.
_HIDES = {
    "calls": ("M",),
    "call_legs": ("M",),
    "call_events": ("T", "X", "M"),
    "transcript_segments": ("T",),
    "tool_calls": ("X",),
    "effects": ("X",),
    "recordings": ("A",),
    "consent_clips": ("A",),
    "transfers": ("T", "M"),
    "callbacks": ("T", "M"),
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "erasure_requests",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("identity_check", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.Text(), server_default="", nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True)),
        sa.Column("completed_at", sa.DateTime(timezone=True)),
        sa.Column("kek_id", sa.Text(), server_default="", nullable=False),
        sa.Column("names_key", sa.LargeBinary()),
        sa.Column("names", sa.LargeBinary()),
        sa.Column("receipt", sa.Text(), server_default="", nullable=False),
        sa.Column("receipt_sha256", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "state IN ('asked', 'running', 'restricted', 'done')", name=op.f("ck_erasure_requests_state")
        ),
        sa.CheckConstraint("step BETWEEN 1 AND 10", name=op.f("ck_erasure_requests_step")),
        sa.CheckConstraint(
            "identity_check IN ('knowledge', 'one_time_code', 'document', 'in_person')",
            name=op.f("ck_erasure_requests_identity_check"),
        ),
        sa.CheckConstraint("approved_by <> asked_by", name=op.f("ck_erasure_requests_four_eyes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure_requests")),
    )
    op.create_index(op.f("ix_erasure_requests_tenant_id_id"), "erasure_requests", ["tenant_id", "id"])
    op.create_table(
        "erasure_items",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("content_class", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("fate", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("until", sa.DateTime(timezone=True)),
        sa.Column("erased_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(_CLASS, name=op.f("ck_erasure_items_content_class")),
        sa.CheckConstraint(
            "fate IN ('found', 'frozen', 'due', 'shredded', 'restricted', 'kept', 'erased')",
            name=op.f("ck_erasure_items_fate"),
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["erasure_requests.id"], name=op.f("fk_erasure_items_request_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.call_id"], name=op.f("fk_erasure_items_call_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("request_id", "call_id", "content_class", name=op.f("pk_erasure_items")),
    )
    op.create_index(op.f("ix_erasure_items_call_id_content_class"), "erasure_items", ["call_id", "content_class"])
    op.create_table(
        "erasure_tombstones",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("content_class", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("key_ids", sa.ARRAY(sa.Text()), nullable=False),
        sa.CheckConstraint(_CLASS, name=op.f("ck_erasure_tombstones_content_class")),
        sa.PrimaryKeyConstraint("request_id", "call_id", "content_class", name=op.f("pk_erasure_tombstones")),
    )
    op.execute(
        "CREATE TRIGGER erasure_tombstones_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON erasure_tombstones"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    # The API asks and approves; what is found and done is the business of jobs
    op.execute("GRANT SELECT, INSERT, UPDATE ON erasure_requests TO voiceagent_jobs")
    op.execute("GRANT SELECT, INSERT, UPDATE ON erasure_items TO voiceagent_jobs")
    op.execute("GRANT SELECT, INSERT ON erasure_tombstones TO voiceagent_jobs")
    op.execute("GRANT SELECT, INSERT, UPDATE (state, approved_by, approved_at) ON erasure_requests TO voiceagent_api")
    op.execute("GRANT SELECT ON erasure_items, erasure_tombstones TO voiceagent_api")
    for table, classes in _HIDES.items():
        named = ", ".join(f"'{one}'" for one in classes)
        op.execute(
            f"CREATE POLICY hidden ON {table} AS RESTRICTIVE FOR SELECT TO voiceagent_api USING (NOT EXISTS ("  # noqa: S608
            f"SELECT FROM erasure_items item WHERE item.call_id = {table}.call_id AND item.content_class IN ({named})"
            " AND item.fate IN ('frozen', 'due', 'shredded', 'restricted')))"
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    for table in _HIDES:
        op.execute(f"DROP POLICY hidden ON {table}")
    op.drop_table("erasure_tombstones")
    op.drop_table("erasure_items")
    op.drop_table("erasure_requests")
