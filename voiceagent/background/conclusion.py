"""What to tell the talk after a tool has ended: words, and which of its values they claim. Pure."""

from collections.abc import Iterator, Mapping

import msgspec
import structlog

from voiceagent.background.rendering import MissingField, fields, render, spoken
from voiceagent.background.tools import ToolOutcome, ToolStatus
from voiceagent.conversation.claims import Claim
from voiceagent.conversation.delegation import Commentary, DelegationPackage, DelegationUpdate, WorkDone
from voiceagent.conversation.profile import Intent

_log = structlog.get_logger(__name__)


def conclude(intent: Intent, package: DelegationPackage, outcome: ToolOutcome) -> tuple[DelegationUpdate, ...]:
    """Commentary when there is something to say, then WorkDone."""
    if outcome.status is not ToolStatus.OK:
        return (WorkDone(outcome="unreachable" if outcome.unavailable else "failed", detail=outcome.error),)
    values = {**package.slots, **{name: value for name, value in outcome.result.items() if value is not None}}
    if outcome.result.get("found", True):
        text = _rendered(intent.say, values, intent, package)
        if text:
            claims = tuple(_claims(intent, package, outcome))
            return (Commentary(text=text, claims=claims), WorkDone(outcome="ok"))
    text = _rendered(intent.not_found, values, intent, package)
    if text:
        return (Commentary(text=text), WorkDone(outcome="not_found"))
    return (WorkDone(outcome="not_found", detail="no template fits the result"),)


def _rendered(template: str, values: Mapping[str, object], intent: Intent, package: DelegationPackage) -> str:
    try:
        return render(template, values)
    except MissingField as missing:
        _log.warning(
            "template asks for a field that the result does not have",
            field=missing.field,
            intent=intent.name,
            call_id=package.call_id,
            delegation_id=package.delegation_id,
        )
        return ""


def _claims(intent: Intent, package: DelegationPackage, outcome: ToolOutcome) -> Iterator[Claim]:
    """The values of the result that the sentence tells. What the caller said themselves names the subject."""
    subject = f"{intent.tool} {msgspec.json.encode(outcome.arguments, order='sorted').decode()}"
    for field in dict.fromkeys(fields(intent.say)):
        if field in outcome.result and field not in package.slots:
            try:
                yield Claim(subject=subject, field=field, value=spoken(field, outcome.result))
            except MissingField:
                continue  # the sentence left it out too
