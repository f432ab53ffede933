"""A recorder in memory."""

import asyncio

from voiceagent.audio.frame import FRAME_MS
from voiceagent.telephony.events import RecordingDiscarded, RecordingSealed, RecordingSilenced


class MemoryRecorder:
    """Implements `session.ports.Recorder`: both sides as bytes. Removing takes `removal_s` seconds."""

    def __init__(self, recording_id: str = "rec_TEST", start_ms: int = 0, removal_s: float = 0.0) -> None:
        self.recording_id = recording_id
        self.start_ms = start_ms
        self.caller: list[bytes] = []  # frames
        self.agent: list[bytes] = []
        self.sealed = False
        self._removal_s = removal_s

    def write(self, caller: bytes, agent: bytes) -> None:
        self.caller.append(caller)
        self.agent.append(agent)

    def silence(self, start_ms: int, end_ms: int) -> RecordingSilenced | None:
        """Frames that came by then."""
        if end_ms <= self.start_ms or self.sealed:
            return None
        for at in range(len(self.caller)):
            begins_ms = self.start_ms + at * FRAME_MS
            if start_ms < begins_ms + FRAME_MS and begins_ms < end_ms:
                self.caller[at] = bytes(len(self.caller[at]))
                self.agent[at] = bytes(len(self.agent[at]))
        return RecordingSilenced(
            recording_id=self.recording_id, start_ms=max(start_ms, self.start_ms), end_ms=end_ms, reason="card"
        )

    async def discard(self) -> RecordingDiscarded:
        await asyncio.sleep(self._removal_s)
        self.caller.clear()
        self.agent.clear()
        return RecordingDiscarded(recording_id=self.recording_id)

    async def seal(self) -> RecordingSealed | None:
        self.sealed = True
        if not self.caller:
            return None
        return RecordingSealed(
            recording_id=self.recording_id,
            path=f"{self.recording_id}.memory",
            sha256="",
            size_bytes=sum(map(len, self.caller + self.agent)),
            start_ms=self.start_ms,
            duration_ms=len(self.caller) * FRAME_MS,
        )
