"""What somebody loses, the keys that they made lose with it."""

from datetime import datetime

from voiceagent.records.audit.act import Act, Actor
from voiceagent.records.unit_of_work import UnitOfWork


async def curtail(work: UnitOfWork, actor: Actor, user_id: str, left: frozenset[str], now: datetime) -> None:
    """Revoke the user's keys that open more than is `left`, and note each."""
    for key_id in await work.api_keys.revoke_beyond(user_id, left, now):
        revoked = Act(
            action="api_key.revoked", actor=actor, object_kind="api_key", object_id=key_id, details={"of": user_id}
        )
        await work.audit.append(revoked, now)
