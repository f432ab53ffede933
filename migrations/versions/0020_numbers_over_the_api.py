"""Numbers that the API was told of, beside those of the settings."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column("numbers", sa.Column("managed_by", sa.Text(), server_default="settings", nullable=False))
    op.create_check_constraint(op.f("ck_numbers_managed_by"), "numbers", "managed_by IN ('settings', 'api')")
    op.execute("GRANT INSERT, UPDATE, DELETE ON numbers TO voiceagent_api")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("REVOKE INSERT, UPDATE, DELETE ON numbers FROM voiceagent_api")
    op.drop_column("numbers", "managed_by")
