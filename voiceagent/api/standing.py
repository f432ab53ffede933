"""Whether who asked may still do it once the rows that say so are read, or held, in the transaction of the act."""

from datetime import datetime

from voiceagent.api.principal import Principal, is_user
from voiceagent.compliance.roles import scopes_of
from voiceagent.core.errors import Forbidden, NotFound
from voiceagent.records.unit_of_work import UnitOfWork


async def check_still_there(
    work: UnitOfWork, principal: Principal, wanted: frozenset[str], *, beside: str | None = None
) -> None:
    """Nobody acts at the moment at which they lose the right to: one of the two waits for the other.

    `beside`: a user whom the act changes. Both rows are locked in one order, so that two who change each other do not
    wait for ever. Raises Forbidden, NotFound.
    """
    person = principal.holder if is_user(principal.holder) else None
    for user_id in sorted({one for one in (person, beside) if one is not None}):
        user = await work.users.lock(user_id)
        if user_id == person and (user.disabled_at is not None or wanted - scopes_of(user.roles)):
            raise Forbidden("your roles have just changed: ask again")


async def scopes_now(work: UnitOfWork, actor: str, now: datetime) -> frozenset[str]:
    """What a user or key opens today: nothing when they are disabled, revoked, over, or not there."""
    try:
        if is_user(actor):
            user = await work.users.get(actor)
            return scopes_of(user.roles) if user.disabled_at is None else frozenset()
        key = await work.api_keys.get(actor)
    except NotFound:
        return frozenset()
    return key.scopes if key.is_valid(now) else frozenset()
