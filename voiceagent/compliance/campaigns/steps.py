"""What follows the end of a campaign's call, and an answer of the gate. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from voiceagent.compliance.rules.call_times import CallTimes
from voiceagent.core.termination import Reason
from voiceagent.records.campaign_values import CampaignTerms, ContactState

# The gate's codes that say no to anybody on the list, and those that say no to this one at this hour
OF_ALL: Final = frozenset({"list_stale", "pack_expired"})
OF_THE_HOUR: Final = frozenset({"outside_hours", "too_many_attempts"})
_OURS: Final = frozenset(
    {
        Reason.UNREACHABLE,
        Reason.UNKNOWN_TRUNK,
        Reason.BAD_CREDENTIALS,
        Reason.NO_CAPACITY,
        Reason.MEDIA_LOST,
        Reason.WORKER_LOST,
        Reason.GATEWAY_LOST,
        Reason.SHUTDOWN,
        Reason.UNSUPPORTED_CODEC,
        Reason.INTERNAL,
    }
)
# Not allowed without a refusal of the gate: it was too late, or somebody else calls them
_AGAIN: Final = _OURS | {Reason.BUSY, Reason.NO_ANSWER, Reason.NOT_ALLOWED}
NOT_DIALLED: Final = "not_dialled"  # no gateway took it: it was away, or too busy
_NOT_RUNG: Final = frozenset(
    {NOT_DIALLED, Reason.NO_CAPACITY.value, Reason.NOT_ALLOWED.value, Reason.UNKNOWN_TRUNK.value}
)
LOST: Final = "lost"  # it was dialled, and nothing is known of its end
_FAILING: Final = frozenset({*(reason.value for reason in _OURS), NOT_DIALLED, LOST})
_DIALLED_WITHIN: Final = timedelta(seconds=90)  # a permit is refused after sixty
_LONGEST_CALL: Final = timedelta(days=1)
LOOK_BACK: Final = 20  # calls
_SEEN_ENOUGH: Final = 10
_SLOT: Final = timedelta(minutes=15)
_LOOK_AHEAD: Final = timedelta(days=8)  # over a weekend and a holiday


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The contact's new state; `not_before` of one that waits again. Where nobody's phone rang, it was no try."""

    state: ContactState
    result: str
    not_before: datetime | None = None
    rang: bool = True


def settle(facts: Mapping[str, Any], tries: int, terms: CampaignTerms, now: datetime) -> Settled | None:
    """What became of a contact's call; None while it goes on.

    facts: asked_at, claimed_at and refused of the outbound call, ended_at and reason of the call; None for what is not
    known.
    """
    if facts["refused"]:
        return after_refusal(facts["refused"], terms, now)
    if facts["ended_at"] is not None:
        return _after(facts["reason"], tries, terms, now)
    asked_at, claimed_at = facts["asked_at"], facts["claimed_at"]
    if claimed_at is None and (asked_at is None or now - asked_at > _DIALLED_WITHIN):
        return _after(NOT_DIALLED, tries, terms, now)
    if claimed_at is not None and now - claimed_at > _LONGEST_CALL:
        return _after(LOST, tries, terms, now)
    return None


def after_refusal(code: str, terms: CampaignTerms, now: datetime, *, has_a_clock: bool = True) -> Settled:
    """The gate said no: for good, or until later. Where nobody knows what time it is, no hour will be the right one."""
    later = OF_ALL | (OF_THE_HOUR if has_a_clock else frozenset())
    if code in later:
        return Settled(state=ContactState.WAITING, result=code, not_before=now + terms.retry_after, rang=False)
    return Settled(state=ContactState.REFUSED, result=code, rang=False)


def _after(result: str, tries: int, terms: CampaignTerms, now: datetime) -> Settled:
    if result not in _AGAIN and result not in (NOT_DIALLED, LOST):
        return Settled(state=ContactState.DONE, result=result)
    again, rang = now + terms.retry_after, result not in _NOT_RUNG
    if (rang and tries >= terms.attempts) or again >= terms.ends_at:
        return Settled(state=ContactState.GIVEN_UP, result=result, rang=rang)
    return Settled(state=ContactState.WAITING, result=result, not_before=again, rang=rang)


def is_failing(last_results: Sequence[str]) -> bool:
    """Whether most of the last calls ended for reasons that are not the callees': the next would too."""
    seen = last_results[:LOOK_BACK]
    return len(seen) >= _SEEN_ENOUGH and sum(result in _FAILING for result in seen) * 2 > len(seen)


def next_open(times: CallTimes, zones: Sequence[str], now: datetime) -> datetime | None:
    """The next full quarter of an hour at which they may be called in every zone; None when there is none in sight."""
    clocks = [ZoneInfo(zone) for zone in zones]
    if not clocks:
        return None
    slot = now - timedelta(minutes=now.minute % 15, seconds=now.second, microseconds=now.microsecond)
    while (slot := slot + _SLOT) <= now + _LOOK_AHEAD:
        if all(times.allow(slot.astimezone(clock)) for clock in clocks):
            return slot
    return None
