"""`voiceagent migrate`: bring the database to the schema of this version."""

from typing import Annotated

import typer


def migrate(
    print_roles: Annotated[
        bool, typer.Option("--print-roles", help="Print the SQL with which an administrator makes the logins.")
    ] = False,
) -> None:
    """Apply missing migrations: as `VOICEAGENT_DATABASE_OWNER_URL`, or to the embedded Postgres when no URL is set."""
    from voiceagent.apps.database import Login, reachable_database
    from voiceagent.config.settings import load_settings
    from voiceagent.records.migrate import current, upgrade
    from voiceagent.records.tenancy.roles import ROLES_SQL

    if print_roles:
        typer.echo(ROLES_SQL, nl=False)
        return
    with reachable_database(load_settings(), Login.OWNER) as url:
        before, after = current(url), upgrade(url)
    typer.echo(f"database schema: {before or 'empty'} -> {after}")
