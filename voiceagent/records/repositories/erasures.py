"""Requests for erasure of one tenant: who asked, who approved, how far each is."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from voiceagent.core.errors import Conflict, NotFound
from voiceagent.core.ids import TenantId
from voiceagent.records.erasure_values import ErasureRequest, IdentityCheck, Sealed, Step
from voiceagent.records.models import ErasureRequestModel


class ErasureRepository:
    def __init__(self, session: AsyncSession, tenant_id: TenantId) -> None:
        self._session = session
        self._tenant_id = tenant_id

    async def add(
        self,
        request_id: str,
        sealed: Sealed,
        *,
        identity_check: IdentityCheck,
        received_at: datetime,
        due_at: datetime,
        by: str,
        now: datetime,
    ) -> ErasureRequest:
        """Nothing happens for it until somebody else approves."""
        row = ErasureRequestModel(
            id=request_id,
            tenant_id=self._tenant_id,
            state="asked",
            step=Step.INTAKE,
            identity_check=identity_check.value,
            received_at=received_at,
            due_at=due_at,
            asked_by=by,
            asked_at=now,
            kek_id=sealed.kek_id,
            names_key=sealed.key,
            names=sealed.names,
        )
        self._session.add(row)
        await self._session.flush()
        return _request(row)

    async def get(self, request_id: str, *, locked: bool = False) -> ErasureRequest:
        """`locked`: nobody else moves it on until this transaction ends. Raises NotFound."""
        return _request(await self._row(request_id, locked=locked))

    async def list(self, *, limit: int, before: str = "") -> Sequence[ErasureRequest]:
        """Newest first, of those with smaller ids than `before`."""
        query = self._own().order_by(ErasureRequestModel.id.desc()).limit(limit)
        if before:
            query = query.where(ErasureRequestModel.id < before)
        return [_request(row) for row in await self._session.scalars(query)]

    async def approve(self, request_id: str, *, by: str, now: datetime) -> ErasureRequest:
        """Raises NotFound, and Conflict for whoever asked, and for a request that is approved."""
        row = await self._row(request_id, locked=True)
        if row.state != "asked":
            raise Conflict(f"erasure request {request_id} was approved already")
        if row.names is None:
            raise Conflict(
                f"nobody approved erasure request {request_id} in time, so it forgot whom it names; enter a new one"
            )
        if row.asked_by == by:
            raise Conflict(
                f"you entered erasure request {request_id} yourself; somebody else has to approve it, not with a key "
                "of your making: what is erased never comes back"
            )
        row.state, row.approved_by, row.approved_at = "running", by, now
        await self._session.flush()
        return _request(row)

    async def running(self) -> Sequence[str]:
        """The ids of those that a job should be going on with."""
        query = select(ErasureRequestModel.id).where(
            ErasureRequestModel.tenant_id == self._tenant_id, ErasureRequestModel.state == "running"
        )
        return (await self._session.scalars(query)).all()

    async def open_ones(self) -> Sequence[ErasureRequest]:
        """Those that may have to be gone on with: something is restricted, or calls may still come in."""
        query = self._own().where(
            ErasureRequestModel.state.in_(("restricted", "done")),
            or_(ErasureRequestModel.state == "restricted", ErasureRequestModel.names.is_not(None)),
        )
        return [_request(row) for row in await self._session.scalars(query.order_by(ErasureRequestModel.id))]

    async def note(self, request_id: str, step: Step, **more: Any) -> None:
        """That the step is done; `more` are columns of the request."""
        await self._session.execute(self._change(request_id).values(step=step, **more))

    async def forget_unapproved(self, before: datetime) -> Sequence[str]:
        """Let requests that were entered before then, and that nobody approved, forget whom they name; the ids."""
        old = self._own().where(
            ErasureRequestModel.state == "asked",
            ErasureRequestModel.asked_at < before,
            ErasureRequestModel.names.is_not(None),
        )
        rows = (await self._session.scalars(old.with_for_update())).all()
        for row in rows:
            row.kek_id, row.names_key, row.names = "", None, None
        await self._session.flush()
        return [row.id for row in rows]

    async def sealed_otherwise(self, kek_id: str) -> Sequence[ErasureRequest]:
        """Those whose names lie under another wrapping key; locked, so that none forgets its names meanwhile."""
        other = self._own().where(ErasureRequestModel.names.is_not(None), ErasureRequestModel.kek_id != kek_id)
        return [_request(row) for row in await self._session.scalars(other.with_for_update())]

    async def reseal(self, request_id: str, sealed: Sealed) -> None:
        """What names the person lies under another wrapping key now."""
        await self._session.execute(self._change(request_id).values(kek_id=sealed.kek_id, names_key=sealed.key))

    async def forget_names(self, request_id: str) -> None:
        """Nothing is searched for any more."""
        await self._session.execute(self._change(request_id).values(kek_id="", names_key=None, names=None))

    def _own(self) -> Any:
        return select(ErasureRequestModel).where(ErasureRequestModel.tenant_id == self._tenant_id)

    def _change(self, request_id: str) -> Any:
        return update(ErasureRequestModel).where(
            ErasureRequestModel.tenant_id == self._tenant_id, ErasureRequestModel.id == request_id
        )

    async def _row(self, request_id: str, *, locked: bool = False) -> ErasureRequestModel:
        query = self._own().where(ErasureRequestModel.id == request_id)
        row: ErasureRequestModel | None = await self._session.scalar(query.with_for_update() if locked else query)
        if row is None:
            raise NotFound(f"there is no erasure request {request_id}")
        return row


def _request(row: ErasureRequestModel) -> ErasureRequest:
    own = {field.name: getattr(row, field.name) for field in fields(ErasureRequest) if field.name != "sealed"}
    sealed = None
    if row.names is not None and row.names_key is not None:
        sealed = Sealed(kek_id=row.kek_id, key=row.names_key, names=row.names)
    return ErasureRequest(
        **{**own, "step": Step(row.step), "identity_check": IdentityCheck(row.identity_check)}, sealed=sealed
    )
