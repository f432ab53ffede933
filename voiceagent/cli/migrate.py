"""`voiceagent migrate`: bring the database to the schema of this version."""

import typer


def migrate() -> None:
    """Apply missing migrations to `VOICEAGENT_DATABASE_URL`, or to the embedded Postgres when it is not set."""
    from voiceagent.apps.database import reachable_database
    from voiceagent.config.settings import load_settings
    from voiceagent.records.migrate import current, upgrade

    with reachable_database(load_settings()) as url:
        before, after = current(url), upgrade(url)
    typer.echo(f"database schema: {before or 'empty'} -> {after}")
