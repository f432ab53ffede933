"""The agent's signs of listening, each in its turn."""

from collections.abc import Sequence

from voiceagent.session.commands import Command, Hum, Note
from voiceagent.telephony.events import Backchannelled


class Hums:
    """One call's, in the order of the profile; pure. Without any sounds the agent listens in silence."""

    def __init__(self, sounds: Sequence[str]) -> None:
        self._sounds = sounds
        self._made = 0

    def make(self, now_ms: int) -> list[Command]:
        """The next one."""
        if not self._sounds:
            return []
        text = self._sounds[self._made % len(self._sounds)]
        self._made += 1
        return [Hum(text=text), Note(event=Backchannelled(by="agent", at_ms=now_ms, text=text))]
