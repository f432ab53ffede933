"""HTTP for callbacks."""

from typing import Annotated

from fastapi import APIRouter, Depends

from voiceagent.api.auth import Guard
from voiceagent.api.pagination import DEFAULT_LIMIT, Cursor, Limit, Page, cut, decode_cursor, encode_cursor
from voiceagent.api.paths import IdPath
from voiceagent.api.principal import Principal
from voiceagent.api.problems import responses
from voiceagent.api.resources.callbacks.schemas import Callback, CallbackClosing, CallbackState
from voiceagent.api.resources.callbacks.service import CallbackService
from voiceagent.core.ids import CallId
from voiceagent.records.repositories.calls import CallCursor


def callbacks_router(*, service: CallbackService, guard: Guard) -> APIRouter:
    """Routes below /v1/callbacks."""
    router = APIRouter(prefix="/v1/callbacks", tags=["callbacks"])
    Reader = Annotated[Principal, Depends(guard.require("calls:read"))]  # noqa: N806 - a type
    Writer = Annotated[Principal, Depends(guard.require("calls:write"))]  # noqa: N806

    @router.get("", responses=responses(400))
    async def list_callbacks(
        *,
        principal: Reader,
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = "",
        state: CallbackState = CallbackState.OPEN,
    ) -> Page[Callback]:
        """Callbacks of the tenant; who has waited longest comes first."""
        found = await service.list(principal, state=state, limit=limit + 1, after=decode_cursor(cursor))
        page, last = cut(found, limit)
        more = encode_cursor(CallCursor(started_at=last.requested_at, call_id=CallId(last.id))) if last else None
        return Page(items=[Callback.model_validate(one) for one in page], next_cursor=more)

    @router.post("/{callback_id}/actions/close", responses=responses(400, 404, 409, 413))
    async def close_callback(principal: Writer, callback_id: IdPath, closing: CallbackClosing) -> Callback:
        """The caller was called, or will not be."""
        closed = await service.close(principal, callback_id, outcome=closing.outcome)
        return Callback.model_validate(closed)

    return router
