"""`CrmConnector` over a folder of CSV files. Cases and notes are logs: a changed case is a further line."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from voiceagent.background.crm import Case, CaseStatus, Contact, Note, Order
from voiceagent.core.clock import Clock, SystemClock
from voiceagent.core.errors import ConfigError, NotFound, UpstreamUnavailable
from voiceagent.core.ids import new_id
from voiceagent_integrations.csv_files import mapping, table
from voiceagent_integrations.settings import read_settings

_T = TypeVar("_T")
_Rows = list[dict[str, str]]
_MOST = 50


class CsvSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`folder` holds contacts.csv and orders.csv; notes.csv and cases.csv are written there."""

    folder: str


class CsvFiles:
    """The connector. Made by `open_connector`."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    @property
    def repeats_writes(self) -> bool:
        """The key is a column, looked for under the lock of the file."""
        return True

    async def check(self) -> None:
        """Read all files. Raises ConfigError or UpstreamUnavailable."""
        for contact in await self._read("contacts.csv", mapping.CONTACTS):
            await self.get_orders(contact["contact_id"])
            await self.get_cases(contact["contact_id"])
            break

    async def find_contact(self, number: str) -> Contact | None:
        """None, too, when several contacts have the number: nobody can tell which of them calls."""
        found = [row for row in await self._read("contacts.csv", mapping.CONTACTS) if mapping.calls_from(row, number)]
        return mapping.contact(found[0]) if len(found) == 1 else None

    async def get_orders(self, contact_id: str) -> tuple[Order, ...]:
        found = await self._read("orders.csv", mapping.ORDERS)
        orders = [mapping.order(row) for row in found if row["contact_id"] == contact_id]
        return tuple(sorted(orders, key=lambda order: order.ordered_at, reverse=True)[:_MOST])

    async def get_order(self, contact_id: str, order_number: str) -> Order | None:
        for row in await self._read("orders.csv", mapping.ORDERS):
            if (row["contact_id"], row["order_number"]) == (contact_id, order_number):
                return mapping.order(row)
        return None

    async def get_cases(self, contact_id: str) -> tuple[Case, ...]:
        found = await self._in_thread(lambda: table.read_log(self._folder / "cases.csv", mapping.CASES))
        own = [row for row in _latest(found) if row["contact_id"] == contact_id]
        return tuple(mapping.case(row) for row in reversed(own))[:_MOST]

    async def add_note(self, contact_id: str, text: str, *, idempotency_key: str) -> Note:
        await self._known(contact_id)
        new = {
            "note_id": new_id("note"),
            "contact_id": contact_id,
            "text": text,
            "written_at": self._clock.now().isoformat(),
            "key": idempotency_key,
        }
        return mapping.note(await self._append_once("notes.csv", mapping.NOTES, new))

    async def create_case(self, contact_id: str, *, subject: str, description: str, idempotency_key: str) -> Case:
        await self._known(contact_id)
        new = {
            "case_id": new_id("case"),
            "contact_id": contact_id,
            "subject": subject,
            "description": description,
            "status": CaseStatus.OPEN.value,
            "key": idempotency_key,
        }
        return mapping.case(await self._append_once("cases.csv", mapping.CASES, new))

    async def update_case(self, contact_id: str, case_id: str, *, status: CaseStatus) -> Case:
        changed: _Rows = []

        def change(existing: _Rows) -> dict[str, str] | None:
            own = [row for row in _latest(existing) if (row["case_id"], row["contact_id"]) == (case_id, contact_id)]
            changed.extend({**row, "status": status.value} for row in own)
            return changed[0] if changed and changed[0] != own[0] else None

        await self._in_thread(lambda: table.append(self._folder / "cases.csv", mapping.CASES, change))
        if not changed:
            raise NotFound(f"the contact has no case {case_id}")
        return mapping.case(changed[0])

    async def _append_once(self, name: str, columns: Sequence[str], new: dict[str, str]) -> dict[str, str]:
        """The row with that key as it is now; appended if there was none."""
        written = [new]

        def make(existing: _Rows) -> dict[str, str] | None:
            written.extend(row for row in existing if row["key"] == new["key"])
            return None if len(written) > 1 else new

        await self._in_thread(lambda: table.append(self._folder / name, columns, make))
        return written[-1]

    async def _known(self, contact_id: str) -> None:
        if all(row["contact_id"] != contact_id for row in await self._read("contacts.csv", mapping.CONTACTS)):
            raise NotFound(f"there is no contact {contact_id}")

    async def _read(self, name: str, columns: Sequence[str]) -> _Rows:
        return await self._in_thread(lambda: table.read(self._folder / name, columns))

    @staticmethod
    async def _in_thread(work: Callable[[], _T]) -> _T:
        """Disks block, and an event loop must not."""
        try:
            return await asyncio.to_thread(work)
        except OSError as error:
            raise UpstreamUnavailable(f"the CSV files cannot be used: {type(error).__name__}") from error


@asynccontextmanager
async def open_connector(settings: Mapping[str, Any]) -> AsyncIterator[CsvFiles]:
    """Entry point `csv` of the group `voiceagent.crm`."""
    folder = Path(read_settings(CsvSettings, settings, name="CSV").folder)
    if not await asyncio.to_thread((folder / "contacts.csv").is_file):
        raise ConfigError(f"settings of the CSV connector: there is no contacts.csv in {folder}")
    yield CsvFiles(folder, SystemClock())


def _latest(rows: _Rows) -> _Rows:
    """The last line of each case, in the order in which the cases were opened."""
    return list({row["case_id"]: row for row in rows}.values())
