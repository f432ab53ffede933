"""Digits that nobody but one tool may ever see, typed by the caller: a card number, its security code. Pure.

capturing --#, length or pause--> checked --right--> ended(complete)
checked --wrong--> capturing (from nothing) --too often--> ended(attempts)
capturing --*--> ended(cancelled) ; --120 s--> ended(timeout) ; call over --> ended(call_over)

Whatever ends it, what was typed and is not a complete value is forgotten at once. While it runs nothing else of the
call may be kept or listened to: whoever holds the machine asks `running` (PCI DSS 4.0.1, 3.3.1).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from voiceagent.conversation.card_number import is_card
from voiceagent.core.errors import ConfigError

LONGEST_MS: Final = 120_000  # then recording and hearing go on by themselves
PAUSE_MS: Final = 4_000  # longer than for other numbers: people turn the card round
_DONE: Final = "#"
_CANCEL: Final = "*"


class CaptureEnd(StrEnum):
    """Why a capture ended."""

    COMPLETE = "complete"
    CANCELLED = "cancelled"
    ATTEMPTS = "attempts"
    TIMEOUT = "timeout"
    CALL_OVER = "call_over"


class Secret:
    """A value that shows itself only to who asks for it by name: not in a text, a log line, a comparison, a pickle."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value. For the one tool that it is meant for."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(...)"

    def __reduce__(self) -> str:
        raise TypeError("a secret is not written down: hand it over with `reveal` to the tool that it is meant for")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureTerms:
    """What is typed. card: the Luhn sum has to be right. attempts: how often a wrong value may be typed in all."""

    min_length: int
    max_length: int
    card: bool = False
    attempts: int = 3

    def __post_init__(self) -> None:
        if not 1 <= self.min_length <= self.max_length or self.attempts < 1:
            raise ConfigError(
                f"a capture of {self.min_length} to {self.max_length} digits in {self.attempts} attempts can never "
                "end well: write lengths of at least 1, the smaller one first, and at least one attempt"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAgain:
    """What was typed is wrong and forgotten; the capture goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """It is over. value: only with COMPLETE."""

    end: CaptureEnd
    value: Secret | None = None


class SecureCapture:
    """One capture."""

    def __init__(self, terms: CaptureTerms, now_ms: int) -> None:
        self._terms = terms
        self._digits = ""
        self._wrong = 0
        self._last_ms = now_ms
        self._until_ms = now_ms + LONGEST_MS
        self._running = True

    @property
    def running(self) -> bool:
        """Whether nothing may be recorded, heard or noted."""
        return self._running

    def untouched_for_ms(self, now_ms: int) -> int:
        """How long nobody has typed; 0 while half a value stands."""
        return 0 if self._digits else now_ms - self._last_ms

    def press(self, key: str, now_ms: int) -> AskAgain | Captured | None:
        """A key. Keys that mean nothing here are dropped."""
        if (due := self.tick(now_ms)) is not None or not self._running:
            return due  # the key came too late to belong to what was typed
        if key == _CANCEL:
            return self._end(CaptureEnd.CANCELLED)
        if key == _DONE:
            return self._judge() if self._digits else None
        if len(key) != 1 or key not in "0123456789":
            return None
        self._digits += key
        self._last_ms = now_ms
        return self._judge() if len(self._digits) == self._terms.max_length else None

    def tick(self, now_ms: int) -> AskAgain | Captured | None:
        """What time alone brings."""
        if not self._running:
            return None
        if now_ms >= self._until_ms:
            return self._end(CaptureEnd.TIMEOUT)
        enough = len(self._digits) >= self._terms.min_length
        return self._judge() if enough and now_ms - self._last_ms >= PAUSE_MS else None

    def call_over(self) -> Captured | None:
        """Nobody is there any more; None when it had ended before."""
        return self._end(CaptureEnd.CALL_OVER) if self._running else None

    def _judge(self) -> AskAgain | Captured:
        digits, self._digits = self._digits, ""
        if len(digits) >= self._terms.min_length and (not self._terms.card or is_card(digits)):
            self._running = False
            return Captured(end=CaptureEnd.COMPLETE, value=Secret(digits))
        self._wrong += 1
        return self._end(CaptureEnd.ATTEMPTS) if self._wrong >= self._terms.attempts else AskAgain()

    def _end(self, end: CaptureEnd) -> Captured:
        self._digits, self._running = "", False
        return Captured(end=end)
