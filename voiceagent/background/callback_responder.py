"""A responder that can offer to call back: while the offer stands it hears the answers, and another wish leaves it."""

from dataclasses import replace

from voiceagent.conversation.callback import Offer, answer, counts_as_answer, make_offer, settles, unfinished
from voiceagent.conversation.hearing import Hints
from voiceagent.conversation.profile import AgentProfile, Then
from voiceagent.conversation.reply import Callback, Reply, Responder, WorkRequest
from voiceagent.core.errors import InternalError
from voiceagent.speech.grammar import callback_hints


class CallbackResponder:
    """Implements `conversation.reply.OffersCallback` around another one. `caller` is the number from signalling."""

    def __init__(self, inner: Responder, profile: AgentProfile, caller: str) -> None:
        self._inner = inner
        self._profile = profile
        self._caller = caller
        self._offer: Offer | None = None
        self._reason = ""

    @property
    def offering(self) -> bool:
        """An offer waits for its answer."""
        return self._offer is not None

    def hints(self) -> Hints:
        """What the caller may say now."""
        return callback_hints(self._profile) if self._offer is not None else self._inner.hints()

    def propose(self, text: str, *, asked: str) -> Reply:
        """What the answer to `text` would be."""
        if self._leaves(text, asked):
            return self._inner.propose(text, asked=asked)
        return self._answered(text, asked)[0]

    def complete(self, text: str, *, asked: str) -> bool:
        """Whether nothing is missing behind these words."""
        if self._offer is None or self._leaves(text, asked):
            return self._inner.complete(text, asked=asked)
        return settles(self._offer, text) and not unfinished(text)

    def commit(self, text: str, *, asked: str) -> Reply:
        """Answer and move on."""
        if not self._leaves(text, asked):
            reply, self._offer = self._answered(text, asked)
            return reply
        reply = self._inner.commit(text, asked=asked)
        if reply.empty:  # a sign of listening
            return reply
        self._offer = None
        return self._opened("asked", reply.say, reply) if reply.then is Then.CALLBACK else reply

    def weave(self, work_intent: str, commentary: str) -> Reply:
        """As the inner one: an offer that stands is not answered by a result."""
        return self._inner.weave(work_intent, commentary)

    def read_back(self, request: WorkRequest, text: str) -> Reply:
        """From now on a yes means `request`."""
        self._offer = None
        return self._inner.read_back(request, text)

    def offer_callback(self, reason: str) -> Reply:
        """Say why nobody is there and offer to call back."""
        texts = self._profile.callback
        return self._opened(reason, texts.closed if reason == "closed" else texts.unreached, Reply())

    def _opened(self, reason: str, before: str, reply: Reply) -> Reply:
        self._offer, self._reason = make_offer(self._profile.callback, self._caller), reason
        say = f"{before} {self._offer.say}".strip()
        return replace(reply, say=say, then=Then.STAY, callback=Callback(reason=reason))

    def _leaves(self, text: str, asked: str) -> bool:
        """Whether these words are for the inner responder: no offer stands, or they are another wish."""
        if self._offer is None:
            return True
        if counts_as_answer(self._offer, text):
            return False
        wish = self._inner.propose(text, asked=asked)
        return wish.empty or wish.work is not None or wish.intent in {one.name for one in self._profile.intents}

    def _answered(self, text: str, asked: str) -> tuple[Reply, Offer | None]:
        if self._offer is None:
            raise InternalError("nothing was offered")
        offer = answer(self._offer, self._profile.callback, text, asked=asked)
        agreed = Callback(reason=self._reason, number=offer.number) if offer.over and offer.number else None
        reply = Reply(say=offer.say, intent="callback", understood=offer.understood, callback=agreed)
        return reply, (None if offer.over else offer)
