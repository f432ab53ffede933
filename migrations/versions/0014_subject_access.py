"""Exports for one person: their numbers, sealed, for as long as the job needs them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column("exports", sa.Column("kek_id", sa.Text(), server_default="", nullable=False))
    op.add_column("exports", sa.Column("names_key", sa.LargeBinary()))
    op.add_column("exports", sa.Column("names", sa.LargeBinary()))
    # NOT VALID takes no scan, and there is no row yet that could be against it
    op.execute(
        "ALTER TABLE exports ADD CONSTRAINT ck_exports_names CHECK"
        " (names IS NULL OR (kind = 'dsar' AND state IN ('waiting', 'running'))) NOT VALID"
    )
    op.execute("ALTER TABLE exports VALIDATE CONSTRAINT ck_exports_names")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_constraint(op.f("ck_exports_names"), "exports", type_="check")
    for column in ("names", "names_key", "kek_id"):
        op.drop_column("exports", column)
