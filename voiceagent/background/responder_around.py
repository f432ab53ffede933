"""A responder in front of another one, which gets to hear whatever the one in front does not answer itself."""

from voiceagent.conversation.hearing import Hints
from voiceagent.conversation.reply import OffersCallback, Reply, WorkRequest


class ResponderAround:
    """Implements `conversation.reply.OffersCallback`: passes everything on. Who answers some of it overrides that."""

    def __init__(self, inner: OffersCallback) -> None:
        self.inner = inner

    @property
    def offering(self) -> bool:
        """An offer waits for its answer."""
        return self.inner.offering

    @property
    def if_lost(self) -> str:
        """The number that was promised to be called should the call be lost, "" for none."""
        return self.inner.if_lost

    def hints(self) -> Hints:
        """What the caller may say now."""
        return self.inner.hints()

    def propose(self, text: str, *, asked: str) -> Reply:
        """What the answer to `text` would be."""
        return self.inner.propose(text, asked=asked)

    def complete(self, text: str, *, asked: str) -> bool:
        """Whether nothing is missing behind these words."""
        return self.inner.complete(text, asked=asked)

    def commit(self, text: str, *, asked: str) -> Reply:
        """Answer and move on."""
        return self.inner.commit(text, asked=asked)

    def weave(self, work_intent: str, commentary: str) -> Reply:
        """What to say of the result of `work_intent`."""
        return self.inner.weave(work_intent, commentary)

    def captured(self, *, complete: bool) -> Reply:
        """What was to be typed has been, or will not be."""
        return self.inner.captured(complete=complete)

    def read_back(self, request: WorkRequest, text: str) -> Reply:
        """From now on a yes means `request`."""
        return self.inner.read_back(request, text)

    def offer_callback(self, reason: str) -> Reply:
        """Say why nobody is there and offer to call back."""
        return self.inner.offer_callback(reason)
