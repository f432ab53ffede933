"""Mints talk tokens for profiles that exist."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from voiceagent.api.acts import act_of
from voiceagent.api.ports import TalkTokenIssuer
from voiceagent.api.principal import Principal
from voiceagent.core.clock import Clock
from voiceagent.core.errors import NotFound
from voiceagent.records.unit_of_work import Records


@dataclass(frozen=True, slots=True, kw_only=True)
class MintedTalkToken:
    token: str
    expires_at: datetime


class TalkTokenService:
    """The tenant is the principal's; the profile must be one of its own."""

    def __init__(self, *, records: Records, issuer: TalkTokenIssuer, clock: Clock) -> None:
        self._records = records
        self._issuer = issuer
        self._clock = clock

    async def mint(self, principal: Principal, *, profile: str, subject: str, lifetime_s: int) -> MintedTalkToken:
        """Raises NotFound when the tenant has no such profile."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            if await work.agent_profiles.newest(profile) is None:
                raise NotFound(f"there is no agent profile {profile!r}")
            now = self._clock.now()
            minted = act_of(principal, "talk_token.minted", "agent_profile", "", profile=profile, lifetime_s=lifetime_s)
            await work.audit.append(minted, now)
            await work.commit()
        token = self._issuer.issue(
            tenant_id=principal.tenant_id, profile=profile, subject=subject, lifetime_s=lifetime_s, now=now
        )
        return MintedTalkToken(token=token, expires_at=now + timedelta(seconds=lifetime_s))
