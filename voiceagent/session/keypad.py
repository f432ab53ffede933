"""Digits typed during the talk become words, as if they had been said."""

from voiceagent.conversation.hearing import Recognised

_NAMES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_WORDS = dict(zip("0123456789", _NAMES, strict=True))
PAUSE_MS = 1500  # people look for the next key; RFC 4733 gives no end of number
_MAX_KEYS = 32  # the largest `max_length` of a slot: what is longer is no value of any
_END = "#"


class Keypad:
    """Collects keys until `#` or a pause; pure. A run keeps its first 32 keys; it goes on for as long as keys come."""

    def __init__(self) -> None:
        self._keys = ""
        self._first_ms = self._last_ms = 0

    def press(self, key: str, now_ms: int) -> None:
        if not self._keys:
            self._first_ms = now_ms
        if len(self._keys) < _MAX_KEYS or (key == _END and not self._keys.endswith(_END)):
            self._keys += key
        self._last_ms = now_ms

    def forget(self) -> None:
        """What was pressed is no number."""
        self._keys = ""

    def take(self, now_ms: int) -> Recognised | None:
        """The number as words once it is complete, else None."""
        done = self._keys.endswith(_END) or (self._keys and now_ms - self._last_ms >= PAUSE_MS)
        if not done:
            return None
        text = " ".join(_WORDS[key] for key in self._keys if key in _WORDS)
        self._keys = ""
        return Recognised(
            text=text, final=True, understood=bool(text), confidence=1.0, start_ms=self._first_ms, end_ms=now_ms
        )
