"""Handing the caller over to a person: a transfer where people are there and the leg allows it, else a callback."""

import hashlib
from collections.abc import Callable
from datetime import timedelta

from voiceagent.conversation.lost_call import LOST
from voiceagent.conversation.profile import AgentProfile, Then
from voiceagent.conversation.reply import CALL_IF_LOST, Callback, OffersCallback, Reply
from voiceagent.conversation.speech_plan import SpeechPlan, UtteranceKind
from voiceagent.conversation.transfer import LATE, Signal, Transfer, TransferState
from voiceagent.core.ids import UtteranceId
from voiceagent.core.termination import Reason, Termination
from voiceagent.session.call_facts import CallFacts
from voiceagent.session.commands import Command, EndCall, Note, TransferLeg
from voiceagent.session.mouth import Mouth, ending_of
from voiceagent.telephony.events import (
    CallbackOffered,
    CallbackRequested,
    DisclosurePlayed,
    TransferFailed,
    Transferred,
    TransferRequested,
)

_RINGING, _ANSWERED = 180, 200  # between them the target's line can be heard (RFC 3261 21.1)


class HandingOver:
    """One call's way to a person; pure."""

    def __init__(
        self,
        profile: AgentProfile,
        facts: CallFacts,
        responder: OffersCallback,
        mouth: Mouth,
        new_id: Callable[[str], str],
    ) -> None:
        self._profile = profile
        self._facts = facts
        self._responder = responder
        self._mouth = mouth
        self._new_id = new_id
        self._transfer = Transfer(profile.transfer_timeout_s)
        self._announced: UtteranceId | None = None
        self._disclosing: UtteranceId | None = None
        self._heard_others = False  # the target's phone has rung: the caller may have heard its line, or somebody
        self._wanted = Reply()  # with which the caller asked for a person
        self._reference = ""
        self._requested = False  # a callback, already
        self._alone = False  # the worker is gone: nobody could hold a talk with who is taken back

    @property
    def away(self) -> bool:
        """The caller's phone calls somebody else: nothing is said and nothing is answered."""
        return self._transfer.away

    @property
    def announcing(self) -> bool:
        """The caller is being told where they go, and goes there once they have heard it."""
        return self._transfer.state is TransferState.ANNOUNCING

    def reply(self, reply: Reply, now_ms: int) -> list[Command]:
        """Speak a reply, whatever it does to the call."""
        if reply.then is Then.TRANSFER:
            return self._put_through(reply, now_ms)
        said = self._mouth.say(reply.say, reply.kind, ending=ending_of(reply.then))[1]
        return [*self._offered(reply, now_ms), *self.agreed(reply, now_ms), said]

    def on_ended(self, plan: SpeechPlan, start_ms: int, now_ms: int, *, completed: bool) -> list[Command]:
        """An utterance is over: once the caller has heard where they go, they go there."""
        if plan.utterance_id == self._disclosing:
            return [self._disclosed(plan.text, start_ms, now_ms, completed=completed)]
        if plan.utterance_id != self._announced:
            return []
        self._announced = None
        if not self._transfer.take(Signal.HEARD if completed else Signal.CUT, now_ms) or not completed:
            return []
        self._reference = self._new_id("ref")
        target = self._profile.intent(self._wanted.intent).transfer_to
        requested = TransferRequested(
            reference=self._reference,
            target=target,
            at_ms=now_ms,
            intent=self._wanted.intent,
            slots=dict(self._wanted.slots),
        )
        return [Note(event=requested), TransferLeg(target=target, reference=self._reference)]

    def on_progress(self, sip_code: int, now_ms: int) -> list[Command]:
        """What the caller's phone tells of the target's; 0 when the leg could not be asked."""
        was_away = self._transfer.away
        self._heard_others = self._heard_others or (was_away and _RINGING <= sip_code < _ANSWERED)
        failed = sip_code == 0 and self._transfer.take(Signal.REFUSED, now_ms)
        if not failed and not self._transfer.progressed(sip_code, now_ms):
            return []
        if self._transfer.state is TransferState.TRANSFERRED:
            done = Transferred(reference=self._reference, at_ms=now_ms)
            return [Note(event=done), EndCall(termination=Termination.because(Reason.TRANSFERRED))]
        return self._taken_back(sip_code, now_ms) if was_away else []  # else they talk to us already

    def on_tick(self, now_ms: int) -> list[Command]:
        """Take the caller back when nobody has answered for too long."""
        return self._taken_back(LATE, now_ms) if self._transfer.late(now_ms) else []

    def worker_lost(self) -> list[Command]:
        """Say from pre-rendered audio that this ends, and end; a transfer that is under way may still succeed."""
        self._alone = True
        return [] if self.away else self._apologise()

    def call_over(self, now_ms: int, reason: Reason) -> list[Command]:
        """Nothing more comes of a transfer; who was promised a call should this one be lost, and was lost, gets it."""
        asked = self._transfer.away
        self._transfer.take(Signal.OVER, now_ms)
        failed = TransferFailed(reference=self._reference, reason="call_over", at_ms=now_ms)
        return [*([Note(event=failed)] if asked else []), *self._promised(reason, now_ms)]

    def _put_through(self, reply: Reply, now_ms: int) -> list[Command]:
        self._wanted = reply
        hours = self._profile.hours
        if hours is not None and not hours.open_at(self._facts.answered_at + timedelta(milliseconds=now_ms)):
            return self._offer("closed", now_ms)
        if not self._facts.transferable or self._transfer.pending:
            return self._offer("unreached", now_ms)
        self._announced, said = self._mouth.say(reply.say, UtteranceKind.REPLY)
        self._transfer.take(Signal.ANNOUNCED, now_ms)
        return [said]

    def _taken_back(self, sip_code: int, now_ms: int) -> list[Command]:
        failed = TransferFailed(reference=self._reference, reason="refused", at_ms=now_ms, sip_code=sip_code)
        if self._alone:
            return [Note(event=failed), *self._apologise()]
        return [Note(event=failed), *self._disclose_again(), *self._offer("unreached", now_ms)]

    def _disclose_again(self) -> list[Command]:
        """Who may have heard somebody else is told anew who is speaking (AI Act Art. 50(5))."""
        if not self._heard_others:
            return []
        self._heard_others = False
        self._disclosing, said = self._mouth.say(self._profile.back_again, UtteranceKind.DISCLOSURE)
        return [said]

    def _disclosed(self, text: str, start_ms: int, end_ms: int, *, completed: bool) -> Command:
        self._disclosing = None
        return Note(
            event=DisclosurePlayed(
                prompt="again",
                sha256=hashlib.sha256(text.encode()).hexdigest(),
                language=self._profile.language,
                start_ms=start_ms,
                end_ms=end_ms,
                completed=completed,
            )
        )

    def _apologise(self) -> list[Command]:
        cut = [self._mouth.drop()] if self._mouth.busy else []
        return [*cut, self._mouth.say(self._profile.apology, UtteranceKind.APOLOGY, ending=Reason.WORKER_LOST)[1]]

    def _offer(self, reason: str, now_ms: int) -> list[Command]:
        return self.reply(self._responder.offer_callback(reason), now_ms)

    def agreed(self, reply: Reply, now_ms: int) -> list[Command]:
        """The record of the callback that `reply` has agreed on, if it has."""
        wish = reply.callback
        if wish is None or not wish.number:
            return []
        self._requested = True
        requested = CallbackRequested(
            callback_id=self._new_id("cbk"),
            number=wish.number,
            reason=wish.reason,
            intent=self._wanted.intent,
            at_ms=now_ms,
        )
        return [Note(event=requested)]

    def _promised(self, reason: Reason, now_ms: int) -> list[Command]:
        number = self._responder.if_lost
        if reason not in LOST or not number or self._requested:  # who is called anyway is called once
            return []
        return self.agreed(Reply(callback=Callback(reason="asked", number=number)), now_ms)

    def _offered(self, reply: Reply, now_ms: int) -> list[Command]:
        wish = reply.callback
        if wish is None or wish.number:
            return []
        self._wanted = reply if wish.reason == "asked" and reply.intent != CALL_IF_LOST else self._wanted
        return [Note(event=CallbackOffered(reason=wish.reason, at_ms=now_ms))]
