"""The sound of a spoken yes, kept as evidence of it (EDPB Guidelines 05/2020, 104-108).

Nothing may be kept of who has not agreed, and whether they do is known only when they have said so. So the last seconds
are held in memory until the question is settled; a yes leaves its own answer, to be written down once the greeting has
been heard and nobody took it back, and everything else is forgotten.
"""

from collections import deque
from collections.abc import Callable
from typing import Final

from voiceagent.audio.frame import FRAME_MS, to_bytes
from voiceagent.session.media import MediaFrame
from voiceagent.session.ports import Recorder
from voiceagent.telephony.events import ConsentAnswerKept, RecordingSealed

LONGEST_MS: Final = 15_000
_AROUND_MS: Final = 200  # the first sound of a word comes before it is taken for one
_PURPOSE: Final = "recording"

MakeClip = Callable[[int], tuple[str, Recorder]]


class AnswerSound:
    """One call's answer."""

    def __init__(self, make_clip: MakeClip | None) -> None:
        self._make_clip = make_clip
        self._recent: deque[MediaFrame] | None = deque(maxlen=LONGEST_MS // FRAME_MS) if make_clip else None
        self._held: tuple[MediaFrame, ...] = ()
        self._clip: tuple[str, Recorder] | None = None  # that is being written

    def hear(self, frame: MediaFrame) -> None:
        """A frame of the call, while the question is open."""
        if self._recent is not None:
            self._recent.append(frame)

    def hold(self, start_ms: int, end_ms: int) -> None:
        """The answer lies there; what else was heard is forgotten, and nothing more is held."""
        first, last = start_ms - _AROUND_MS, end_ms + _AROUND_MS
        recent, self._recent = self._recent or (), None
        self._held = tuple(frame for frame in recent if frame.end_ms > first and frame.end_ms - FRAME_MS < last)

    def forget(self) -> None:
        """Nothing of it is kept."""
        self._recent, self._held = None, ()

    async def keep(self) -> ConsentAnswerKept | None:
        """Write down what is held; None when nothing is. Raises OSError."""
        if self._held and self._make_clip is not None:
            self._clip = self._make_clip(self._held[0].end_ms - FRAME_MS)
            for frame in self._held:
                self._clip[1].write(frame.caller, to_bytes(frame.played.pcm))
            self._held = ()
        if self._clip is None:
            return None
        sealed = await self._clip[1].seal()  # cut off, it is waited for when this is asked again
        (clip_id, _), self._clip = self._clip, None
        return _as_answer(clip_id, sealed) if isinstance(sealed, RecordingSealed) else None


def _as_answer(clip_id: str, sealed: RecordingSealed) -> ConsentAnswerKept:
    return ConsentAnswerKept(
        clip_id=clip_id,
        purpose=_PURPOSE,
        path=sealed.path,
        sha256=sealed.sha256,
        size_bytes=sealed.size_bytes,
        start_ms=sealed.start_ms,
        duration_ms=sealed.duration_ms,
    )
