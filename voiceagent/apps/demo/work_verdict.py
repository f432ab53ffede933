"""What the background agent's work has to show in a demo call. Pure."""

from collections.abc import Iterator
from typing import Final

from voiceagent.apps.demo.finding import Finding
from voiceagent.apps.demo.outcome import Outcome
from voiceagent.audio.frame import samples_to_ms
from voiceagent.telephony.events import (
    CallerSaid,
    CorrectionSpoken,
    DelegationStarted,
    EffectConfirmed,
    EffectDeclined,
    EffectProposed,
    ResultWoven,
    ToolCalled,
)
from voiceagent.testing.caller.script import Shown

_SHORTEST_FACT: Final = 4  # letters: shorter values of a tool's result are in any sentence by chance


def work_findings(outcome: Outcome) -> Iterator[Finding]:
    """Expectations of understanding, tools and what was said of their results."""
    lost = [event for event in outcome.events if isinstance(event, CallerSaid) and not event.understood]
    understood = sum(isinstance(event, CallerSaid) for event in outcome.events) - len(lost)
    at = ", ".join(f"{event.start_ms / 1000:.1f} s" for event in lost)
    yield Finding(
        expectation="everything the caller said was understood",
        holds=not lost and understood > 0,
        found=f"not understood: what was said at {at}" if lost else f"{understood} turns",
    )
    statuses = [f"{tool.name} {tool.status}" for tool in outcome.tool_calls]
    yield Finding(
        expectation="a tool was called and all calls of tools succeeded",
        holds=bool(statuses) and all(tool.status == "ok" for tool in outcome.tool_calls),
        found=", ".join(statuses) or "no tool was called",
    )
    spoken = [_facts_spoken(outcome, tool) for tool in outcome.tool_calls]
    yield Finding(
        expectation="what each tool call found was heard in the agent's words",
        holds=bool(spoken) and all(spoken),
        found="; ".join(", ".join(facts) or "nothing of its result was spoken" for facts in spoken) or "nothing",
    )
    if Shown.CHANGE in outcome.shows:
        yield _changes(outcome)
    if Shown.ANSWER_WHILE_TALKING in outcome.shows:
        yield _answered_while_talking(outcome)
    if Shown.CORRECTION in outcome.shows:
        yield _corrections(outcome)


def _changes(outcome: Outcome) -> Finding:
    """Each change was read back to its end, and then confirmed and carried out, or refused by the caller."""
    proposed = {event.proposal_id: event.utterance_id for event in outcome.events if isinstance(event, EffectProposed)}
    confirmed = [event for event in outcome.events if isinstance(event, EffectConfirmed)]
    declined = {
        event.proposal_id
        for event in outcome.events
        if isinstance(event, EffectDeclined) and event.reason == "declined"
    }
    heard = {said.utterance_id for said in outcome.agent_said if said.completed}
    carried_out = {tool.delegation_id for tool in outcome.tool_calls if tool.status == "ok"}
    return Finding(
        expectation="what was changed had been read back and confirmed, and was carried out",
        holds=bool(proposed)
        and proposed.keys() == declined | {event.proposal_id for event in confirmed}
        and all(proposed[event.proposal_id] in heard and event.delegation_id in carried_out for event in confirmed),
        found=f"{len(proposed)} read back, {len(confirmed)} confirmed" if proposed else "nothing was read back",
    )


def _answered_while_talking(outcome: Outcome) -> Finding:
    """A tool ended while the caller was speaking, and its result was told after that, not into it."""
    waits = list(_waits_for_the_caller(outcome))
    return Finding(
        expectation="an answer that came while the caller was talking was told after that",
        holds=bool(waits),
        found=f"told {waits[0]} ms after it had come" if waits else "no answer came while the caller was talking",
    )


def _waits_for_the_caller(outcome: Outcome) -> Iterator[int]:
    """How long results waited, ms, that came within a line of the caller's."""
    started = {event.delegation_id: event.at_ms for event in outcome.events if isinstance(event, DelegationStarted)}
    woven = {event.delegation_id: event.at_ms for event in outcome.events if isinstance(event, ResultWoven)}
    for tool in outcome.tool_calls:
        if tool.delegation_id not in started or tool.delegation_id not in woven:
            continue
        came_ms, told_ms = started[tool.delegation_id] + tool.duration_ms, woven[tool.delegation_id]
        for line in outcome.caller.lines:
            start_ms, end_ms = (samples_to_ms(at) - outcome.shift_ms for at in (line.start, line.end))
            if start_ms < came_ms < end_ms <= told_ms:
                yield told_ms - came_ms


def _corrections(outcome: Outcome) -> Finding:
    """What was taken back was named, old and new, in words that were heard."""
    played = {said.utterance_id: said.played for said in outcome.agent_said}
    corrections = [event for event in outcome.events if isinstance(event, CorrectionSpoken)]
    heard = [played.get(event.utterance_id, "") for event in corrections]
    return Finding(
        expectation="what was no longer true was taken back by name",
        holds=bool(corrections)
        and all(event.said in words and event.now in words for event, words in zip(corrections, heard, strict=True)),
        found="; ".join(f"{event.said} is now {event.now}" for event in corrections) or "nothing was taken back",
    )


def _facts_spoken(outcome: Outcome, tool: ToolCalled) -> list[str]:
    """Values of the tool's result that are in the words with which it was woven into the talk, as far as heard."""
    woven = {
        event.utterance_id
        for event in outcome.events
        if isinstance(event, ResultWoven) and event.delegation_id == tool.delegation_id
    }
    spoken = " ".join(said.played for said in outcome.agent_said if said.utterance_id in woven).lower()
    values = {value for value in tool.result.values() if isinstance(value, str)}
    return sorted(value for value in values if len(value) >= _SHORTEST_FACT and value.lower() in spoken)
