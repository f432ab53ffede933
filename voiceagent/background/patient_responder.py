"""A responder that gives time to who asks for it. What the talk had asked stays open: the inner one hears nothing."""

from voiceagent.conversation.asked_time import asked_time
from voiceagent.conversation.hearing import Hints
from voiceagent.conversation.profile import AgentProfile
from voiceagent.conversation.reply import ASKS_FOR_TIME, OffersCallback, Reply, WorkRequest
from voiceagent.conversation.understanding import has_own_words


class PatientResponder:
    """Implements `conversation.reply.OffersCallback` around another one."""

    def __init__(self, inner: OffersCallback, profile: AgentProfile) -> None:
        self._inner = inner
        self._profile = profile

    @property
    def offering(self) -> bool:
        """An offer waits for its answer."""
        return self._inner.offering

    @property
    def if_lost(self) -> str:
        """The number that was promised to be called should the call be lost, "" for none."""
        return self._inner.if_lost

    def hints(self) -> Hints:
        """What the caller may say now."""
        return self._inner.hints()

    def propose(self, text: str, *, asked: str) -> Reply:
        """What the answer to `text` would be."""
        return self._patiently(text) or self._inner.propose(text, asked=asked)

    def complete(self, text: str, *, asked: str) -> bool:
        """Whether nothing is missing behind these words. Who asks for time may go on, and waits for no answer."""
        return self._patiently(text) is None and self._inner.complete(text, asked=asked)

    def commit(self, text: str, *, asked: str) -> Reply:
        """Answer and move on; who asks for time finds everything where it was."""
        return self._patiently(text) or self._inner.commit(text, asked=asked)

    def weave(self, work_intent: str, commentary: str) -> Reply:
        """As the inner one."""
        return self._inner.weave(work_intent, commentary)

    def read_back(self, request: WorkRequest, text: str) -> Reply:
        """From now on a yes means `request`."""
        return self._inner.read_back(request, text)

    def offer_callback(self, reason: str) -> Reply:
        """Say why nobody is there and offer to call back."""
        return self._inner.offer_callback(reason)

    def _patiently(self, text: str) -> Reply | None:
        """The answer to who asks for time; None to all else."""
        waits = self._profile.waits
        seconds = asked_time(text, waits.given_time_s)
        if seconds is None or has_own_words(text, self._profile):
            return None
        return Reply(say=waits.take_your_time, intent=ASKS_FOR_TIME, gives_s=seconds)
