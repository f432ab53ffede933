"""A span for every delegation: what it was, how it ended, which tools ran for how long. No word of the call."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping

from opentelemetry.trace import Span, StatusCode, Tracer, use_span

from voiceagent.background.traces.exporting import OURS
from voiceagent.conversation.delegation import DelegationPackage, DelegationUpdate, ToolRan, WorkDone
from voiceagent.conversation.secure_capture import Secret
from voiceagent.core.ids import DelegationId
from voiceagent.session.ports import BackgroundAgent

_WENT_WRONG = frozenset({"unreachable", "failed", "unknown"})
_BROKE_OFF = "broke_off"  # the agent failed, or nobody listened any more
_LONGEST_NAME = 64


class TracedAgent:
    """Implements `session.ports.BackgroundAgent` around another; requests to a model become children of its span."""

    def __init__(self, agent: BackgroundAgent, tracer: Tracer) -> None:
        self._agent = agent
        self._tracer = tracer

    async def run(self, package: DelegationPackage) -> AsyncGenerator[DelegationUpdate]:
        """As the agent; its failures and its being closed end the span too."""
        span = self._tracer.start_span(f"delegation {package.intent[:_LONGEST_NAME]}", attributes=_facts(package))
        span.set_attribute(f"{OURS}outcome", _BROKE_OFF)
        span.set_status(StatusCode.ERROR)
        updates = self._agent.run(package)
        tools: list[str] = []
        try:
            while (update := await _next(updates, span)) is not None:
                if isinstance(update, ToolRan):
                    tools.append(f"{update.name} {update.status} {update.duration_ms} ms")
                    span.set_attribute(f"{OURS}tools", tools)
                elif isinstance(update, WorkDone):
                    span.set_attribute(f"{OURS}outcome", update.outcome)
                    span.set_status(StatusCode.ERROR if update.outcome in _WENT_WRONG else StatusCode.OK)
                yield update
        finally:
            if isinstance(updates, AsyncGenerator):
                await updates.aclose()
            span.end()

    async def hand_over(self, delegation_id: DelegationId, captured: Mapping[str, Secret]) -> None:
        await self._agent.hand_over(delegation_id, captured)

    async def stop(self, delegation_id: DelegationId) -> None:
        await self._agent.stop(delegation_id)


async def _next(updates: AsyncIterator[DelegationUpdate], span: Span) -> DelegationUpdate | None:
    """The next update, worked for under `span`; None after the last. A failure is the agent's to tell, not ours."""
    with use_span(span, end_on_exit=False, record_exception=False, set_status_on_exception=False):
        return await anext(updates, None)


def _facts(package: DelegationPackage) -> dict[str, str | int | bool]:
    return {
        f"{OURS}call_id": package.call_id,
        f"{OURS}delegation_id": package.delegation_id,
        f"{OURS}tenant_id": package.tenant_id,
        f"{OURS}profile": package.profile,
        f"{OURS}profile_version": package.profile_version,
        f"{OURS}intent": package.intent[:_LONGEST_NAME],
        f"{OURS}confirms": package.confirms is not None,
    }
