"""Whether Postgres keeps tenants apart for this login. Asked on every new connection, so none is used that fails it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from voiceagent.core.errors import ConfigError
from voiceagent.records.tenancy.roles import API_ROLE, JOBS_ROLE

_REMEDY: Final = "`voiceagent migrate --print-roles` prints how the roles are made"


class Sees(StrEnum):
    """What the login is for."""

    ONE_TENANT = "the tenant of each request"
    EVERY_TENANT = "every tenant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the catalogue says about the login and the tables that hold rows of tenants.

    `too_strong` are roles of the login, itself included, that row-level security does not bind; `owned` tables that it
    could alter; `open` tables without forced row-level security or with a policy or view that lets everybody in.
    """

    login: str
    too_strong: tuple[str, ...]
    owned: tuple[str, ...]
    open: tuple[str, ...]
    tables: int
    sees_every_tenant: bool


# Tables of tenants have a column tenant_id; three are told by name. What a login can become by SET ROLE counts as its.
_STANDING: Final = """
WITH guarded AS (
    SELECT class.oid, class.relname, class.relowner, class.relrowsecurity AND class.relforcerowsecurity AS forced
      FROM pg_class class
     WHERE class.relnamespace = 'public'::regnamespace AND class.relkind IN ('r', 'p')
       AND (class.relname IN ('tenants', 'procrastinate_jobs', 'procrastinate_events')
            OR EXISTS (SELECT FROM pg_attribute attribute
                        WHERE attribute.attrelid = class.oid AND attribute.attname = 'tenant_id'
                          AND NOT attribute.attisdropped))
), loose AS (
    SELECT relname FROM guarded
     WHERE NOT forced
        OR EXISTS (SELECT FROM pg_policy policy
                    WHERE policy.polrelid = guarded.oid AND policy.polpermissive AND policy.polroles = '{0}'
                      AND coalesce(pg_get_expr(policy.polqual, policy.polrelid), '')
                          || coalesce(pg_get_expr(policy.polwithcheck, policy.polrelid), '')
                          !~ 'app[.](tenant|key_sha256)')
    UNION ALL
    SELECT relname FROM pg_class view
     WHERE view.relnamespace = 'public'::regnamespace AND view.relkind = 'v'
       AND view.relname NOT IN ('call_figures', 'job_figures')
       AND NOT coalesce('security_invoker=true' = ANY (view.reloptions), false)
), become AS (
    SELECT rolname, rolsuper OR rolbypassrls AS strong FROM pg_roles WHERE pg_has_role(session_user, oid, 'MEMBER')
)
SELECT session_user::text,
       ARRAY(SELECT rolname::text FROM become WHERE strong ORDER BY rolname = session_user DESC, rolname LIMIT 3),
       ARRAY(SELECT relname::text FROM guarded WHERE pg_has_role(session_user, relowner, 'MEMBER') ORDER BY 1 LIMIT 3),
       ARRAY(SELECT relname::text FROM loose ORDER BY 1),
       (SELECT count(*) FROM guarded),
       EXISTS (SELECT FROM become WHERE rolname = 'voiceagent_jobs')
"""


def standing(dbapi_connection: Any) -> Standing:
    """Read the catalogue over a connection of the driver (PEP 249); no transaction is left open."""
    cursor = dbapi_connection.cursor()
    try:
        cursor.execute(_STANDING)
        login, too_strong, owned, open_, tables, every = cursor.fetchone()
    finally:
        cursor.close()
        dbapi_connection.rollback()
    return Standing(
        login=login,
        too_strong=tuple(too_strong),
        owned=tuple(owned),
        open=tuple(open_),
        tables=tables,
        sees_every_tenant=every,
    )


def problems(found: Standing, sees: Sees) -> Sequence[str]:
    """What is wrong and what to do, a sentence each; empty when tenants are kept apart. Pure."""
    if not found.tables:
        return ["the database has no tables yet: run `voiceagent migrate`"]
    told = []
    if found.too_strong:
        told.append(
            f"row-level security does not bind {' and '.join(found.too_strong)} (SUPERUSER or BYPASSRLS), which "
            f"{found.login} is or can become: connect as {_role(sees)}"
        )
    elif found.owned:
        told.append(
            f"{found.login} owns {', '.join(found.owned)} and could lift row-level security there: "
            f"connect as {_role(sees)}, and as the owner only to migrate (VOICEAGENT_DATABASE_OWNER_URL)"
        )
    elif sees is Sees.ONE_TENANT and found.sees_every_tenant:
        told.append(
            f"{found.login} sees every tenant and is the login of the API: "
            f"set VOICEAGENT_DATABASE_URL to one that is no member of {JOBS_ROLE}, such as {API_ROLE}"
        )
    elif sees is Sees.EVERY_TENANT and not found.sees_every_tenant:
        told.append(
            f"{found.login} sees one tenant at a time and is the login of the records writer: "
            f"set VOICEAGENT_DATABASE_JOBS_URL to {JOBS_ROLE} or a member of it"
        )
    if found.open:
        told.append(
            f"row-level security is not forced on {', '.join(found.open)}: run `voiceagent migrate`, and drop "
            "policies and views there that let everybody in"
        )
    return told


def refuse_unless_apart(engine: AsyncEngine, sees: Sees) -> None:
    """Every new connection of the engine is checked before its first use; ConfigError is raised in place of it."""

    def check(dbapi_connection: Any, _record: Any) -> None:
        wrong = problems(standing(dbapi_connection), sees)
        if wrong:
            dbapi_connection.close()
            raise ConfigError(f"Postgres would not keep tenants apart: {'; '.join(wrong)}; {_REMEDY}")

    event.listen(engine.sync_engine, "connect", check)


def _role(sees: Sees) -> str:
    return JOBS_ROLE if sees is Sees.EVERY_TENANT else API_ROLE
