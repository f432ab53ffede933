"""The two roles that voiceagent works as. Neither owns a table; row-level security (migration 0009) binds both.

`voiceagent_api` sees the rows of the tenant that its transaction names. `voiceagent_jobs` has a policy of its own that
shows it every tenant: the records writer, the reaper, jobs and the ledger of effects work for all of them.
"""

from typing import Final

from sqlalchemy import Connection, text

from voiceagent.core.errors import ConfigError

API_ROLE: Final = "voiceagent_api"
JOBS_ROLE: Final = "voiceagent_jobs"

ROLES_SQL: Final = """\
-- Run once as an administrator of the server, in psql. Then set
--   VOICEAGENT_DATABASE_OWNER_URL=postgresql://voiceagent_owner:...@host/voiceagent   for `voiceagent migrate` only
--   VOICEAGENT_DATABASE_URL=postgresql://voiceagent_api:...@host/voiceagent
--   VOICEAGENT_DATABASE_JOBS_URL=postgresql://voiceagent_jobs:...@host/voiceagent
CREATE ROLE voiceagent_owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
CREATE ROLE voiceagent_api LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
CREATE ROLE voiceagent_jobs LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
\\password voiceagent_owner
\\password voiceagent_api
\\password voiceagent_jobs
CREATE DATABASE voiceagent OWNER voiceagent_owner;
-- Only for the demo CRM, which keeps its tables in a schema of its own:
-- GRANT CREATE ON DATABASE voiceagent TO voiceagent_jobs;
"""

_PRESENT = text("SELECT rolname FROM pg_roles WHERE rolname IN ('voiceagent_api', 'voiceagent_jobs')")
_MAY_CREATE = text("SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user")
_CREATE: Final = {
    API_ROLE: text("CREATE ROLE voiceagent_api LOGIN NOSUPERUSER NOBYPASSRLS"),
    JOBS_ROLE: text("CREATE ROLE voiceagent_jobs LOGIN NOSUPERUSER NOBYPASSRLS"),
}


def ensure_roles(connection: Connection) -> None:
    """Make the roles that are missing, where the login may. Raises ConfigError where it may not."""
    missing = _CREATE.keys() - set(connection.scalars(_PRESENT))
    if missing and not connection.scalar(_MAY_CREATE):
        raise ConfigError(
            f"the database server has no role {' and no role '.join(sorted(missing))}, and this login may not make "
            "roles: let an administrator run what `voiceagent migrate --print-roles` prints"
        )
    for role in sorted(missing):
        connection.execute(_CREATE[role])
