"""The data channel beside the voice: keypad digits and hang-up from the page, captions and the end to the page."""

import json
from collections import deque
from collections.abc import Callable
from typing import Any

from aiortc import RTCDataChannel

from voiceagent.core.clock import Clock

_DIGITS = frozenset("0123456789*#ABCD")
_MAX_MESSAGE_CHARS = 1_000
_MAX_BUFFERED_BYTES = 64_000
# A network that loses packets delivers several key presses at once, but no finger presses so many in that time; and
# each digit is an event in the records of the call.
_DIGITS_AT_ONCE, _AT_ONCE_S = 16, 1.0


class SideChannel:
    """Speaks JSON objects. What a page sends is untrusted: anything unknown or too fast is counted and dropped."""

    def __init__(self, *, on_digit: Callable[[str], None], on_hang_up: Callable[[], None], clock: Clock) -> None:
        self._on_digit = on_digit
        self._on_hang_up = on_hang_up
        self._clock = clock
        self._digits_at_s: deque[float] = deque(maxlen=_DIGITS_AT_ONCE)  # when the last digits were passed on
        self._channel: RTCDataChannel | None = None
        self.ignored = 0
        self.dropped = 0

    def attach(self, channel: RTCDataChannel) -> None:
        """Use `channel`; a page has one, later ones are ignored."""
        if self._channel is not None:
            self.ignored += 1
            return
        self._channel = channel
        channel.on("message", self.receive)

    def receive(self, message: Any) -> None:
        """A message of the page: `{"digit": "1"}` or `{"type": "hangup"}`."""
        parsed = _object(message)
        digit = parsed.get("digit")
        if isinstance(digit, str) and digit in _DIGITS and self._is_in_time():
            self._on_digit(digit)
        elif parsed.get("type") == "hangup":
            self._on_hang_up()
        else:
            self.ignored += 1

    def send(self, message: dict[str, Any]) -> None:
        """Tell the page; dropped and counted when it has no open channel or does not keep up."""
        channel = self._channel
        if channel is None or channel.readyState != "open" or channel.bufferedAmount > _MAX_BUFFERED_BYTES:
            self.dropped += 1
            return
        channel.send(json.dumps(message, ensure_ascii=False))

    def _is_in_time(self) -> bool:
        """Whether a digit may be passed on now; the times of those that are are kept."""
        now_s, passed = self._clock.monotonic(), self._digits_at_s
        if len(passed) == passed.maxlen and now_s - passed[0] < _AT_ONCE_S:
            return False
        passed.append(now_s)
        return True

    @property
    def is_flushed(self) -> bool:
        """Whether everything sent has left the buffer."""
        return self._channel is None or self._channel.readyState != "open" or self._channel.bufferedAmount == 0


def _object(message: Any) -> dict[str, Any]:
    if not isinstance(message, str) or len(message) > _MAX_MESSAGE_CHARS:
        return {}
    try:
        parsed = json.loads(message)
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}
