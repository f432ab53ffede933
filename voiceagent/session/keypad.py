"""Digits typed during the talk become words, as if they had been said."""

from voiceagent.conversation.hearing import Recognised

_NAMES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_WORDS = dict(zip("0123456789", _NAMES, strict=True))
_PAUSE_MS = 1500  # people look for the next key; RFC 4733 gives no end of number


class Keypad:
    """Collects keys until `#` or a pause; pure."""

    def __init__(self) -> None:
        self._keys = ""
        self._first_ms = self._last_ms = 0

    def press(self, key: str, now_ms: int) -> None:
        if not self._keys:
            self._first_ms = now_ms
        self._keys += key
        self._last_ms = now_ms

    def take(self, now_ms: int) -> Recognised | None:
        """The number as words once it is complete, else None."""
        done = self._keys.endswith("#") or (self._keys and now_ms - self._last_ms >= _PAUSE_MS)
        if not done:
            return None
        text = " ".join(_WORDS[key] for key in self._keys if key in _WORDS)
        self._keys = ""
        return Recognised(
            text=text, final=True, understood=bool(text), confidence=1.0, start_ms=self._first_ms, end_ms=now_ms
        )
