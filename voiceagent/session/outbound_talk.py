"""The talk of a call that we place: who does not want to be called is heard in every state of it. Pure.

The law knows no "are you sure" and no menu there (47 CFR 64.1200(b)(3)): what was being said is cut, the number is
entered, and when that is committed a last word is all that is said.
"""

from collections.abc import Callable

from voiceagent.conversation.floor_signals import FloorProbabilities
from voiceagent.conversation.hearing import Recognised
from voiceagent.conversation.opening import Verdict
from voiceagent.conversation.profile import AgentProfile
from voiceagent.conversation.reply import OffersCallback
from voiceagent.conversation.speech_plan import UtteranceKind
from voiceagent.core.termination import Reason
from voiceagent.session.call_facts import CallFacts, OutboundFacts
from voiceagent.session.commands import Command, EnterOptOut, Note
from voiceagent.session.opt_out import OptOut, Wish
from voiceagent.session.talk import Talk
from voiceagent.telephony.events import DtmfReceived, OptedOut


class OutboundTalk(Talk):
    """One call of ours. Who opted out is told nothing and asked nothing any more."""

    def __init__(
        self,
        profile: AgentProfile,
        facts: CallFacts,
        responder: OffersCallback,
        judge_consent: Callable[[Recognised, AgentProfile], Verdict],
        new_id: Callable[[str], str],
        turn_ms: int,
        *,
        outbound: OutboundFacts,
    ) -> None:
        super().__init__(profile, facts, responder, judge_consent, new_id, turn_ms)
        self._script = profile.outbound
        self._outbound = outbound
        self._new_id = new_id
        self._opt_out = OptOut(self._mouth)
        self._opted_out = False

    def on_floor(self, floor: FloorProbabilities, now_ms: int, *, heard_ms: int) -> list[Command]:
        """As in every talk; a 9 that stayed alone is an opt-out."""
        wish = self._opt_out.waited(now_ms)
        return super().on_floor(floor, now_ms, heard_ms=heard_ms) if wish is None else self._let_go(wish, now_ms)

    def on_heard(self, recognised: Recognised, now_ms: int) -> list[Command]:
        """As in every talk, when they do not opt out."""
        wish = self._opt_out.heard(recognised)
        return super().on_heard(recognised, now_ms) if wish is None else self._let_go(wish, now_ms)

    def on_digit(self, digit: str, now_ms: int) -> list[Command]:
        """As in every talk, when it is not the key that opts out; the keys of a secure capture are a number's."""
        secret = self._capturing.takes(now_ms)
        wish = None if secret else self._opt_out.pressed(digit, now_ms, opening=not self._opening.open)
        if wish is None:
            return super().on_digit(digit, now_ms)
        return [Note(event=DtmfReceived(digit=digit, at_ms=now_ms)), *self._let_go(wish, now_ms)]

    def on_opted_out(self) -> list[Command]:
        """It is committed: a last word, and the end."""
        if self._script is None or not self._script.opted_out:
            return super().on_opted_out()
        return [self._mouth.say(self._script.opted_out, UtteranceKind.GOODBYE, ending=Reason.OPTED_OUT)[1]]

    def _let_go(self, wish: Wish, now_ms: int) -> list[Command]:
        if self._opted_out:
            return []
        self._opted_out = self._ending = True
        opted_out = OptedOut(
            entry_id=self._new_id("dnc"),
            number_hash=self._outbound.number_hash,
            campaign=self._outbound.campaign,
            method=wish.method,
            rule=wish.rule,
            at_ms=now_ms,
        )
        cut = [self._mouth.drop()] if self._mouth.busy else []
        return [Note(event=opted_out), *cut, EnterOptOut(opted_out=opted_out)]
