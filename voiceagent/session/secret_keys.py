"""A secure capture in the middle of a talk: its keys and its time are answered, and nothing else is heard. Pure."""

from voiceagent.conversation.hearing import Recognised
from voiceagent.conversation.speech_plan import UtteranceKind
from voiceagent.session.answering import Answering
from voiceagent.session.capturing import Capturing
from voiceagent.session.commands import Command
from voiceagent.session.keypad import Keypad
from voiceagent.session.listening import Listening
from voiceagent.session.mouth import Mouth
from voiceagent.session.overlap import Overlap
from voiceagent.session.recording_consent import RecordingConsent


class SecretKeys:
    """Stands in front of everything else that looks at a key or at words."""

    def __init__(
        self,
        capturing: Capturing,
        answering: Answering,
        listening: Listening,
        mouth: Mouth,
        overlap: Overlap,
        keypad: Keypad,
        consent: RecordingConsent,
    ) -> None:
        self._capturing = capturing
        self._answering = answering
        self._listening = listening
        self._mouth = mouth
        self._overlap = overlap
        self._keypad = keypad
        self._consent = consent

    def on_time(self, now_ms: int) -> list[Command]:
        """Time passes in a capture; what seems to be said is nothing."""
        if not self._capturing.running:
            return []
        self._listening.forget()
        answered = self._answering.captured(self._capturing.tick(now_ms), now_ms)
        if answered or self._mouth.busy or not self._capturing.running:
            return answered
        again = self._capturing.reminder(now_ms, self._mouth.last_end_ms)
        return [self._mouth.say(again, UtteranceKind.REPLY)[1]] if again else []

    def drops(self, recognised: Recognised) -> bool:
        """Whether words come too late or too early: a part of their sound belongs to a capture."""
        if not self._capturing.running and not self._capturing.hears(recognised.start_ms, recognised.end_ms):
            return False
        self._listening.forget()
        return True

    def on_key(self, key: str, now_ms: int, *, ending: bool) -> list[Command]:
        """A key that is noted nowhere. The keys of a withdrawal work behind the one that cancels."""
        cut = self._overlap.cut_by_key(now_ms) if self._capturing.running and self._mouth.busy else []
        self._keypad.forget()
        answered = self._answering.captured(self._capturing.press(key, now_ms), now_ms)
        withdrawn = self._consent.pressed(key, now_ms) if self._capturing.cancelled else None
        taken_back = self._consent.withdraw(withdrawn, now_ms, ending=ending) if withdrawn is not None else []
        return [*cut, *answered, *taken_back]
