"""The caller's end of the media path: runs the script on the media thread's frames and keeps both directions."""

from collections.abc import Callable
from threading import Lock
from typing import Final

from voiceagent.audio.frame import FRAME_BYTES, FRAME_MS, SILENCE, Pcm, from_bytes
from voiceagent.testing.caller.runner import CallerTurn, ScriptRunner

_MAX_FRAMES: Final = 10 * 60 * 1000 // FRAME_MS  # ten minutes: a caller that is forgotten must not fill the memory


class CallerMedia:
    """A MediaExchange. One clock for both directions: a tick of the bridge pulls first and pushes then.

    So what the script answers to a frame leaves in the next tick, and is kept beside what is heard in that one.
    `act` is told of every turn that does more than sound; it is called on the media thread and must not block.
    """

    def __init__(self, runner: ScriptRunner, act: Callable[[CallerTurn], None]) -> None:
        self._runner = runner
        self._act = act
        self._lock = Lock()
        self._next = self._sent = SILENCE
        self._said: list[bytes] = []
        self._heard: list[bytes] = []
        self.bad_frames = 0

    def push(self, frame: bytes) -> None:
        """20 ms heard."""
        if len(frame) != FRAME_BYTES:
            self.bad_frames += 1
            frame = SILENCE
        turn = self._runner.step(frame)
        with self._lock:
            self._next = turn.frame
            if len(self._heard) < _MAX_FRAMES:
                self._heard.append(frame)
                self._said.append(self._sent)
        if turn.said is not None or turn.keys or turn.hang_up:
            self._act(turn)

    def pull(self) -> bytes:
        """20 ms to say."""
        with self._lock:
            self._sent, self._next = self._next, SILENCE
            return self._sent

    def recorded(self) -> tuple[Pcm, Pcm]:
        """(said, heard), each (samples,) and equally long; the first sample is the first frame heard."""
        with self._lock:
            return from_bytes(b"".join(self._said)), from_bytes(b"".join(self._heard))
