"""Evidence of consent: the question and its times, the rule, the sound of the answer, and the texts by their hash."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_KINDS = "kind IN ('disclosure_played', 'notice_played', 'granted', 'denied', 'withdrawn')"
_MORE_KINDS = (
    "kind IN ('disclosure_played', 'notice_played', 'implied_after_notice', 'granted', 'denied', 'withdrawn',"
    " 'expired')"
)
_TIMES = ("prompt_start_ms", "prompt_end_ms", "answer_start_ms", "answer_end_ms")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column("consent_events", sa.Column("profile", sa.Text(), server_default="", nullable=False))
    op.add_column("consent_events", sa.Column("profile_version", sa.Integer(), server_default="0", nullable=False))
    for name in _TIMES:
        op.add_column("consent_events", sa.Column(name, sa.Integer(), server_default="-1", nullable=False))
    op.add_column("consent_events", sa.Column("rule", sa.Text(), server_default="", nullable=False))
    op.add_column("consent_events", sa.Column("keeps_earlier", sa.Boolean(), server_default="false", nullable=False))
    _constrain(_MORE_KINDS)
    op.create_table(
        "consent_clips",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("start_ms", sa.Integer(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("state IN ('kept', 'deleted')", name=op.f("ck_consent_clips_state")),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.call_id"], name=op.f("fk_consent_clips_call_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_clips")),
    )
    op.create_index(op.f("ix_consent_clips_call_id"), "consent_clips", ["call_id"])
    op.create_table(
        "prompt_texts",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("first_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "sha256", name=op.f("pk_prompt_texts")),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_table("prompt_texts")
    op.drop_table("consent_clips")
    _constrain(_KINDS, validated=False)
    for name in ("keeps_earlier", "rule", *reversed(_TIMES), "profile_version", "profile"):
        op.drop_column("consent_events", name)


def _constrain(kinds: str, *, validated: bool = True) -> None:
    """Rows are never changed, so an older schema keeps those of kinds that it does not know."""
    op.drop_constraint(op.f("ck_consent_events_kind"), "consent_events")
    valid = "" if validated else " NOT VALID"
    op.execute(f"ALTER TABLE consent_events ADD CONSTRAINT ck_consent_events_kind CHECK ({kinds}){valid}")
