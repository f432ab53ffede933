"""HTTP for the audit log."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from voiceagent.api.auth import Guard
from voiceagent.api.pagination import DEFAULT_LIMIT, Cursor, Limit, Page, cut, decode_place, encode_place
from voiceagent.api.principal import Principal
from voiceagent.api.problems import responses
from voiceagent.api.resources.audit_events.schemas import AuditActor, AuditEvent, AuditObject
from voiceagent.api.resources.audit_events.service import AuditEventService
from voiceagent.records.repositories.audit import AuditFilter, StoredAct

_Id = Annotated[str, Query(max_length=128, pattern=r"^[A-Za-z0-9_.:/-]*$")]
_ObjectId = Annotated[str, Query(alias="object", max_length=128, pattern=r"^[A-Za-z0-9_.:/-]*$")]
_Action = Annotated[str, Query(max_length=64, pattern=r"^[a-z0-9_.:-]*$")]


def audit_events_router(*, service: AuditEventService, guard: Guard) -> APIRouter:
    """Routes below /v1/audit-events."""
    router = APIRouter(prefix="/v1/audit-events", tags=["audit"])
    Auditor = Annotated[Principal, Depends(guard.require("audit:read"))]  # noqa: N806 - a type

    @router.get("", responses=responses(400))
    async def list_audit_events(
        *,
        principal: Auditor,
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = "",
        action: _Action = "",
        object_: _ObjectId = "",
        actor: _Id = "",
    ) -> Page[AuditEvent]:
        """Who did what, newest first; `object` and `actor` are ids. The log itself is verified at the machine."""
        where = AuditFilter(action=action, actor=actor, object_=object_)
        found = await service.list(principal, limit=limit + 1, before=decode_place(cursor), where=where)
        page, last = cut(found, limit)
        more = encode_place(last.entry.seq) if last else None
        return Page(items=[_event_of(act) for act in page], next_cursor=more)

    return router


def _event_of(act: StoredAct) -> AuditEvent:
    entry = act.entry
    return AuditEvent(
        seq=entry.seq,
        at=entry.at,
        actor=AuditActor(type=entry.actor_kind, id=entry.actor_id, auth=entry.actor_auth),
        action=entry.action,
        object=AuditObject(type=entry.object_kind, id=entry.object_id),
        purpose=entry.purpose,
        result=entry.result,
        reason=entry.reason,
        request_id=entry.request_id,
        commitment=entry.commitment.hex(),
        prev=entry.prev.hex(),
        leaf=act.leaf.hex(),
        details=act.details,
    )
