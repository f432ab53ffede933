"""HTTP for people."""

from typing import Annotated

import structlog
from fastapi import APIRouter, Depends

from voiceagent.api.auth import Guard
from voiceagent.api.pagination import DEFAULT_LIMIT, Cursor, Limit, Page, cut, decode_id, encode_id
from voiceagent.api.paths import IdPath
from voiceagent.api.principal import Principal
from voiceagent.api.problems import responses
from voiceagent.api.resources.users.schemas import NewUser, User, UserChange
from voiceagent.api.resources.users.service import UserService
from voiceagent.compliance.roles import scopes_of
from voiceagent.records import user_values
from voiceagent.records.key_rules import USERS_READ, USERS_WRITE

log = structlog.get_logger(__name__)


def users_router(*, service: UserService, guard: Guard) -> APIRouter:
    """Routes below /v1/users."""
    router = APIRouter(prefix="/v1/users", tags=["users"])
    Reader = Annotated[Principal, Depends(guard.require(USERS_READ))]  # noqa: N806 - a type
    Writer = Annotated[Principal, Depends(guard.require(USERS_WRITE))]  # noqa: N806

    @router.get("", responses=responses(400))
    async def list_users(*, principal: Reader, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = "") -> Page[User]:
        """People of the tenant, oldest first, with those who are disabled."""
        page, last = cut(await service.list(principal, limit=limit + 1, after=decode_id(cursor)), limit)
        return Page(items=[_shown(one) for one in page], next_cursor=encode_id(last.id) if last else None)

    @router.post("", status_code=201, responses=responses(400, 409, 413))
    async def add_user(principal: Writer, new: NewUser) -> User:
        """Let somebody sign in, with one role or several."""
        person = user_values.Person(issuer=new.issuer, subject=new.subject, email=new.email, name=new.name)
        user = await service.add(principal, person, new.roles)
        log.info("user_added", user_id=user.id, by=principal.id)
        return _shown(user)

    @router.get("/{user_id}", responses=responses(400, 404))
    async def get_user(principal: Reader, user_id: IdPath) -> User:
        """One person."""
        return _shown(await service.get(principal, user_id))

    @router.patch("/{user_id}", responses=responses(400, 404, 409, 413))
    async def change_user(principal: Writer, user_id: IdPath, change: UserChange) -> User:
        """Other roles from now on. Keys of theirs that open more are revoked."""
        user = await service.set_roles(principal, user_id, change.roles)
        log.info("user_roles_changed", user_id=user_id, by=principal.id)
        return _shown(user)

    @router.post("/{user_id}/actions/disable", responses=responses(400, 404, 409))
    async def disable_user(principal: Writer, user_id: IdPath) -> User:
        """They are refused from now on, and their keys are revoked."""
        user = await service.disable(principal, user_id)
        log.info("user_disabled", user_id=user_id, by=principal.id)
        return _shown(user)

    @router.post("/{user_id}/actions/enable", responses=responses(400, 404))
    async def enable_user(principal: Writer, user_id: IdPath) -> User:
        """Let them in again. Their keys stay revoked."""
        user = await service.enable(principal, user_id)
        log.info("user_enabled", user_id=user_id, by=principal.id)
        return _shown(user)

    return router


def _shown(user: user_values.User) -> User:
    named = {name: getattr(user, name) for name in User.model_fields if name not in ("roles", "scopes")}
    return User(**named, roles=sorted(user.roles), scopes=sorted(scopes_of(user.roles)))
