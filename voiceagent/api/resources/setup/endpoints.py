"""HTTP for what is configured."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from voiceagent.api.auth import Guard
from voiceagent.api.pagination import (
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    Page,
    cut,
    decode_id,
    decode_place,
    encode_id,
    encode_place,
)
from voiceagent.api.principal import Principal
from voiceagent.api.problems import responses
from voiceagent.api.resources.setup.numbers import NumberService
from voiceagent.api.resources.setup.schemas import (
    Agent,
    AgentVersion,
    Number,
    NumberBody,
    Trunk,
    agent_of,
    number_of,
    trunk_of,
    version_of,
)
from voiceagent.api.resources.setup.service import SetupService

_AgentPath = Annotated[str, Path(max_length=100, pattern=r"^[^/\x00-\x1f\x7f]+$", description="A profile's name.")]
_NumberPath = Annotated[str, Path(pattern=r"^\+?[0-9]{2,15}$", description="As the trunk writes it, such as E.164.")]
_VersionPath = Annotated[int, Path(ge=1, lt=2**31 - 1)]


def setup_router(*, service: SetupService, numbers: NumberService, guard: Guard) -> APIRouter:
    """/v1/trunks, /v1/numbers and /v1/agents. Trunks and agents are written in files (docs/decisions/0044)."""
    router = APIRouter(prefix="/v1", tags=["setup"])
    Reader = Annotated[Principal, Depends(guard.require("config:read"))]  # noqa: N806 - a type
    Writer = Annotated[Principal, Depends(guard.require("config:write"))]  # noqa: N806

    @router.get("/trunks", responses=responses(400))
    async def list_trunks(*, principal: Reader, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = "") -> Page[Trunk]:
        """Carriers and PBXs, by name."""
        page, last = cut(await service.trunks(principal, limit=limit + 1, after=decode_id(cursor)), limit)
        return Page(items=[trunk_of(one) for one in page], next_cursor=encode_id(last.name) if last else None)

    @router.get("/numbers", responses=responses(400))
    async def list_numbers(*, principal: Reader, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = "") -> Page[Number]:
        """Your numbers, and who answers them."""
        page, last = cut(await service.numbers(principal, limit=limit + 1, after=decode_id(cursor)), limit)
        return Page(items=[number_of(one) for one in page], next_cursor=encode_id(last.number) if last else None)

    @router.put("/numbers/{number}", responses=responses(400, 404, 409, 413))
    async def put_number(principal: Writer, number: _NumberPath, body: NumberBody) -> Number:
        """Let an agent answer this number: calls to it are routed so within seconds. May be sent again.

        Calls that show the number (`line`) are allowed from then on. 409 for a number of the settings.
        """
        return number_of(await numbers.put(principal, number, body.agent))

    @router.delete("/numbers/{number}", status_code=204, responses=responses(400, 404, 409))
    async def delete_number(principal: Writer, number: _NumberPath) -> None:
        """Nobody answers it from now on; who talks goes on. 409 for a number of the settings."""
        await numbers.remove(principal, number)

    @router.get("/agents", responses=responses(400))
    async def list_agents(
        *, principal: Reader, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = ""
    ) -> Page[AgentVersion]:
        """The newest version of each agent, by name: it answers new calls while its profile is configured."""
        page, last = cut(await service.agents(principal, limit=limit + 1, after=decode_id(cursor)), limit)
        return Page(items=[version_of(one) for one in page], next_cursor=encode_id(last.name) if last else None)

    @router.get("/agents/{agent}/versions", responses=responses(400, 404))
    async def list_agent_versions(
        *, principal: Reader, agent: _AgentPath, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = ""
    ) -> Page[AgentVersion]:
        """Newest first."""
        found = await service.versions(principal, agent, limit=limit + 1, before=decode_place(cursor))
        page, last = cut(found, limit)
        return Page(items=[version_of(one) for one in page], next_cursor=encode_place(last.version) if last else None)

    @router.get("/agents/{agent}/versions/{version}", responses=responses(400, 404))
    async def get_agent_version(principal: Reader, agent: _AgentPath, version: _VersionPath) -> Agent:
        """What an agent said and did in that version."""
        return agent_of(await service.version(principal, agent, version))

    return router
