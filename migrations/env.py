"""Alembic's entry: run by voiceagent.records.migrate with an open connection, or by hand with `-x url=`."""

from alembic import context
from sqlalchemy import Connection

from voiceagent.records import models  # noqa: F401 - fills the metadata
from voiceagent.records.base import Base
from voiceagent.records.migrate import ours, sync_engine


def run(connection: Connection) -> None:
    context.configure(
        connection=connection, target_metadata=Base.metadata, compare_server_default=True, include_object=ours
    )
    with context.begin_transaction():
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    engine = sync_engine(context.get_x_argument(as_dictionary=True)["url"])
    with engine.begin() as connection:
        run(connection)
    engine.dispose()
