"""A net for card numbers that are said without being asked for: which turns may not stay in the recording. Pure.

What must never be stored is known only when it has been said (PCI DSS 3.3.1), so the turn is silenced in the file that
is written already. A number in pieces: the figures of the turns before go with it, and those that follow.
"""

from typing import Final

from voiceagent.compliance.redaction.call import CallRedaction
from voiceagent.compliance.redaction.muting import HEAD_MS, TAIL_MS, MuteSpan
from voiceagent.compliance.redaction.values import Kind
from voiceagent.telephony.events import AgentSaid, CallerSaid, CallEvent

_CARDS: Final = frozenset({Kind.CARD.value, Kind.CVV.value})
_FIGURES: Final = _CARDS | {Kind.EXPIRY.value, Kind.NUMBER.value, Kind.ACCOUNT.value, Kind.CODE.value, Kind.PHONE.value}
_TURNS_BEFORE: Final = 3


class CardNet:
    """Of one call. Give it every event as it happened, in order: also of calls whose words are kept raw."""

    def __init__(self) -> None:
        self._redaction = CallRedaction()
        self._before: list[MuteSpan] = []  # turns with figures, while nobody knows what they are of
        self._card = False

    def caught(self, event: CallEvent) -> tuple[MuteSpan, ...]:
        """The turns to be silenced now; none most of the time."""
        masked = self._redaction.kept(event)
        if not isinstance(masked, CallerSaid | AgentSaid) or not _FIGURES & masked.redactions.keys():
            return ()
        turn = MuteSpan(start_ms=max(0, masked.start_ms - HEAD_MS), end_ms=masked.end_ms + TAIL_MS)
        self._card = self._card or bool(_CARDS & masked.redactions.keys())
        if self._card:
            spans, self._before = (*self._before, turn), []
            return spans
        self._before = [*self._before, turn][-_TURNS_BEFORE:]
        return ()
