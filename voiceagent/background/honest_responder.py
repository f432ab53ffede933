"""A responder that tells who asks that this is no person. It stands in front of all others, language models too.

The answer is a fixed text of the profile, which `config` refuses when it is not true. Another wish in the same words is
answered behind it; whatever the talk had asked stays open.
"""

from dataclasses import replace

from voiceagent.background.responder_around import ResponderAround
from voiceagent.conversation.honesty import asks_what_we_are, beside_the_question
from voiceagent.conversation.profile import AgentProfile
from voiceagent.conversation.reply import WHAT_WE_ARE, OffersCallback, Reply


class HonestResponder(ResponderAround):
    """Around any other one."""

    def __init__(self, inner: OffersCallback, profile: AgentProfile) -> None:
        super().__init__(inner)
        self._about_me = profile.about_me
        self._wishes = frozenset(intent.name for intent in profile.intents)

    def propose(self, text: str, *, asked: str) -> Reply:
        """What the answer to `text` would be."""
        rest = beside_the_question(text)
        if rest is None:
            return self.inner.propose(text, asked=asked)
        return self._honestly(self.inner.propose(rest, asked="")) if rest else self._honestly(Reply())

    def complete(self, text: str, *, asked: str) -> bool:
        """Whether nothing is missing behind these words."""
        return asks_what_we_are(text) or self.inner.complete(text, asked=asked)

    def commit(self, text: str, *, asked: str) -> Reply:
        """Answer and move on; who only asks what we are finds everything where it was."""
        rest = beside_the_question(text)
        if rest is None:
            return self.inner.commit(text, asked=asked)
        if not rest or not self._wished(self.inner.propose(rest, asked="")):
            return self._honestly(Reply())
        return self._honestly(self.inner.commit(rest, asked=""))

    def _wished(self, reply: Reply) -> bool:
        """Whether the other words are a wish of the profile; a yes, a no or a value among them is none."""
        return reply.understood and reply.intent in self._wishes

    def _honestly(self, reply: Reply) -> Reply:
        if not self._wished(reply):
            return Reply(say=self._about_me, intent=WHAT_WE_ARE)
        return replace(reply, say=f"{self._about_me} {reply.say}".strip())
