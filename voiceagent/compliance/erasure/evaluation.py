"""What becomes of each class of a call whose subject asked for erasure: goes, is restricted, or is kept as evidence.

The conflicts are settled by `retention.decision`: hold, then a legal minimum, then the person's wish. Pure.
"""

import calendar
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from voiceagent.compliance.retention.decision import Outcome, Verdict, decide
from voiceagent.compliance.retention.rules import Rules
from voiceagent.core.content_class import ContentClass
from voiceagent.records.erasure_values import ErasureItem, Fate, FateCount
from voiceagent.records.retention_values import CallFacts

CALLS_COME_IN_FOR: Final = timedelta(days=30)  # a spool of a machine that comes back brings calls of before

UNAPPROVED_LIVES: Final = timedelta(days=90)  # what a request names is personal data, too

METHODS: Final = {
    ContentClass.AUDIO: "shred_and_delete",
    ContentClass.TRANSCRIPT: "delete",
    ContentClass.TOOL: "delete",
    ContentClass.METADATA: "pseudonymise",
    ContentClass.CONSENT: "delete",
}
SHRED_ONLY: Final = "shred"  # of sound whose file an object lock keeps


def verdict_of(facts: CallFacts, content_class: ContentClass, rules: Rules, now: datetime) -> Verdict:
    """As its subject asked for it."""
    return decide(facts, content_class, rules, now, erasure=True)


def item_of(facts: CallFacts, content_class: ContentClass, rules: Rules, now: datetime) -> ErasureItem:
    """Evidence of consent that must stay is kept to be read (Art. 17(3)(e) GDPR); all else that must stay is not."""
    verdict = verdict_of(facts, content_class, rules, now)
    must_stay = Fate.KEPT if content_class is ContentClass.CONSENT else Fate.RESTRICTED
    return ErasureItem(
        call_id=facts.call_id,
        content_class=content_class,
        fate=Fate.DUE if verdict.outcome is Outcome.DELETE else must_stay,
        reason=verdict.reason.value,
        source=verdict.source,
        until=None if verdict.outcome is Outcome.DELETE else verdict.until,
    )


def preview(calls: Iterable[CallFacts], rules: Rules, now: datetime) -> list[FateCount]:
    """What a request would do now, by class and reason."""
    counted: dict[tuple[ContentClass, Fate, str, str], tuple[int, datetime | None]] = {}
    for facts in calls:
        for letter in ContentClass:
            one = item_of(facts, letter, rules, now)
            place = (letter, one.fate, one.reason, one.source)
            items, until = counted.get(place, (0, None))
            counted[place] = (items + 1, max((at for at in (until, one.until) if at), default=None))
    return [
        FateCount(content_class=letter, fate=fate, reason=reason, source=source, until=until, items=items)
        for (letter, fate, reason, source), (items, until) in sorted(counted.items())
    ]


def due_at(received_at: datetime) -> datetime:
    """A month after the request was received (Art. 12(3) GDPR): the same day, or the last one of a shorter month."""
    year, month = divmod(received_at.year * 12 + received_at.month, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return received_at.replace(year=year, month=month + 1, day=min(received_at.day, last))
