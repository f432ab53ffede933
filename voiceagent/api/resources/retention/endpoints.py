"""HTTP for retention."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from voiceagent.api.auth import Guard
from voiceagent.api.pagination import DEFAULT_LIMIT, Cursor, Limit, Page, cut, decode_cursor, encode_cursor, page_by_id
from voiceagent.api.paths import IdPath
from voiceagent.api.principal import Principal
from voiceagent.api.problems import responses
from voiceagent.api.resources.retention.present import policy_of, run_of
from voiceagent.api.resources.retention.schemas import NewPolicy, NewRun, Policy, PurgeRun, class_of
from voiceagent.api.resources.retention.service import RetentionService
from voiceagent.core.errors import BadInput
from voiceagent.core.ids import CallId
from voiceagent.records.repositories.calls import CallCursor
from voiceagent.records.retention_values import Selector

IdCursor = Annotated[
    str, Query(max_length=64, pattern=r"^[A-Za-z0-9_-]*$", description="`next_cursor` of the page before.")
]


def retention_router(*, service: RetentionService, guard: Guard) -> APIRouter:
    """Routes below /v1/retention-policies and /v1/retention."""
    router = APIRouter(prefix="/v1", tags=["retention"])
    Reader = Annotated[Principal, Depends(guard.require("retention:read"))]  # noqa: N806 - a type
    Writer = Annotated[Principal, Depends(guard.require("retention:write"))]  # noqa: N806

    @router.get("/retention-policies", responses=responses(400))
    async def list_policies(*, principal: Reader, limit: Limit = DEFAULT_LIMIT, cursor: IdCursor = "") -> Page[Policy]:
        """Every version of every policy, newest first."""
        return page_by_id(await service.policies(principal, limit=limit + 1, before=cursor), limit, policy_of)

    @router.post("/retention-policies", status_code=201, responses=responses(400, 413))
    async def create_policy(principal: Writer, new: NewPolicy) -> Policy:
        """A new version of the rule for that selector and class."""
        if new.effective_from is not None and new.effective_from.tzinfo is None:
            raise BadInput("effective_from needs a zone, e.g. 2030-01-01T00:00:00Z")
        policy = await service.add_policy(
            principal,
            selector=Selector(**new.selector.model_dump()),
            content_class=class_of(new.content_class),
            days=new.days,
            effective_from=new.effective_from,
        )
        return policy_of(policy)

    @router.get("/retention-policies/{policy_id}", responses=responses(400, 404))
    async def get_policy(principal: Reader, policy_id: IdPath) -> Policy:
        """One version."""
        return policy_of(await service.policy(principal, policy_id))

    @router.get("/retention/runs", responses=responses(400))
    async def list_runs(*, principal: Reader, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = "") -> Page[PurgeRun]:
        """What the purge did, newest first."""
        found = await service.runs(principal, limit=limit + 1, after=decode_cursor(cursor))
        page, last = cut(found, limit)
        more = encode_cursor(CallCursor(started_at=last.started_at, call_id=CallId(last.id))) if last else None
        return Page(items=[run_of(one) for one in page], next_cursor=more)

    @router.post("/retention/runs", status_code=202, responses=responses(400, 413))
    async def start_run(principal: Writer, new: NewRun) -> PurgeRun:
        """Purge now instead of at the next hour, or only count what would go."""
        return run_of(await service.start_run(principal, dry_run=new.dry_run))

    @router.get("/retention/runs/{run_id}", responses=responses(400, 404))
    async def get_run(principal: Reader, run_id: IdPath) -> PurgeRun:
        """How far a run is, and what it has done."""
        return run_of(await service.run(principal, run_id))

    return router
