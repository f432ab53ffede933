"""A responder that gives time to who asks for it. What the talk had asked stays open: the inner one hears nothing."""

from voiceagent.background.responder_around import ResponderAround
from voiceagent.conversation.asked_time import asked_time
from voiceagent.conversation.profile import AgentProfile
from voiceagent.conversation.reply import ASKS_FOR_TIME, OffersCallback, Reply
from voiceagent.conversation.understanding import has_own_words


class PatientResponder(ResponderAround):
    """Around any other one."""

    def __init__(self, inner: OffersCallback, profile: AgentProfile) -> None:
        super().__init__(inner)
        self._profile = profile

    def propose(self, text: str, *, asked: str) -> Reply:
        """What the answer to `text` would be."""
        return self._patiently(text) or self.inner.propose(text, asked=asked)

    def complete(self, text: str, *, asked: str) -> bool:
        """Whether nothing is missing behind these words. Who asks for time may go on, and waits for no answer."""
        return self._patiently(text) is None and self.inner.complete(text, asked=asked)

    def commit(self, text: str, *, asked: str) -> Reply:
        """Answer and move on; who asks for time finds everything where it was."""
        return self._patiently(text) or self.inner.commit(text, asked=asked)

    def _patiently(self, text: str) -> Reply | None:
        """The answer to who asks for time; None to all else."""
        waits = self._profile.waits
        seconds = asked_time(text, waits.given_time_s)
        if seconds is None or has_own_words(text, self._profile):
            return None
        return Reply(say=waits.take_your_time, intent=ASKS_FOR_TIME, gives_s=seconds)
