"""`CrmConnector` over the demo tables: parametrised SQL; whatever Postgres fails with becomes UpstreamUnavailable."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Any, LiteralString, cast

import msgspec
import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from voiceagent.background.crm import Case, CaseStatus, Contact, Note, Order
from voiceagent.core.errors import ConfigError, NotFound, UpstreamUnavailable
from voiceagent_integrations.demo_crm.rows import case_from_row, contact_from_row, note_from_row, order_from_row

_Connection = psycopg.AsyncConnection[DictRow]
_Pool = AsyncConnectionPool[_Connection]
_MIGRATION_LOCK = 0x64656D6F  # "demo": only one process at a time applies the schema


class DemoCrmSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`delay_s` makes every look-up that much slower, so that a demo shows how waiting is covered; `slow_carriers`
    the first one of an order whose carrier's tracking takes its time."""

    database_url: str
    delay_s: float = 0.0
    slow_carriers: dict[str, float] = {}
    answer_within_s: float = 3.0
    max_connections: int = 4


class DemoCrm:
    """The connector. Made by `open_connector`."""

    def __init__(self, pool: _Pool, settings: DemoCrmSettings) -> None:
        self._pool = pool
        self._settings = settings
        self._tracked: set[str] = set()

    @property
    def repeats_writes(self) -> bool:
        """The key is a unique column."""
        return True

    async def check(self) -> None:
        await self._one("select 1 from demo_crm.contacts limit 1", ())

    async def find_contact(self, number: str) -> Contact | None:
        row = await self._one(
            "select contact_id, first_name, last_name, email from demo_crm.contacts"
            " join demo_crm.contact_numbers using (contact_id) where number = %s",
            (number,),
        )
        return contact_from_row(row) if row else None

    async def get_orders(self, contact_id: str) -> tuple[Order, ...]:
        if not _is_key(contact_id):
            return ()
        rows = await self._all(
            "select * from demo_crm.orders where contact_id = %s order by ordered_at desc limit 50",
            (int(contact_id),),
        )
        return tuple(order_from_row(row) for row in rows)

    async def get_order(self, contact_id: str, order_number: str) -> Order | None:
        if not _is_key(contact_id):
            return None
        row = await self._one(
            "select * from demo_crm.orders where order_number = %s and contact_id = %s",
            (order_number, int(contact_id)),
        )
        if row is None:
            return None
        order = order_from_row(row)
        if order_number not in self._tracked:
            await asyncio.sleep(self._settings.slow_carriers.get(order.carrier, 0.0))
            self._tracked.add(order_number)
        return order

    async def dispatch(self, order_number: str, *, eta: str) -> None:
        """What a dispatcher does at their own desk: the order will arrive at another time. Nobody on a call may."""
        await self._all(
            "update demo_crm.orders set eta = %s where order_number = %s returning order_number", (eta, order_number)
        )

    async def get_cases(self, contact_id: str) -> tuple[Case, ...]:
        if not _is_key(contact_id):
            return ()
        rows = await self._all(
            "select * from demo_crm.cases where contact_id = %s order by case_id desc limit 50", (int(contact_id),)
        )
        return tuple(case_from_row(row) for row in rows)

    async def add_note(self, contact_id: str, text: str, *, idempotency_key: str) -> Note:
        row = await self._one(
            "insert into demo_crm.notes (contact_id, body, idempotency_key) values (%s, %s, %s)"
            # An update that changes nothing: `do nothing` would not return the row that is already there.
            " on conflict (idempotency_key) do update set body = notes.body returning *",
            (_key(contact_id), text, idempotency_key),
        )
        return note_from_row(_written(row))

    async def create_case(self, contact_id: str, *, subject: str, description: str, idempotency_key: str) -> Case:
        row = await self._one(
            "insert into demo_crm.cases (contact_id, subject, description, idempotency_key) values (%s, %s, %s, %s)"
            " on conflict (idempotency_key) do update set subject = cases.subject returning *",
            (_key(contact_id), subject, description, idempotency_key),
        )
        return case_from_row(_written(row))

    async def update_case(self, contact_id: str, case_id: str, *, status: CaseStatus) -> Case:
        row = await self._one(
            "update demo_crm.cases set status = %s where case_id = %s and contact_id = %s returning *",
            (status.value, _key(case_id), _key(contact_id)),
        )
        if row is None:
            raise NotFound(f"the contact has no case {case_id}")
        return case_from_row(row)

    async def _one(self, statement: LiteralString, parameters: tuple[object, ...]) -> DictRow | None:
        rows = await self._all(statement, parameters)
        return rows[0] if rows else None

    async def _all(self, statement: LiteralString, parameters: tuple[object, ...]) -> list[DictRow]:
        await asyncio.sleep(self._settings.delay_s)
        async with _connection(self._pool, self._settings) as connection:
            return await (await connection.execute(statement, parameters)).fetchall()


@asynccontextmanager
async def open_connector(settings: Mapping[str, Any]) -> AsyncIterator[DemoCrm]:
    """Entry point `demo` of the group `voiceagent.crm`; creates the tables and demo customers that are missing."""
    try:
        parsed = msgspec.convert(dict(settings), DemoCrmSettings, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigError(f"settings of the demo CRM: {error}") from error
    pool: _Pool = AsyncConnectionPool(
        parsed.database_url,
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
        async with _connection(pool, parsed) as connection:
            await _apply_schema(connection)
        yield DemoCrm(pool, parsed)


async def _apply_schema(connection: _Connection) -> None:
    package = files("voiceagent_integrations.demo_crm")
    await connection.execute("select pg_advisory_xact_lock(%s)", (_MIGRATION_LOCK,))
    for name in ("schema.sql", "seed.sql"):
        await connection.execute(package.joinpath(name).read_bytes())


@asynccontextmanager
async def _connection(pool: _Pool, settings: DemoCrmSettings) -> AsyncIterator[_Connection]:
    """One transaction on a pooled connection; failures in this project's terms."""
    try:
        async with asyncio.timeout(settings.answer_within_s), pool.connection() as connection:
            yield connection
    except psycopg.errors.ForeignKeyViolation as error:
        raise NotFound("there is no such contact in the demo CRM") from error
    except (psycopg.Error, PoolTimeout, TimeoutError, OSError) as error:
        raise UpstreamUnavailable(f"the demo CRM does not answer: {type(error).__name__}") from error


def _is_key(identifier: str) -> bool:
    return identifier.isdecimal() and len(identifier) <= 18  # more digits do not fit a bigint


def _key(identifier: str) -> int:
    if not _is_key(identifier):
        raise NotFound(f"the demo CRM has no record {identifier!r}")
    return int(identifier)


def _written(row: dict[str, Any] | None) -> dict[str, Any]:
    if row is None:
        raise UpstreamUnavailable("the demo CRM did not confirm the write")
    return row
