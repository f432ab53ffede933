"""Campaigns of one tenant. Whoever changes one holds its row until the transaction ends."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from voiceagent.core.errors import Conflict, NotFound
from voiceagent.core.ids import TenantId
from voiceagent.records.at_rest.keys import WrappedKey
from voiceagent.records.campaign_values import CampaignState, CampaignTerms, ContactState, StoredCampaign
from voiceagent.records.engine import store_errors
from voiceagent.records.models import CampaignContactModel, CampaignModel
from voiceagent.records.webhooks.news import CAMPAIGN_NEWS, WORKED_OFF
from voiceagent.records.webhooks.outbox import WebhookEntry

_OWN = {field.name for field in fields(StoredCampaign)} - {"terms", "state"}
_TERMS = {field.name for field in fields(CampaignTerms)} - {"retry_after"}


class CampaignRepository:
    def __init__(self, session: AsyncSession, tenant_id: TenantId) -> None:
        self._session = session
        self._tenant_id = tenant_id
        self._webhooks = WebhookEntry()

    async def add(
        self, campaign_id: str, terms: CampaignTerms, key: WrappedKey, *, by: str, now: datetime
    ) -> StoredCampaign:
        """A draft. Raises Conflict when the name is taken, also by one that has ended."""
        wanted = asdict(terms)
        statement = insert(CampaignModel).values(
            id=campaign_id,
            tenant_id=self._tenant_id,
            retry_after_s=round(wanted.pop("retry_after").total_seconds()),
            **wanted,
            state=CampaignState.DRAFT,
            why="",
            kek_id=key.kek_id,
            key=key.wrapped,
            created_at=now,
            created_by=by,
        )
        untaken = statement.on_conflict_do_nothing(index_elements=["tenant_id", "name"]).returning(CampaignModel.id)
        if await self._session.scalar(untaken) is None:
            raise Conflict(f"there is a campaign {terms.name} already; choose another name")
        return await self.get(campaign_id)

    async def get(self, campaign_id: str, *, locked: bool = False) -> StoredCampaign:
        """Raises NotFound."""
        query = select(CampaignModel).where(CampaignModel.tenant_id == self._tenant_id, CampaignModel.id == campaign_id)
        row = await self._session.scalar(query.with_for_update() if locked else query)
        if row is None:
            raise NotFound(f"there is no campaign {campaign_id}")
        return _campaign(row)

    async def list(self, *, limit: int, before: str = "") -> Sequence[StoredCampaign]:
        """Newest first, of those with smaller ids than `before`."""
        query = select(CampaignModel).where(CampaignModel.tenant_id == self._tenant_id)
        if before:
            query = query.where(CampaignModel.id < before)
        rows = await self._session.scalars(query.order_by(CampaignModel.id.desc()).limit(limit))
        return [_campaign(row) for row in rows]

    async def take(self, campaign_id: str) -> StoredCampaign | None:
        """The campaign, unless another process has it at this moment."""
        query = select(CampaignModel).where(CampaignModel.tenant_id == self._tenant_id, CampaignModel.id == campaign_id)
        row = await self._session.scalar(query.with_for_update(skip_locked=True))
        return None if row is None else _campaign(row)

    async def wants(self, campaign_id: str, call_id: str) -> bool:
        """Whether a call that was asked for by that id is still to be dialled; also when no campaign has that id."""
        contact = and_(CampaignContactModel.campaign_id == CampaignModel.id, CampaignContactModel.call_id == call_id)
        query = (
            select(CampaignModel.state, CampaignContactModel.state)
            .outerjoin(CampaignContactModel, contact)
            .where(CampaignModel.tenant_id == self._tenant_id, CampaignModel.id == campaign_id)
        )
        found = (await self._session.execute(query)).one_or_none()
        return found is None or tuple(found) == (CampaignState.RUNNING, ContactState.CALLING)

    async def enter(self, campaign_id: str, state: CampaignState, now: datetime, *, why: str = "") -> None:
        """From now on it is in that state, and webhooks hear of it. Whether it may be is the caller's business."""
        times = {CampaignState.RUNNING: {"started_at": now}, CampaignState.ENDED: {"ended_at": now}}
        await self._set(campaign_id, state=state, why=why, **times.get(state, {}))
        if (event_type := f"campaign.{state.value}") in CAMPAIGN_NEWS:
            await self._tell(campaign_id, event_type, now)

    async def work_off(self, campaign_id: str, now: datetime) -> None:
        """Nobody on its list is left to be called: webhooks hear of it."""
        await self._set(campaign_id, worked_off_at=now)
        await self._tell(campaign_id, WORKED_OFF, now)

    async def has_more(self, campaign_id: str) -> None:
        """Somebody was added to its list."""
        await self._set(campaign_id, worked_off_at=None)

    async def sealed_otherwise(self, kek_id: str) -> Sequence[tuple[str, WrappedKey]]:
        """Id and key of every campaign whose key lies under another wrapping key."""
        query = select(CampaignModel.id, CampaignModel.kek_id, CampaignModel.key).where(
            CampaignModel.tenant_id == self._tenant_id, CampaignModel.kek_id != kek_id
        )
        found = (await self._session.execute(query.order_by(CampaignModel.id))).all()
        return [(campaign_id, WrappedKey(kek_id=kek, wrapped=key)) for campaign_id, kek, key in found]

    async def reseal(self, campaign_id: str, key: WrappedKey) -> None:
        await self._set(campaign_id, kek_id=key.kek_id, key=key.wrapped)

    async def ended(self, before: datetime) -> Sequence[StoredCampaign]:
        """Campaigns that ended before then."""
        query = select(CampaignModel).where(CampaignModel.tenant_id == self._tenant_id, CampaignModel.ended_at < before)
        return [_campaign(row) for row in await self._session.scalars(query)]

    async def forget(self, campaign_ids: Collection[str]) -> None:
        """With their contacts."""
        mine = CampaignModel.tenant_id == self._tenant_id, CampaignModel.id.in_(campaign_ids)
        await self._session.execute(delete(CampaignModel).where(*mine))

    async def _tell(self, campaign_id: str, event_type: str, now: datetime) -> None:
        connection, subject = await self._session.connection(), {"campaign_id": campaign_id}
        await self._webhooks.owe_of(connection, self._tenant_id, subject, event_type=event_type, now=now)

    async def _set(self, campaign_id: str, **values: object) -> None:
        mine = (CampaignModel.tenant_id == self._tenant_id, CampaignModel.id == campaign_id)
        await self._session.execute(
            update(CampaignModel).where(*mine).values(**values).execution_options(synchronize_session=False)
        )


async def campaigns_at_work(engine: AsyncEngine, now: datetime) -> Sequence[tuple[TenantId, str]]:
    """Those of all tenants that run, have a call under way, are to be ended, or have ended with numbers left.

    For a login that sees every tenant. Raises StoreUnavailable.
    """

    def has(state: ContactState) -> ColumnElement[bool]:
        of_it = CampaignContactModel.campaign_id == CampaignModel.id, CampaignContactModel.state == state
        return select(CampaignContactModel.campaign_id).where(*of_it).exists()

    over = and_(CampaignModel.state != CampaignState.ENDED, CampaignModel.ends_at <= now)
    left = and_(CampaignModel.state == CampaignState.ENDED, has(ContactState.WAITING))
    query = (
        select(CampaignModel.tenant_id, CampaignModel.id)
        .where((CampaignModel.state == CampaignState.RUNNING) | over | has(ContactState.CALLING) | left)
        .order_by(CampaignModel.id)
    )
    with store_errors():
        async with AsyncSession(engine) as session:
            return [(TenantId(tenant_id), campaign_id) for tenant_id, campaign_id in await session.execute(query)]


def _campaign(row: CampaignModel) -> StoredCampaign:
    terms = CampaignTerms(
        **{name: getattr(row, name) for name in _TERMS}, retry_after=timedelta(seconds=row.retry_after_s)
    )
    return StoredCampaign(**{name: getattr(row, name) for name in _OWN}, state=CampaignState(row.state), terms=terms)
