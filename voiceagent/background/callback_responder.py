"""A responder that can offer to call back: while the offer stands it hears the answers, and another wish leaves it.

Who wants to be called should the call be lost is promised that, for the rest of the call; an offer is made for it only
where no number is known.
"""

from dataclasses import replace

from voiceagent.conversation.callback import (
    Offer,
    Stage,
    answer,
    counts_as_answer,
    make_offer,
    settles,
    spoken_number,
    unfinished,
)
from voiceagent.conversation.hearing import Hints
from voiceagent.conversation.lost_call import wants_call_if_lost, wants_no_call
from voiceagent.conversation.profile import AgentProfile, Then
from voiceagent.conversation.reply import CALL_IF_LOST, Callback, Reply, Responder, WorkRequest
from voiceagent.conversation.understanding import has_own_words
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
        self._promising = False  # the offer is for a call should this one be lost
        self._if_lost = ""
        self._agreed = False  # on a callback whatever happens

    @property
    def offering(self) -> bool:
        """An offer waits for its answer."""
        return self._offer is not None

    @property
    def if_lost(self) -> str:
        """The number that was promised to be called should the call be lost, "" for none."""
        return self._if_lost

    def hints(self) -> Hints:
        """What the caller may say now."""
        return callback_hints(self._profile) if self._offer is not None else self._inner.hints()

    def propose(self, text: str, *, asked: str) -> Reply:
        """What the answer to `text` would be."""
        of_the_line = self._of_the_line(text)
        if of_the_line is not None:
            return of_the_line
        if self._leaves(text, asked):
            return self._inner.propose(text, asked=asked)
        return self._answered(text, asked)[0]

    def complete(self, text: str, *, asked: str) -> bool:
        """Whether nothing is missing behind these words."""
        if self._of_the_line(text) is not None:
            return True
        if self._offer is None or self._leaves(text, asked):
            return self._inner.complete(text, asked=asked)
        return settles(self._offer, text) and not unfinished(text)

    def commit(self, text: str, *, asked: str) -> Reply:
        """Answer and move on."""
        of_the_line = self._of_the_line(text)
        if of_the_line is not None:
            return self._promised(text, of_the_line)
        if not self._leaves(text, asked):
            reply, offer = self._answered(text, asked)
            if offer.over and self._promising:
                self._if_lost = offer.number if offer.stage is Stage.AGREED else ""
            self._agreed = self._agreed or reply.callback is not None
            self._offer = None if offer.over else offer
            return reply
        reply = self._inner.commit(text, asked=asked)
        if reply.empty:  # a sign of listening
            return reply
        self._offer = None
        return self._opened("asked", reply.say, reply) if reply.then is Then.CALLBACK else reply

    def weave(self, work_intent: str, commentary: str) -> Reply:
        """As the inner one: an offer that stands is not answered by a result."""
        return self._inner.weave(work_intent, commentary)

    def captured(self, *, complete: bool) -> Reply:
        """As the inner one: no offer stands while something is captured."""
        return self._inner.captured(complete=complete)

    def read_back(self, request: WorkRequest, text: str) -> Reply:
        """From now on a yes means `request`."""
        self._offer = None
        return self._inner.read_back(request, text)

    def offer_callback(self, reason: str) -> Reply:
        """Say why nobody is there and offer to call back."""
        texts = self._profile.callback
        return self._opened(reason, texts.closed if reason == "closed" else texts.unreached, Reply())

    def _opened(self, reason: str, before: str, reply: Reply) -> Reply:
        self._offer, self._reason, self._promising = make_offer(self._profile.callback, self._caller), reason, False
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

    def _answered(self, text: str, asked: str) -> tuple[Reply, Offer]:
        if self._offer is None:
            raise InternalError("nothing was offered")
        texts = self._profile.callback
        if self._promising:
            texts = replace(texts, agreed=texts.if_silent)
        offer = answer(self._offer, texts, text, asked=asked)
        wanted = offer.over and offer.number and not self._promising
        agreed = Callback(reason=self._reason, number=offer.number) if wanted else None
        return Reply(say=offer.say, intent="callback", understood=offer.understood, callback=agreed), offer

    def _of_the_line(self, text: str) -> Reply | None:
        """The answer to who speaks of a call that is lost; None to all else."""
        texts = self._profile.callback
        if self._if_lost and not self._agreed and wants_no_call(text):
            return Reply(say=texts.declined, intent=CALL_IF_LOST)
        if not self._profile.calls_if_lost or not wants_call_if_lost(text) or has_own_words(text, self._profile):
            return None
        number = self._if_lost or make_offer(texts, self._caller).number
        if number:
            return Reply(say=texts.if_silent.replace("{number}", spoken_number(number)), intent=CALL_IF_LOST)
        if self._offer is not None:  # it asks for the number already
            return None
        return Reply(say=texts.which, intent=CALL_IF_LOST, callback=Callback(reason="asked"))

    def _promised(self, text: str, reply: Reply) -> Reply:
        """Keep what `reply` promises; an offer that stands goes on standing."""
        known = make_offer(self._profile.callback, self._caller)
        if wants_no_call(text):
            self._if_lost = ""
        elif reply.callback is not None:
            self._offer, self._reason, self._promising = known, reply.callback.reason, True
        else:
            self._if_lost = self._if_lost or known.number
        return reply
