"""`voiceagent migrate`: bring the database to the schema of this version."""

import typer


def migrate() -> None:
    """Apply missing migrations to `VOICEAGENT_DATABASE_URL`, or to the embedded Postgres when it is not set."""
    from voiceagent.apps.embedded.postgres import EmbeddedPostgres
    from voiceagent.config.settings import load_settings
    from voiceagent.records.migrate import current, upgrade

    settings = load_settings()
    if settings.database_url:
        before, after = current(settings.database_url), upgrade(settings.database_url)
    else:
        server = EmbeddedPostgres(settings.state_dir.absolute())
        server.start()
        try:
            before, after = current(server.url), upgrade(server.url)
        finally:
            server.stop()
    typer.echo(f"database schema: {before or 'empty'} -> {after}")
