"""HTTP for API keys."""

from typing import Annotated

import structlog
from fastapi import APIRouter, Depends

from voiceagent.api.auth import Guard
from voiceagent.api.pagination import DEFAULT_LIMIT, Cursor, Limit, Page, cut, decode_id, encode_id
from voiceagent.api.paths import IdPath
from voiceagent.api.principal import Principal
from voiceagent.api.problems import responses
from voiceagent.api.resources.api_keys.schemas import ApiKey, ApiKeyMinted, NewApiKey
from voiceagent.api.resources.api_keys.service import ApiKeyService
from voiceagent.records import values
from voiceagent.records.key_rules import KEYS_READ, KEYS_WRITE

log = structlog.get_logger(__name__)


def api_keys_router(*, service: ApiKeyService, guard: Guard) -> APIRouter:
    """Routes below /v1/api-keys."""
    router = APIRouter(prefix="/v1/api-keys", tags=["api keys"])
    Reader = Annotated[Principal, Depends(guard.require(KEYS_READ))]  # noqa: N806 - a type
    Writer = Annotated[Principal, Depends(guard.require(KEYS_WRITE))]  # noqa: N806

    @router.get("", responses=responses(400))
    async def list_keys(*, principal: Reader, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = "") -> Page[ApiKey]:
        """Keys of the tenant, oldest first, with those that are revoked or expired."""
        found = await service.list(principal, limit=limit + 1, after=decode_id(cursor))
        page, last = cut(found, limit)
        return Page(items=[ApiKey(**_fields(key)) for key in page], next_cursor=encode_id(last.id) if last else None)

    @router.post("", status_code=201, responses=responses(400, 413))
    async def create_key(principal: Writer, wanted: NewApiKey) -> ApiKeyMinted:
        """A new key, shown this once. It opens no more than you may yourself.

        Where a second person has to agree, whoever uses it counts as you.
        """
        key, minted = await service.create(principal, wanted)
        log.info("api_key_created", made_key_id=key.id, by=principal.id)
        return ApiKeyMinted(**_fields(key), key=minted.plain)

    @router.delete("/{key_id}", status_code=204, responses=responses(400, 404, 409))
    async def revoke_key(principal: Writer, key_id: IdPath) -> None:
        """The key is refused from now on; one that is revoked already stays so."""
        await service.revoke(principal, key_id)
        log.info("api_key_revoked", revoked_key_id=key_id, by=principal.id)

    return router


def _fields(key: values.ApiKey) -> dict[str, object]:
    return {name: sorted(key.scopes) if name == "scopes" else getattr(key, name) for name in ApiKey.model_fields}
