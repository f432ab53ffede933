"""What follows the end of a campaign's call, and an answer of the gate. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from voiceagent.compliance.rules.call_times import CallTimes
from voiceagent.core.termination import Reason
from voiceagent.records.campaign_values import CampaignTerms, ContactState
from voiceagent.records.outbound_values import CallSoFar

# The gate's codes that say no to anybody on the list, and those that say no to this one at this hour
OF_ALL: Final = frozenset({"list_stale", "pack_expired"})
OF_THE_HOUR: Final = frozenset({"outside_hours", "too_many_attempts"})
_OURS: Final = frozenset(
    {
        Reason.UNREACHABLE,
        Reason.UNKNOWN_TRUNK,
        Reason.UNKNOWN_AGENT,
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
LOST: Final = "lost"  # it was dialled, and nothing is known of its end
_SAID_NO: Final = frozenset({Reason.DECLINED, Reason.OPTED_OUT})
# These say nothing of the callee when no phone rang. All else may: of one that the network refuses, or our fault finds
_NO_TRY: Final = frozenset(
    {
        Reason.NOT_ALLOWED,
        Reason.NO_CAPACITY,
        Reason.WORKER_LOST,
        Reason.SHUTDOWN,
        Reason.UNKNOWN_TRUNK,
        Reason.UNKNOWN_AGENT,
        NOT_DIALLED,
    }
)
_FAILING: Final = frozenset({*(reason.value for reason in _OURS), NOT_DIALLED, LOST})
_DIALLED_WITHIN: Final = timedelta(seconds=90)  # a permit is refused after sixty
_LONGEST_CALL: Final = timedelta(days=1)
_SOON: Final = timedelta(minutes=5)  # after a call that was no try
LOOK_BACK: Final = 20  # calls
_SEEN_ENOUGH: Final = 10
_SLOT: Final = timedelta(minutes=15)
_LOOK_AHEAD: Final = timedelta(days=8)  # over a weekend and a holiday


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The contact's new state; `not_before` of one that waits again."""

    state: ContactState
    result: str
    not_before: datetime | None = None
    was_a_try: bool = True


def settle(call: CallSoFar, tries: int, terms: CampaignTerms, now: datetime) -> Settled | None:
    """What became of a contact's call; None while it goes on."""
    if call.refused:
        return after_refusal(call.refused, terms, now)
    result = result_of(call, now)
    return None if result is None else _after(call, result, tries, terms, now)


def result_of(call: CallSoFar, now: datetime) -> str | None:
    """How it ended, or why it never began; None while it goes on."""
    if call.refused:
        return call.refused
    if call.ended_at is not None:
        return call.reason
    if call.claimed_at is None:
        waited_for = call.asked_at is not None and now - call.asked_at <= _DIALLED_WITHIN
        return None if waited_for else NOT_DIALLED
    return LOST if now - call.claimed_at > _LONGEST_CALL else None


def after_refusal(code: str, terms: CampaignTerms, now: datetime, *, has_a_clock: bool = True) -> Settled:
    """The gate said no: for good, or until later. Where nobody knows what time it is, no hour will be the right one."""
    later = OF_ALL | (OF_THE_HOUR if has_a_clock else frozenset())
    if code in later:
        return Settled(state=ContactState.WAITING, result=code, not_before=now + terms.retry_after, was_a_try=False)
    return Settled(state=ContactState.REFUSED, result=code, was_a_try=False)


def _after(call: CallSoFar, result: str, tries: int, terms: CampaignTerms, now: datetime) -> Settled:
    """Who answered is not called again, whatever ended the call."""
    if call.answered_at is not None or result in _SAID_NO:
        return Settled(state=ContactState.DONE, result=result)
    if result not in _AGAIN and result not in (NOT_DIALLED, LOST):  # such as a number that nobody has
        return Settled(state=ContactState.GIVEN_UP, result=result)
    if not call.rang and result in _NO_TRY:
        soon = now + min(_SOON, terms.retry_after)
        return Settled(state=ContactState.WAITING, result=result, not_before=soon, was_a_try=False)
    again = now + terms.retry_after
    if tries >= terms.attempts or again >= terms.ends_at:
        return Settled(state=ContactState.GIVEN_UP, result=result)
    return Settled(state=ContactState.WAITING, result=result, not_before=again)


def is_failing(last: Sequence[CallSoFar], now: datetime) -> bool:
    """Whether most of the last calls, newest first, ended for reasons that are not the callees': the next would too."""
    seen = [result for call in last if (result := result_of(call, now)) is not None][:LOOK_BACK]
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
