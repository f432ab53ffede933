"""Why jobs about a call failed may quote its words: the API shows it no more than the words once the call is frozen."""

from collections.abc import Sequence

from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute(
        """
        CREATE POLICY hidden ON job_attempts AS RESTRICTIVE FOR SELECT TO voiceagent_api USING (NOT EXISTS (
            SELECT FROM procrastinate_jobs job JOIN erasure_items item ON item.call_id = job.args ->> 'call_id'
             WHERE job.id = job_attempts.job_id AND item.content_class = 'T'
               AND item.fate IN ('frozen', 'due', 'shredded', 'restricted')))
        """
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("DROP POLICY hidden ON job_attempts")
