"""The secure captures of one call: which keys and which sound are nobody's but one tool's. Pure.

A capture stands from the decision to ask on, so that who types into the question is covered, and it has a tail: the
tone of the last key, and the figures of somebody who has not noticed that it is over, belong to it too.
"""

from typing import Final

from voiceagent.conversation.profile import AgentProfile, Capture
from voiceagent.conversation.secure_capture import AskAgain, Captured, CaptureEnd, CaptureTerms, Secret, SecureCapture
from voiceagent.session.commands import Command, Note
from voiceagent.telephony.capture_events import TAIL_MS, CaptureEnded, CaptureStarted

_STANDS: Final = -1
_REMINDERS: Final = 2  # who does not type by then cannot, or has gone


class Capturing:
    """One call's captures, one after the other."""

    def __init__(self, profile: AgentProfile) -> None:
        self._profile = profile
        self._capture: SecureCapture | None = None
        self._slot = ""
        self._windows: list[tuple[int, int]] = []  # of silence on the media clock; `_STANDS` ends the one that stands
        self._keys_until_ms = 0
        self._cancelled = False
        self._reminders = 0
        self._values: dict[str, Secret] = {}

    @property
    def running(self) -> bool:
        """Whether nothing may be recorded, heard or noted."""
        return self._capture is not None and self._capture.running

    def takes(self, now_ms: int) -> bool:
        """Whether a key of now is ours."""
        return self.running or now_ms < self._keys_until_ms

    def hears(self, start_ms: int, end_ms: int) -> bool:
        """Whether a part of this stretch of sound, (start, end], belongs to a capture."""
        return any(end_ms > since and (until == _STANDS or start_ms < until) for since, until in self._windows)

    def begin(self, slot: str, now_ms: int) -> list[Command]:
        """Capture this slot from now on."""
        spec = self._profile.slots[slot]
        terms = CaptureTerms(min_length=spec.min_length, max_length=spec.max_length, card=spec.capture is Capture.CARD)
        self._capture, self._slot, self._cancelled, self._reminders = SecureCapture(terms, now_ms), slot, False, 0
        self._windows.append((now_ms, _STANDS))
        return [Note(event=CaptureStarted(slot=slot, at_ms=now_ms))]

    def press(self, key: str, now_ms: int) -> AskAgain | Captured | None:
        """A key that is ours (`takes`). In the tail it comes to nothing, and the tail goes on behind a figure."""
        if not self.running or self._capture is None:
            self._linger(now_ms)
            return None
        return self._taken(self._capture.press(key, now_ms), now_ms)

    def tick(self, now_ms: int) -> AskAgain | Captured | None:
        """What time alone brings."""
        return self._taken(self._capture.tick(now_ms), now_ms) if self._capture is not None else None

    @property
    def cancelled(self) -> bool:
        """The caller ended it by the key that also begins the keys of a withdrawal."""
        return self._cancelled

    @property
    def question(self) -> str:
        """What is asked after a wrong value."""
        spec = self._profile.slots[self._slot]
        return spec.ask_again or spec.ask

    def reminder(self, now_ms: int, quiet_since_ms: int) -> str:
        """The question once more, for who says the figures or waits instead of typing them; "" when it is not time.

        quiet_since_ms: when we spoke last.
        """
        patience_ms = self._profile.waits.reprompt_after_s * 1000
        idle_ms = self._capture.untouched_for_ms(now_ms) if self._capture is not None and self.running else 0
        if min(idle_ms, now_ms - quiet_since_ms) < patience_ms or self._reminders >= _REMINDERS:
            return ""
        self._reminders += 1
        return self._profile.slots[self._slot].ask

    def ended(self, over: Captured, now_ms: int) -> list[Command]:
        """The record of an end."""
        return [Note(event=CaptureEnded(slot=self._slot, reason=over.end.value, at_ms=now_ms))]

    def take_values(self) -> dict[str, Secret]:
        """What was captured for the work that begins now, by slot; forgotten here."""
        values, self._values = self._values, {}
        return values

    def call_over(self, now_ms: int) -> list[Command]:
        """Nobody is there any more. What is still to be written of the sound stays silent."""
        self._values = {}
        over = self._capture.call_over() if self._capture is not None else None
        return self.ended(over, now_ms) if over is not None else []

    def _taken(self, outcome: AskAgain | Captured | None, now_ms: int) -> AskAgain | Captured | None:
        if isinstance(outcome, Captured):
            self._cancelled = outcome.end is CaptureEnd.CANCELLED
            self._linger(now_ms)
            if outcome.value is None:
                self._values = {}  # half of what a tool needs is of no use
            else:
                self._values[self._slot] = outcome.value
        return outcome

    def _linger(self, now_ms: int) -> None:
        since, _ = self._windows[-1]
        self._windows[-1] = (since, now_ms + TAIL_MS)
        self._keys_until_ms = now_ms + TAIL_MS
