"""Indexes for the filters of the list of calls, which read every call of a tenant without them."""

from collections.abc import Sequence

from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_FILTERS = (("caller",), ("direction",), ("status", "result"))


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    for names in _FILTERS:
        columns = ["tenant_id", *names, "started_at", "call_id"]
        op.create_index(op.f(f"ix_calls_{'_'.join(columns)}"), "calls", columns)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    for names in _FILTERS:
        op.drop_index(op.f(f"ix_calls_tenant_id_{'_'.join(names)}_started_at_call_id"), "calls")
