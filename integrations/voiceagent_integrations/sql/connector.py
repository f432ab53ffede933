"""`CrmConnector` over queries of the settings; whatever Postgres fails with becomes an error of ours."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Any, cast

import msgspec
import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from voiceagent.background.crm import Case, CaseStatus, Contact, Note, Order
from voiceagent.core.errors import BadInput, ConfigError, NotFound, UpstreamUnavailable
from voiceagent_integrations.settings import Secret, read_settings
from voiceagent_integrations.sql import rows
from voiceagent_integrations.sql.queries import Queries, check

_Connection = psycopg.AsyncConnection[DictRow]
_Pool = AsyncConnectionPool[_Connection]
_MOST = 50
# Letters where ids are numbers, a number too large for its column, a contact that is not there.
_NO_SUCH = (
    psycopg.errors.InvalidTextRepresentation,
    psycopg.errors.NumericValueOutOfRange,
    psycopg.errors.ForeignKeyViolation,
)


class SqlSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """README.md explains each."""

    database_url: Secret  # holds a password
    queries: Queries
    answer_within_s: Annotated[float, msgspec.Meta(gt=0, le=60)] = 3.0
    max_connections: Annotated[int, msgspec.Meta(ge=1, le=100)] = 4


class Sql:
    """The connector. Made by `open_connector`."""

    def __init__(self, pool: _Pool, settings: SqlSettings) -> None:
        self._pool = pool
        self._settings = settings

    @property
    def repeats_writes(self) -> bool:
        """Whoever writes the queries has them keep the key: README.md shows how."""
        return True

    async def check(self) -> None:
        """Raises UpstreamUnavailable or ConfigError."""
        await self.find_contact("+10000000")

    async def find_contact(self, number: str) -> Contact | None:
        """None, too, when several contacts have the number: nobody can tell which of them calls."""
        found = await self._read("find_contact", number=number)
        return rows.read("find_contact", found[0], rows.contact) if len(found) == 1 else None

    async def get_orders(self, contact_id: str) -> tuple[Order, ...]:
        found = await self._read("get_orders", contact_id=contact_id)
        orders = [rows.read("get_orders", row, rows.order) for row in found]
        orders = [order for order in orders if order.contact_id == contact_id]
        return tuple(sorted(orders, key=lambda order: order.ordered_at, reverse=True)[:_MOST])

    async def get_order(self, contact_id: str, order_number: str) -> Order | None:
        found = await self._read("get_order", contact_id=contact_id, order_number=order_number)
        orders = [rows.read("get_order", row, rows.order) for row in found]
        return next((o for o in orders if (o.contact_id, o.order_number) == (contact_id, order_number)), None)

    async def get_cases(self, contact_id: str) -> tuple[Case, ...]:
        """In the query's own order, which must be newest first."""
        found = await self._read("get_cases", contact_id=contact_id)
        return tuple(rows.read("get_cases", row, rows.case) for row in found[:_MOST])

    async def add_note(self, contact_id: str, text: str, *, idempotency_key: str) -> Note:
        row = await self._write("add_note", contact_id=contact_id, text=text, key=idempotency_key)
        return rows.read("add_note", row, rows.note)

    async def create_case(self, contact_id: str, *, subject: str, description: str, idempotency_key: str) -> Case:
        values = {"subject": subject, "description": description, "key": idempotency_key}
        row = await self._write("create_case", contact_id=contact_id, **values)
        return rows.read("create_case", row, rows.case)

    async def update_case(self, contact_id: str, case_id: str, *, status: CaseStatus) -> Case:
        row = await self._write("update_case", contact_id=contact_id, case_id=case_id, status=status.value)
        return rows.read("update_case", row, rows.case)

    async def _read(self, query: str, **values: str) -> list[DictRow]:
        try:
            return await self._all(query, values)
        except psycopg.DataError:  # such as letters where ids are numbers: there is no such thing
            return []

    async def _write(self, query: str, **values: str) -> DictRow:
        try:
            found = await self._all(query, values)
        except _NO_SUCH:
            found = []
        except psycopg.DataError as error:
            raise BadInput(f"queries.{query}: the database refuses a value: {type(error).__name__}") from None
        if not found:
            raise NotFound("the database has no such contact or case")
        return found[0]

    async def _all(self, query: str, values: Mapping[str, str]) -> list[DictRow]:
        """Raises psycopg.DataError and ForeignKeyViolation; everything else in this project's terms."""
        text: str = getattr(self._settings.queries, query)
        try:
            async with asyncio.timeout(self._settings.answer_within_s), self._pool.connection() as connection:
                return await (await connection.execute(text.encode(), values)).fetchmany(1000)
        except (psycopg.DataError, psycopg.errors.ForeignKeyViolation):
            raise
        except (psycopg.errors.SyntaxErrorOrAccessRuleViolation, psycopg.ProgrammingError) as error:
            kind = type(error).__name__  # its text would quote the query
            raise ConfigError(f"queries.{query} of the SQL connector is refused by the database: {kind}") from None
        except (psycopg.Error, PoolTimeout, TimeoutError, OSError) as error:
            raise UpstreamUnavailable(f"the CRM's database does not answer: {type(error).__name__}") from None


@asynccontextmanager
async def open_connector(settings: Mapping[str, Any]) -> AsyncIterator[Sql]:
    """Entry point `sql` of the group `voiceagent.crm`. A database that is away is not waited for."""
    parsed = read_settings(SqlSettings, settings, name="SQL")
    check(parsed.queries)
    pool: _Pool = AsyncConnectionPool(
        parsed.database_url.reveal(),
        connection_class=cast("type[_Connection]", psycopg.AsyncConnection),
        kwargs={"row_factory": dict_row, "connect_timeout": 3},
        min_size=1,
        max_size=parsed.max_connections,
        timeout=parsed.answer_within_s,
        max_waiting=64,
        check=AsyncConnectionPool.check_connection,  # after a restart of Postgres the first caller must not pay for it
        open=False,
    )
    async with pool:
        yield Sql(pool, parsed)
