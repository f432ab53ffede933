"""People who use the API; who answers for a key, and from where it is used; scopes, narrower than before.

Keys that had the wider scopes have both halves.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_ROLES = "ARRAY['tenant_admin', 'supervisor', 'agent', 'auditor', 'privacy_officer']"
# What a key with the scope on the left could do already
_SPLIT = {
    "calls:read": ("transfers:read", "tools:read"),
    "outbound:write": ("suppressions:add", "suppressions:lift", "consents:revoke"),
    "erasures:write": ("erasures:create",),
    "exports:create": ("exports:audit", "exports:raw"),
    "keys:read": ("users:read",),
}
# Who could make keys with every scope there was may bind roles; who had less may not
_WHOLE = ("keys:write", "calls:write", "recordings:read", "erasures:write", "exports:create", "config:write")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "users",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), server_default="", nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("email", sa.Text(), server_default="", nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("roles", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("roles_from", sa.Text(), server_default="here", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True)),
        sa.Column("last_seen_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(f"roles <@ {_ROLES} AND roles <> '{{}}'", name=op.f("ck_users_roles")),
        sa.CheckConstraint("roles_from IN ('here', 'groups')", name=op.f("ck_users_roles_from")),
        sa.CheckConstraint("subject <> '' OR email <> ''", name=op.f("ck_users_somebody")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_users_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
    )
    op.create_index(op.f("ix_users_tenant_id_id"), "users", ["tenant_id", "id"])
    op.create_index(
        "uq_users_subject",
        "users",
        ["tenant_id", "issuer", "subject"],
        unique=True,
        postgresql_where=sa.text("subject <> ''"),
    )
    op.create_index(
        "uq_users_email", "users", ["tenant_id", "email"], unique=True, postgresql_where=sa.text("email <> ''")
    )
    # Nobody is deleted: what they did names them
    op.execute("GRANT SELECT, INSERT, UPDATE ON users TO voiceagent_api")
    op.execute("GRANT SELECT ON users TO voiceagent_jobs")
    op.add_column("api_keys", sa.Column("holder", sa.Text(), server_default="", nullable=False))
    op.add_column("api_keys", sa.Column("networks", sa.ARRAY(sa.Text()), server_default="{}", nullable=False))
    op.create_index(op.f("ix_api_keys_tenant_id_holder"), "api_keys", ["tenant_id", "holder"])
    # The owner sees no row of a table whose row-level security is forced
    op.execute("ALTER TABLE api_keys NO FORCE ROW LEVEL SECURITY")
    for scope, more in _SPLIT.items():
        for one in more:
            _also(one, scope)
    _also("users:write", *_WHOLE)
    op.execute("ALTER TABLE api_keys FORCE ROW LEVEL SECURITY")


def _also(scope: str, *held: str) -> None:
    """Keys with all that is `held` get `scope`."""
    statement = sa.text(
        "UPDATE api_keys SET scopes = scopes || :scope"
        " WHERE scopes @> CAST(:held AS text[]) AND NOT (:scope = ANY(scopes))"
    )
    op.execute(statement.bindparams(sa.bindparam("scope", scope, sa.Text()), held="{" + ",".join(held) + "}"))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("ALTER TABLE api_keys NO FORCE ROW LEVEL SECURITY")
    for scope in (*(one for more in _SPLIT.values() for one in more), "users:write"):
        op.execute(
            sa.text("UPDATE api_keys SET scopes = array_remove(scopes, :scope)").bindparams(
                sa.bindparam("scope", scope, sa.Text())
            )
        )
    op.execute("ALTER TABLE api_keys FORCE ROW LEVEL SECURITY")
    op.drop_index(op.f("ix_api_keys_tenant_id_holder"), "api_keys")
    op.drop_column("api_keys", "networks")
    op.drop_column("api_keys", "holder")
    op.drop_table("users")
