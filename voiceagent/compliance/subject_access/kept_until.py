"""How long what a person was given is kept: by class, when the first and the last of it goes. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from voiceagent.compliance.retention.decision import decide
from voiceagent.compliance.retention.pseudonym import BEGINNING
from voiceagent.compliance.retention.rules import Rules
from voiceagent.core.content_class import ContentClass
from voiceagent.records.dossier import CallDossier
from voiceagent.records.retention_values import CallFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """Of the calls that have content of one class. `open_end`: calls of which a rule of law names no day yet."""

    calls: int
    first: datetime | None
    last: datetime | None
    open_end: int = 0


def classes_in(dossier: CallDossier) -> frozenset[ContentClass]:
    """Of what there is something in the call."""
    record = dossier.record
    person = record.callee if record.direction == "outbound" else record.caller
    found = {
        ContentClass.AUDIO: any(one.state == "sealed" for one in dossier.recordings),
        ContentClass.TRANSCRIPT: bool(dossier.segments),
        ContentClass.TOOL: any(not one.withheld for one in dossier.tool_calls),
        ContentClass.METADATA: bool(person) and not person.startswith(BEGINNING),
        ContentClass.CONSENT: bool(dossier.consents),
    }
    return frozenset(letter for letter, there in found.items() if there)


def terms_of(
    calls: Iterable[CallFacts], has: Mapping[str, frozenset[ContentClass]], rules: Rules, now: datetime
) -> Mapping[ContentClass, Term]:
    """`has`: by call, of what there is something."""
    found: dict[ContentClass, list[datetime | None]] = {}
    for facts in calls:
        for letter in has.get(facts.call_id, ()):
            found.setdefault(letter, []).append(decide(facts, letter, rules, now).until)
    return {letter: _term(found[letter]) for letter in ContentClass if letter in found}


def _term(ends: list[datetime | None]) -> Term:
    known = [end for end in ends if end is not None]
    return Term(
        calls=len(ends),
        first=min(known, default=None),
        last=max(known, default=None),
        open_end=len(ends) - len(known),
    )
