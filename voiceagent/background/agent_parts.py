"""What every agent works with, and what it says of work that it could not begin."""

from dataclasses import dataclass, field
from typing import Protocol

import structlog

from voiceagent.background.captured_values import CapturedValues
from voiceagent.background.effects.commit import Committer
from voiceagent.background.effects.ledger import EffectLedger
from voiceagent.background.stopping import Stops
from voiceagent.background.tool_registry import ToolRegistry
from voiceagent.conversation.delegation import DelegationPackage, WorkDone
from voiceagent.conversation.profile import AgentProfile
from voiceagent.core.clock import Clock
from voiceagent.core.errors import NotFound, Unavailable, VoiceagentError

_log = structlog.get_logger(__name__)


class ProfileSource(Protocol):
    """Where profiles come from: the version that the call was answered with, not the newest."""

    async def load(self, name: str, version: int) -> AgentProfile:
        """The profile. Raises NotFound."""
        ...


class LoadedProfiles:
    """Profiles that were read at start."""

    def __init__(self, *profiles: AgentProfile) -> None:
        self._profiles = {(profile.name, profile.version): profile for profile in profiles}

    async def load(self, name: str, version: int) -> AgentProfile:
        if (name, version) not in self._profiles:
            raise NotFound(f"profile {name} version {version} is not loaded in the background process: restart it")
        return self._profiles[name, version]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentParts:
    """Shared by all agents of a process, so that a yes may be to what any of them has proposed."""

    profiles: ProfileSource
    tools: ToolRegistry
    ledger: EffectLedger
    committer: Committer
    clock: Clock
    captured: CapturedValues = field(default_factory=CapturedValues)
    stops: Stops = field(default_factory=Stops)


def not_begun(package: DelegationPackage, error: VoiceagentError) -> WorkDone:
    """The end of a delegation that `error` kept from beginning."""
    _log.error(
        "delegation cannot be begun",
        pii_error=str(error),  # it may quote what was said
        call_id=package.call_id,
        delegation_id=package.delegation_id,
    )
    return WorkDone(outcome="unreachable" if isinstance(error, Unavailable) else "failed", detail=str(error))
