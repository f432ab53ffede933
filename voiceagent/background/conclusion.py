"""What to tell the talk after a tool has ended: words, and which of its values they claim. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from enum import StrEnum

import msgspec
import structlog

from voiceagent.background.rendering import SPELLED, MissingField, fields, render, spoken
from voiceagent.background.tool_outcome import ToolOutcome, ToolStatus
from voiceagent.conversation.claims import Claim
from voiceagent.conversation.delegation import Commentary, DelegationPackage, DelegationUpdate, WorkDone
from voiceagent.conversation.profile import Changes, Intent

_log = structlog.get_logger(__name__)


def conclude(intent: Intent, package: DelegationPackage, outcome: ToolOutcome) -> tuple[DelegationUpdate, ...]:
    """What a look-up found: commentary when there is something to say, then WorkDone."""
    if outcome.status is ToolStatus.STOPPED:
        return (WorkDone(outcome="stopped"),)
    if outcome.status is not ToolStatus.OK:
        return (WorkDone(outcome="unreachable" if outcome.unavailable else "failed", detail=outcome.error),)
    told = _told(intent, package, outcome)
    if told is not None:
        return (told, WorkDone(outcome="ok"))
    if intent.say and outcome.result.get("found", True):
        return (WorkDone(outcome="failed", detail="its sentence asks for a field that the result does not have"),)
    text = _rendered(intent.not_found, package.slots, intent, package)
    if text:
        return (Commentary(text=text), WorkDone(outcome="not_found"))
    return (WorkDone(outcome="not_found", detail="no template fits the result"),)


class ChangeEnd(StrEnum):
    """How a change ended when it was not simply done; `Changes` has words for each."""

    FAILED = "failed"  # nothing has happened, and nothing will
    PENDING = "pending"  # it is tried until it is done
    UNKNOWN = "unknown"  # it may have happened: a person has to look


def conclude_change(
    texts: Changes, intent: Intent, package: DelegationPackage, outcome: ToolOutcome
) -> tuple[DelegationUpdate, ...]:
    """What became of a change that the caller confirmed: never more and never less than is known."""
    if outcome.status is not ToolStatus.OK:
        return told_end(texts, _end_of(outcome), outcome.error)
    if not outcome.result.get("found", True):
        text = _rendered(intent.not_found, package.slots, intent, package) or texts.failed
        return (Commentary(text=text), WorkDone(outcome="not_found"))
    confirmed = {name: value for name, value in outcome.arguments.items() if value is not None}  # whatever comes back
    told = _told(intent, package, replace(outcome, result={**outcome.result, **confirmed}))
    return (told or Commentary(text=texts.done), WorkDone(outcome="ok"))


def told_end(texts: Changes, end: ChangeEnd, detail: str = "") -> tuple[DelegationUpdate, ...]:
    """Say that it was not done, may be, or will be."""
    text = {ChangeEnd.FAILED: texts.failed, ChangeEnd.PENDING: texts.pending, ChangeEnd.UNKNOWN: texts.unknown}[end]
    return (Commentary(text=text), WorkDone(outcome=end.value, detail=detail))


def _end_of(outcome: ToolOutcome) -> ChangeEnd:
    if not outcome.uncertain:
        return ChangeEnd.FAILED
    return ChangeEnd.PENDING if outcome.unavailable else ChangeEnd.UNKNOWN


def _told(intent: Intent, package: DelegationPackage, outcome: ToolOutcome) -> Commentary | None:
    """The sentence of a result that was found and has every field; None without."""
    if not outcome.result.get("found", True):
        return None
    values = {**package.slots, **{name: value for name, value in outcome.result.items() if value is not None}}
    text = _rendered(intent.say, values, intent, package)
    return Commentary(text=text, claims=tuple(_claims(intent, package, outcome))) if text else None


def _rendered(template: str, values: Mapping[str, object], intent: Intent, package: DelegationPackage) -> str:
    try:
        return render(template, values)
    except MissingField as missing:
        _log.error(
            "template asks for a field that the result does not have",
            field=missing.field,
            template=template,
            intent=intent.name,
            call_id=package.call_id,
            delegation_id=package.delegation_id,
        )
        return ""


def _claims(intent: Intent, package: DelegationPackage, outcome: ToolOutcome) -> Iterator[Claim]:
    """The values of the result that the sentence tells. What the caller said themselves names the subject."""
    subject = f"{intent.tool} {msgspec.json.encode(outcome.arguments, order='sorted').decode()}"
    given = package.slots.keys() | {name for name, value in outcome.arguments.items() if value is not None}
    for field in dict.fromkeys(fields(intent.say)):
        if field in given or field.removesuffix(SPELLED) in given:
            continue
        try:
            yield Claim(subject=subject, field=field, value=spoken(field, outcome.result))
        except MissingField:
            continue  # the sentence left it out too
