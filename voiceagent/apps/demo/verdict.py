"""What a demo call has to show, and whether it did. Pure; the exit code of `voiceagent demo` follows from it."""

from collections.abc import Iterator
from typing import Final

from voiceagent.apps.demo.finding import Finding
from voiceagent.apps.demo.outcome import Outcome
from voiceagent.apps.demo.work_verdict import work_findings
from voiceagent.audio.frame import ms_to_samples, samples_to_ms
from voiceagent.audio.spans import sound_spans
from voiceagent.telephony.events import AgentSaid, BargedIn, DisclosurePlayed
from voiceagent.testing.caller.script import Role

STOP_LIMIT_MS: Final = 600
_HEARD_SHARE: Final = 0.6  # of a prompt's duration there is sound; the rest are its own pauses


def judge(outcome: Outcome) -> tuple[Finding, ...]:
    """Every expectation, in the order in which a call meets them."""
    return (
        *_ending(outcome),
        *_opening(outcome),
        *work_findings(outcome),
        *_floor(outcome),
        *_kept(outcome),
    )


def _ending(outcome: Outcome) -> Iterator[Finding]:
    failure = outcome.caller.failure
    yield Finding(
        expectation="the caller's script went through to its end",
        holds=outcome.caller.answered and not failure,
        found=failure or f"{len(outcome.caller.lines)} lines said",
    )
    result, reason = outcome.call["result"], outcome.call["ended_reason"]
    detail = f" ({outcome.call['ended_detail']})" if outcome.call["ended_detail"] else ""
    yield Finding(
        expectation="the call ended in success", holds=result == "success", found=f"{result}: {reason}{detail}"
    )


def _opening(outcome: Outcome) -> Iterator[Finding]:
    prompts = [event for event in outcome.events if isinstance(event, DisclosurePlayed)]
    heard = [_heard_share(outcome, event) for event in prompts]
    yield Finding(
        expectation="disclosure and notice were played to their end and heard on the line",
        holds=outcome.call["disclosure"]["status"] == "completed"
        and len(prompts) >= 2
        and all(event.completed for event in prompts)
        and all(share >= _HEARD_SHARE for share in heard),
        found=", ".join(f"{event.prompt} {share:.0%} sound" for event, share in zip(prompts, heard, strict=True))
        or "none was played",
    )
    consent = outcome.call["consent"]["recording"]
    yield Finding(expectation="consent to recording was granted", holds=consent == "granted", found=consent)


def _heard_share(outcome: Outcome, event: DisclosurePlayed) -> float:
    """The part of the prompt's time in which the caller's side received sound."""
    start, end = (max(0, ms_to_samples(at_ms + outcome.shift_ms)) for at_ms in (event.start_ms, event.end_ms))
    sound = sum(span.end - span.start for span in sound_spans(outcome.heard[start:end]))
    return sound / max(1, end - start)


def _floor(outcome: Outcome) -> Iterator[Finding]:
    measured = outcome.measured
    unanswered = [f'"{item.line.text}"' for item in measured.unanswered]
    yield Finding(
        expectation="every line of the caller was answered",
        holds=not unanswered and bool(measured.response_latency_ms),
        found=f"no answer to {', '.join(unanswered)}" if unanswered else f"{list(measured.response_latency_ms)} ms",
    )
    barge_ins, stops = _count(outcome, Role.BARGE_IN), measured.barge_in_stop_ms
    yield Finding(
        expectation=f"the agent stopped within {STOP_LIMIT_MS} ms at each barge-in",
        holds=len(stops) == barge_ins and all(stop_ms < STOP_LIMIT_MS for stop_ms in stops),
        found=f"{barge_ins} barge-ins, stopped after {list(stops)} ms",
    )
    backchannels, cut = _count(outcome, Role.BACKCHANNEL), _stopped_by_backchannels(outcome)
    yield Finding(
        expectation="the agent went on through each backchannel",
        holds=measured.backchannels_survived == backchannels and not cut,
        found=f"{measured.backchannels_survived} of {backchannels}" + (f"; cut short: {cut[0].played}" if cut else ""),
    )


def _count(outcome: Outcome, role: Role) -> int:
    return sum(line.role is role for line in outcome.caller.lines)


def _stopped_by_backchannels(outcome: Outcome) -> list[AgentSaid]:
    """Utterances that lie under a backchannel, and that the platform itself counts as interrupted."""
    interrupted = {event.utterance_id for event in outcome.events if isinstance(event, BargedIn)}
    cut: list[AgentSaid] = []
    for line in outcome.caller.lines:
        at_ms = samples_to_ms(line.start) - outcome.shift_ms
        under = [said for said in outcome.agent_said if said.start_ms <= at_ms < said.end_ms]
        if line.role is Role.BACKCHANNEL:
            cut += [said for said in under if said.utterance_id in interrupted or not said.completed]
    return cut


def _kept(outcome: Outcome) -> Iterator[Finding]:
    empty = [name for name, count in outcome.records.items() if count < 1]
    counted = ", ".join(f"{name} {count}" for name, count in outcome.records.items())
    yield Finding(expectation="the records hold the call", holds=not empty, found=counted)
    yield Finding(
        expectation="the recording is sealed and can be fetched",
        holds=outcome.recording is not None,
        found=str(outcome.recording or f"recording is {outcome.call['recording']['status']}"),
    )
