"""Who works on a delegation: the model where the profile has words for it, else the planned agent."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from voiceagent.background.agent import PlannedAgent
from voiceagent.background.agent_parts import ProfileSource
from voiceagent.background.language_model.agent import ModelAgent
from voiceagent.conversation.delegation import DelegationPackage, DelegationUpdate
from voiceagent.conversation.profile import AgentProfile
from voiceagent.conversation.secure_capture import Secret
from voiceagent.core.errors import NotFound
from voiceagent.core.ids import DelegationId


class ChosenAgent:
    """Both agents on the same tools and ledger, so that a yes may be to what either has proposed."""

    def __init__(self, profiles: ProfileSource, planned: PlannedAgent, model: ModelAgent) -> None:
        self._profiles = profiles
        self._planned = planned
        self._model = model

    def check(self, profile: AgentProfile) -> None:
        """Make sure at start that the profile's tools can run. Raises ConfigError."""
        self._planned.check(profile)
        if profile.agent is not None:
            self._model.check(profile)

    async def run(self, package: DelegationPackage) -> AsyncGenerator[DelegationUpdate]:
        """As the agent that was chosen; closing it stops a read."""
        agent = self._model if await self._has_words(package) else self._planned
        async with aclosing(agent.run(package)) as updates:
            async for update in updates:
                yield update

    async def hand_over(self, delegation_id: DelegationId, captured: Mapping[str, Secret]) -> None:
        """As the planned agent: a profile whose slots are captured has no words for a model."""
        await self._planned.hand_over(delegation_id, captured)

    async def stop(self, delegation_id: DelegationId) -> None:
        """As both agents: only one of them runs it."""
        await self._model.stop(delegation_id)
        await self._planned.stop(delegation_id)

    async def _has_words(self, package: DelegationPackage) -> bool:
        try:
            return (await self._profiles.load(package.profile, package.profile_version)).agent is not None
        except NotFound:
            return False  # the planned agent says so
