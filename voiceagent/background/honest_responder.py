"""A responder that tells who asks that this is no person. It stands in front of all others, language models too.

The answer is a fixed text of the profile, which `config` refuses when it is not true. Another wish in the same words is
answered behind it; whatever the talk had asked stays open.
"""

from dataclasses import replace

from voiceagent.conversation.hearing import Hints
from voiceagent.conversation.honesty import asks_what_we_are, beside_the_question
from voiceagent.conversation.profile import AgentProfile
from voiceagent.conversation.reply import WHAT_WE_ARE, OffersCallback, Reply, WorkRequest


class HonestResponder:
    """Implements `conversation.reply.OffersCallback` around another one."""

    def __init__(self, inner: OffersCallback, profile: AgentProfile) -> None:
        self._inner = inner
        self._about_me = profile.about_me
        self._wishes = frozenset(intent.name for intent in profile.intents)

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
        rest = beside_the_question(text)
        if rest is None:
            return self._inner.propose(text, asked=asked)
        return self._honestly(self._inner.propose(rest, asked="")) if rest else self._honestly(Reply())

    def complete(self, text: str, *, asked: str) -> bool:
        """Whether nothing is missing behind these words."""
        return asks_what_we_are(text) or self._inner.complete(text, asked=asked)

    def commit(self, text: str, *, asked: str) -> Reply:
        """Answer and move on; who only asks what we are finds everything where it was."""
        rest = beside_the_question(text)
        if rest is None:
            return self._inner.commit(text, asked=asked)
        if not rest or not self._wished(self._inner.propose(rest, asked="")):
            return self._honestly(Reply())
        return self._honestly(self._inner.commit(rest, asked=""))

    def weave(self, work_intent: str, commentary: str) -> Reply:
        """As the inner one."""
        return self._inner.weave(work_intent, commentary)

    def read_back(self, request: WorkRequest, text: str) -> Reply:
        """From now on a yes means `request`."""
        return self._inner.read_back(request, text)

    def offer_callback(self, reason: str) -> Reply:
        """Say why nobody is there and offer to call back."""
        return self._inner.offer_callback(reason)

    def _wished(self, reply: Reply) -> bool:
        """Whether the other words are a wish of the profile; a yes, a no or a value among them is none."""
        return reply.understood and reply.intent in self._wishes

    def _honestly(self, reply: Reply) -> Reply:
        if not self._wished(reply):
            return Reply(say=self._about_me, intent=WHAT_WE_ARE)
        return replace(reply, say=f"{self._about_me} {reply.say}".strip())
