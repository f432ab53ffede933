"""People on the lists of campaigns, of one tenant."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, Text, any_, delete, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from voiceagent.core.errors import Conflict, NotFound
from voiceagent.core.ids import TenantId
from voiceagent.records.campaign_values import OPEN, ContactState, NewContact, StoredContact
from voiceagent.records.models import CampaignContactModel as Row
from voiceagent.records.values import value_of


class CampaignContactRepository:
    def __init__(self, session: AsyncSession, tenant_id: TenantId) -> None:
        self._session = session
        self._tenant_id = tenant_id

    async def add(self, campaign_id: str, new: Collection[NewContact], now: datetime) -> None:
        """They may be called from now on. Whoever adds has looked for their references and numbers (`known`)."""
        self._session.add_all(
            Row(
                **asdict(one),
                tenant_id=self._tenant_id,
                campaign_id=campaign_id,
                state=ContactState.WAITING,
                tries=0,
                not_before=now,
                call_id="",
                result="",
                settled_at=None,
            )
            for one in new
        )
        await self._session.flush()

    async def reopen(self, contact_id: str, sealed: bytes, callee_place: str, now: datetime) -> None:
        """Call them after all; they count as if they had just been added."""
        anew = {"tries": 0, "not_before": now, "call_id": "", "result": "", "settled_at": None}
        await self._set(contact_id, state=ContactState.WAITING, sealed=sealed, callee_place=callee_place, **anew)

    async def known(
        self, campaign_id: str, references: Sequence[str], hashes: Sequence[str]
    ) -> Sequence[StoredContact]:
        """Contacts with one of these references or numbers."""
        query = select(Row).where(
            *self._of(campaign_id), _among(Row.reference, references) | _among(Row.number_hash, hashes)
        )
        return [_contact(row) for row in await self._session.scalars(query)]

    async def get(self, campaign_id: str, contact_id: str) -> StoredContact:
        """Raises NotFound."""
        row = await self._session.scalar(select(Row).where(*self._of(campaign_id), Row.id == contact_id))
        if row is None:
            raise NotFound(f"there is no contact {contact_id} in campaign {campaign_id}")
        return _contact(row)

    async def list(
        self, campaign_id: str, *, limit: int, after: str = "", states: Collection[ContactState] = ()
    ) -> Sequence[StoredContact]:
        """By their ids, so those that were added first come first; of one addition in any order."""
        query = select(Row).where(*self._of(campaign_id), Row.id > after).order_by(Row.id).limit(limit)
        if states:
            query = query.where(Row.state.in_(states))
        return [_contact(row) for row in await self._session.scalars(query)]

    async def counts(self, campaign_id: str) -> Mapping[ContactState, int]:
        query = select(Row.state, func.count()).where(*self._of(campaign_id)).group_by(Row.state)
        return {ContactState(state): number for state, number in await self._session.execute(query)}

    async def calling(self, campaign_id: str) -> int:
        """How many are being called."""
        query = select(func.count()).where(*self._of(campaign_id), Row.state == ContactState.CALLING)
        return await self._session.scalar(query) or 0

    async def all_settled(self, campaign_id: str) -> bool:
        """Whether there are some, of whom nobody waits for a call or has one."""
        own = select(Row.id).where(*self._of(campaign_id))
        both = select(own.exists() & ~own.where(Row.state.in_(OPEN)).exists())
        return bool(await self._session.scalar(both))

    async def due(self, campaign_id: str, now: datetime) -> StoredContact | None:
        """Who has waited longest."""
        query = (
            select(Row)
            .where(*self._of(campaign_id), Row.state == ContactState.WAITING, Row.not_before <= now)
            .order_by(Row.not_before, Row.id)
            .limit(1)
            .with_for_update(skip_locked=True)  # somebody may be erasing them
        )
        row = await self._session.scalar(query)
        return None if row is None else _contact(row)

    async def under_way(self, campaign_id: str) -> Sequence[StoredContact]:
        """Contacts with a call."""
        query = select(Row).where(*self._of(campaign_id), Row.state == ContactState.CALLING).order_by(Row.id)
        return [_contact(row) for row in await self._session.scalars(query)]

    async def call(self, contact_id: str, call_id: str) -> None:
        """The contact is being called, which counts as a try."""
        await self._set(contact_id, state=ContactState.CALLING, call_id=call_id, tries=Row.tries + 1)

    async def wait(self, contact_id: str, until: datetime) -> None:
        """Not before then; the last result stays."""
        await self._set(contact_id, not_before=until)

    async def settle(
        self,
        contact_id: str,
        state: ContactState,
        result: str,
        now: datetime,
        *,
        not_before: datetime | None = None,
        was_a_try: bool = True,
    ) -> None:
        """That came of it. The number is forgotten unless it is called again."""
        changed: dict[str, Any] = {} if state in OPEN else {"sealed": None}
        changed |= {} if not_before is None else {"not_before": not_before}
        changed |= {} if was_a_try else {"tries": Row.tries - 1}
        await self._set(contact_id, state=state, result=result, settled_at=now, **changed)

    async def withdraw(self, campaign_id: str, contact_id: str, now: datetime) -> bool:
        """Nobody calls them any more, also when they are sent again; False when nobody would have.

        Raises NotFound, Conflict while a call is under way.
        """
        contact = await self.get(campaign_id, contact_id)
        if contact.state is ContactState.CALLING:
            raise Conflict(f"contact {contact_id} is being called by {contact.call_id}: hang up, and ask again")
        if contact.state not in (ContactState.WAITING, ContactState.REFUSED):
            return False
        await self.settle(contact_id, ContactState.WITHDRAWN, contact.result, now)
        return True

    async def close(self, campaign_id: str, now: datetime, *, limit: int) -> int:
        """Nobody who waits is called any more; of at most so many: how many."""
        waiting = select(Row.id).where(*self._of(campaign_id), Row.state == ContactState.WAITING).limit(limit)
        given_up = {"state": ContactState.GIVEN_UP, "sealed": None, "settled_at": now}
        closed = update(Row).where(Row.tenant_id == self._tenant_id, Row.id.in_(waiting)).values(**given_up)
        found = await self._session.execute(closed.returning(Row.id).execution_options(synchronize_session=False))
        return len(found.all())

    async def move(self, contact_id: str, callee_place: str) -> None:
        """They are known to be somewhere else than before."""
        await self._set(contact_id, callee_place=callee_place)

    async def erase(self, hashes: Sequence[str]) -> int:
        """Take the people with these numbers off every list, without a trace: how many entries."""
        theirs = delete(Row).where(Row.tenant_id == self._tenant_id, _among(Row.number_hash, hashes))
        return len((await self._session.execute(theirs.returning(Row.id))).all())

    def _of(self, campaign_id: str) -> tuple[Any, Any]:
        return Row.tenant_id == self._tenant_id, Row.campaign_id == campaign_id

    async def _set(self, contact_id: str, **values: Any) -> None:
        mine = (Row.tenant_id == self._tenant_id, Row.id == contact_id)
        await self._session.execute(
            update(Row).where(*mine).values(**values).execution_options(synchronize_session=False)
        )


def _among(column: Any, values: Sequence[str]) -> Any:
    return column == any_(literal(list(values), ARRAY(Text)))


def _contact(row: Row) -> StoredContact:
    stored = value_of(row, StoredContact)
    return replace(stored, state=ContactState(stored.state))
