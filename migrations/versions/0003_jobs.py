"""The queue of jobs: procrastinate's schema as of 3.10, and how each attempt ended. Which calls are written back."""

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

# As the library ships it, kept here so that this step does the same whichever version is installed later. A newer
# version comes with migrations of its own, which then become a step of ours.
_SCHEMA = Path(__file__).with_name("0003_procrastinate_3_10.sql")
_TABLES = ("procrastinate_periodic_defers", "procrastinate_events", "procrastinate_jobs", "procrastinate_workers")
_TYPES = ("procrastinate_job_to_defer_v1", "procrastinate_job_event_type", "procrastinate_job_status")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    with op.get_bind().connection.cursor() as cursor:  # the driver's own: many statements, and % is no parameter
        cursor.execute(_SCHEMA.read_text())
    op.create_table(
        "job_attempts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('succeeded', 'failed', 'interrupted', 'lost')", name=op.f("ck_job_attempts_outcome")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_attempts")),
        sa.ForeignKeyConstraint(
            ["job_id"], ["procrastinate_jobs.id"], name="fk_job_attempts_of_procrastinate", ondelete="CASCADE"
        ),
    )
    op.create_index(op.f("ix_job_attempts_job_id"), "job_attempts", ["job_id"])
    op.execute("CREATE INDEX ix_procrastinate_jobs_of_tenant ON procrastinate_jobs ((args ->> 'tenant_id'), id)")
    op.execute(
        "CREATE INDEX ix_procrastinate_jobs_open ON procrastinate_jobs (status)"
        " WHERE status IN ('todo', 'doing', 'failed')"
    )
    op.create_table(
        "write_backs",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("note_id", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("outcome IN ('', 'noted', 'no_contact')", name=op.f("ck_write_backs_outcome")),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.call_id"], name=op.f("fk_write_backs_call_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_write_backs")),
    )
    # Calls of before were answered by profiles that could not ask for it
    op.add_column("calls", sa.Column("write_back", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_column("calls", "write_back")
    op.drop_table("write_backs")
    op.drop_table("job_attempts")
    for table in _TABLES:
        op.execute(f"DROP TABLE {table} CASCADE")
    op.execute(
        """
        DO $$
        DECLARE routine regprocedure;
        BEGIN
            FOR routine IN SELECT oid FROM pg_proc
                WHERE pronamespace = current_schema()::regnamespace AND proname LIKE 'procrastinate\\_%'
            LOOP
                EXECUTE 'DROP FUNCTION ' || routine || ' CASCADE';
            END LOOP;
        END;
        $$
        """
    )
    for kind in _TYPES:
        op.execute(f"DROP TYPE {kind}")
