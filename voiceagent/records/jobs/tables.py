"""The tables of procrastinate that we read. Its own functions change them, but for one column: `attempts`, which a
retry by hand sets to nought (docs/decisions/0020).
"""

from typing import Final

from sqlalchemy import BigInteger, Column, DateTime, Integer, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import ENUM, JSONB

PREFIX: Final = "procrastinate_"
_LIBRARY = MetaData()  # not ours: migrations are written for `records.base.Base` alone
_STATUS = ENUM(
    "todo",
    "doing",
    "succeeded",
    "failed",
    "cancelled",
    "aborting",
    "aborted",
    name="procrastinate_job_status",
    create_type=False,
)

JOBS: Final = Table(
    "procrastinate_jobs",
    _LIBRARY,
    Column("id", BigInteger, primary_key=True),
    Column("task_name", Text),
    Column("args", JSONB),
    Column("status", _STATUS),
    Column("scheduled_at", DateTime(timezone=True)),
    Column("attempts", Integer),
)

EVENTS: Final = Table(
    "procrastinate_events",
    _LIBRARY,
    Column("id", BigInteger, primary_key=True),
    Column("job_id", BigInteger),
    Column("type", ENUM(name="procrastinate_job_event_type", create_type=False)),
    Column("at", DateTime(timezone=True)),
)
