"""Retention policies of one tenant, tags of its calls, what of them was purged, and the reports of runs."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from voiceagent.core.content_class import ContentClass
from voiceagent.core.errors import Conflict, NotFound
from voiceagent.core.ids import CallId, TenantId, new_id
from voiceagent.records.models import CallPurgeModel, CallTagModel, PurgeRunModel, RetentionPolicyModel
from voiceagent.records.repositories.calls import CallCursor
from voiceagent.records.repositories.legal_holds import active_holds, lock_holds
from voiceagent.records.retention_values import ClassCount, PurgedClass, PurgeRun, RetentionPolicy, Selector
from voiceagent.records.values import value_of


class RetentionRepository:
    def __init__(self, session: AsyncSession, tenant_id: TenantId) -> None:
        self._session = session
        self._tenant_id = tenant_id

    async def add_policy(
        self,
        *,
        selector: Selector,
        content_class: ContentClass,
        days: int,
        effective_from: datetime,
        by: str,
        now: datetime,
    ) -> RetentionPolicy:
        """The next version for that selector and class. Of two who add at once the second fails: IntegrityError."""
        same = (
            RetentionPolicyModel.tenant_id == self._tenant_id,
            RetentionPolicyModel.content_class == content_class.value,
            RetentionPolicyModel.selector == selector.as_json(),
        )
        newest = await self._session.scalar(select(func.max(RetentionPolicyModel.version)).where(*same))
        row = RetentionPolicyModel(
            id=new_id("rpol"),
            tenant_id=self._tenant_id,
            selector=selector.as_json(),
            content_class=content_class.value,
            days=days,
            action="pseudonymise" if content_class is ContentClass.METADATA else "delete",
            version=(newest or 0) + 1,
            effective_from=effective_from,
            created_at=now,
            created_by=by,
        )
        self._session.add(row)
        await self._session.flush()
        return _policy(row)

    async def policy(self, policy_id: str) -> RetentionPolicy:
        """Raises NotFound."""
        query = select(RetentionPolicyModel).where(
            RetentionPolicyModel.tenant_id == self._tenant_id, RetentionPolicyModel.id == policy_id
        )
        row = await self._session.scalar(query)
        if row is None:
            raise NotFound(f"there is no retention policy {policy_id}")
        return _policy(row)

    async def policies(self, *, limit: int | None = None, before: str = "") -> Sequence[RetentionPolicy]:
        """All versions, newest first, of those with smaller ids than `before`."""
        query = (
            select(RetentionPolicyModel)
            .where(RetentionPolicyModel.tenant_id == self._tenant_id)
            .order_by(RetentionPolicyModel.id.desc())
            .limit(limit)
        )
        if before:
            query = query.where(RetentionPolicyModel.id < before)
        return [_policy(row) for row in await self._session.scalars(query)]

    async def put_tag(self, call_id: CallId, tag: str, *, by: str, now: datetime) -> None:
        """A hold that goes by the tag is in force for the call once this transaction commits."""
        await lock_holds(self._session, self._tenant_id)
        row = {"call_id": call_id, "tag": tag, "tenant_id": self._tenant_id, "placed_by": by, "placed_at": now}
        await self._session.execute(insert(CallTagModel).values(row).on_conflict_do_nothing())

    async def remove_tag(self, call_id: CallId, tag: str) -> None:
        """Raises Conflict when a hold in force goes by it: whoever takes it off would release the call alone."""
        await lock_holds(self._session, self._tenant_id)
        holds = await active_holds(await self._session.connection(), self._tenant_id)
        held = [one.id for one in holds if one.selector.tag == tag and one.selector.call_id in ("", call_id)]
        if held and tag in await self.tags(call_id):
            raise Conflict(f"hold {held[0]} goes by the tag {tag}: it can be taken off once the hold is released")
        place = (CallTagModel.tenant_id == self._tenant_id, CallTagModel.call_id == call_id, CallTagModel.tag == tag)
        await self._session.execute(delete(CallTagModel).where(*place))

    async def tags(self, call_id: CallId) -> frozenset[str]:
        place = (CallTagModel.tenant_id == self._tenant_id, CallTagModel.call_id == call_id)
        return frozenset((await self._session.scalars(select(CallTagModel.tag).where(*place))).all())

    async def purged(self, call_id: CallId) -> Sequence[PurgedClass]:
        """What is gone of the call."""
        place = (CallPurgeModel.tenant_id == self._tenant_id, CallPurgeModel.call_id == call_id)
        rows = await self._session.scalars(select(CallPurgeModel).where(*place))
        return [
            PurgedClass(content_class=ContentClass(row.content_class), purged_at=row.purged_at, why=row.why)
            for row in rows
        ]

    async def open_run(self, *, dry_run: bool, by: str, now: datetime, state: str) -> PurgeRun:
        row = PurgeRunModel(
            id=new_id("purge"),
            tenant_id=self._tenant_id,
            state=state,
            dry_run=dry_run,
            asked_by=by,
            started_at=now,
            counts={},
            errors=[],
        )
        self._session.add(row)
        await self._session.flush()
        return value_of(row, PurgeRun)

    async def report(
        self,
        run_id: str,
        *,
        state: str,
        counts: dict[ContentClass, ClassCount],
        errors: Sequence[dict[str, str]],
        ended_at: datetime | None,
    ) -> None:
        """Write down how far the run is."""
        shown = {letter.value: _json(count) for letter, count in counts.items()}
        place = update(PurgeRunModel).where(PurgeRunModel.tenant_id == self._tenant_id, PurgeRunModel.id == run_id)
        await self._session.execute(place.values(state=state, counts=shown, errors=list(errors), ended_at=ended_at))

    async def run(self, run_id: str) -> PurgeRun:
        """Raises NotFound."""
        query = select(PurgeRunModel).where(PurgeRunModel.tenant_id == self._tenant_id, PurgeRunModel.id == run_id)
        row = await self._session.scalar(query)
        if row is None:
            raise NotFound(f"there is no purge run {run_id}")
        return value_of(row, PurgeRun)

    async def runs(self, *, limit: int, after: CallCursor | None = None) -> Sequence[PurgeRun]:
        """Newest first, after (`started_at`, `call_id`) as time and id."""
        query = (
            select(PurgeRunModel)
            .where(PurgeRunModel.tenant_id == self._tenant_id)
            .order_by(PurgeRunModel.started_at.desc(), PurgeRunModel.id.desc())
            .limit(limit)
        )
        if after is not None:
            place = (after.started_at, after.call_id)
            query = query.where(tuple_(PurgeRunModel.started_at, PurgeRunModel.id) < place)
        return [value_of(row, PurgeRun) for row in await self._session.scalars(query)]

    async def close_lost_runs(self, by: str, now: datetime) -> None:
        """Those that never told their end: their process is gone."""
        lost = update(PurgeRunModel).where(
            PurgeRunModel.tenant_id == self._tenant_id,
            PurgeRunModel.asked_by == by,
            PurgeRunModel.state.in_(("waiting", "running")),
        )
        await self._session.execute(lost.values(state="failed", ended_at=now))

    async def forget_runs(self, before: datetime) -> None:
        """Reports have an end, too."""
        old = (PurgeRunModel.tenant_id == self._tenant_id, PurgeRunModel.started_at < before)
        await self._session.execute(delete(PurgeRunModel).where(*old))


def _policy(row: RetentionPolicyModel) -> RetentionPolicy:
    return RetentionPolicy(
        id=row.id,
        selector=Selector.of_json(row.selector),
        content_class=ContentClass(row.content_class),
        days=row.days,
        action=row.action,
        version=row.version,
        effective_from=row.effective_from,
        created_at=row.created_at,
        created_by=row.created_by,
    )


def _json(count: ClassCount) -> dict[str, Any]:
    oldest = count.oldest_kept
    return {**asdict(count), "oldest_kept": oldest.isoformat() if oldest else None}
