"""What the agent says of its own accord when nobody speaks: results, fillers, reprompts, the goodbye."""

import re
from dataclasses import replace

from voiceagent.conversation.claims import Contradiction
from voiceagent.conversation.late_results import Lateness
from voiceagent.conversation.profile import AgentProfile
from voiceagent.conversation.reply import OffersCallback
from voiceagent.conversation.speech_plan import UtteranceKind
from voiceagent.conversation.waiting import Waiting
from voiceagent.core.ids import UtteranceId
from voiceagent.core.termination import Reason, Termination
from voiceagent.session.commands import Command, EndCall, Note
from voiceagent.session.mouth import Mouth, ending_of
from voiceagent.session.silence import Silence
from voiceagent.session.work_desk import Result, WorkDesk
from voiceagent.telephony.events import CorrectionSpoken, ResultWoven

_PLACES = re.compile(r"\{(said|now)\}")
_MOST_CORRECTIONS = 2  # named one by one; the new words that follow say everything


class Initiative:
    """One call's own words; pure. Asked only while the floor is free and nothing waits for an answer."""

    def __init__(self, profile: AgentProfile, responder: OffersCallback, mouth: Mouth, desk: WorkDesk) -> None:
        self._profile = profile
        self._responder = responder
        self._mouth = mouth
        self._desk = desk
        self._silence = Silence(profile.waits, profile.max_call_s)
        self._waiting = Waiting(profile.waits)
        self._cut_off = False

    def caller_spoke(self) -> None:
        """The caller is there."""
        self._silence.caller_spoke()

    @property
    def giving_time(self) -> bool:
        """The caller asked for time, and nothing was said to them since it was given."""
        return self._silence.giving

    def give_time(self, seconds: float) -> None:
        """The caller asked for so much silence."""
        self._silence.give(seconds)

    def step(self, now_ms: int, quiet_since_ms: int) -> list[Command]:
        """The most useful thing to say in this silence: a result before a filler before asking who is there."""
        if self._silence.given(now_ms, quiet_since_ms):
            return []  # who asked for time may be away from the phone: a result would be spoken to nobody
        asked = self._desk.waits_for_yes or self._responder.offering
        if self._desk.has_result and not asked:
            return self._weave(now_ms)
        wait = None if asked else self._desk.wait
        if wait is not None and self._waiting.due(wait, now_ms, quiet_since_ms):
            if self._waiting.spent(wait, now_ms):
                return [*self._desk.give_up(now_ms), *self._weave(now_ms)]
            text = self._waiting.words(wait, now_ms)
            return [self._mouth.say(text, UtteranceKind.FILLER)[1]] if text else []
        if self._desk.pending and not asked:
            return []
        words = self._silence.step(now_ms, quiet_since_ms)
        if words is None:
            return []
        kind = UtteranceKind.REPLY if words.ending is None else UtteranceKind.GOODBYE
        return [self._mouth.say(words.text, kind, ending=words.ending)[1]]

    def cut_off(self, now_ms: int) -> list[Command] | None:
        """Whatever goes on, a call long past its limit ends: once with a goodbye, and if that is cut, without.

        None while the call is not overdue or the goodbye is being spoken.
        """
        if not self._silence.overdue(now_ms) or (self._mouth.leaving and self._mouth.speaking):
            return None
        if self._cut_off:
            return [EndCall(termination=Termination.because(Reason.TIME_LIMIT, "no quiet moment to say goodbye"))]
        self._cut_off = True
        goodbye = self._profile.waits.goodbye
        cut = [self._mouth.drop()] if self._mouth.busy else []
        return [*cut, self._mouth.say(goodbye, UtteranceKind.GOODBYE, ending=Reason.TIME_LIMIT)[1]]

    def _weave(self, now_ms: int) -> list[Command]:
        result, closed = self._desk.take_result(now_ms)
        if result.proposal is not None:
            proposed = {**result.request.slots, **result.proposal.values}  # what a yes is to
            reply = self._responder.read_back(replace(result.request, slots=proposed), result.text)
        else:
            nothing = self._profile.changes.unknown if result.request.confirms else self._profile.unreachable
            reply = self._responder.weave(result.request.intent, result.text or nothing)
        wrong = self._mouth.claims.contradicted(result.claims)
        kind = UtteranceKind.CORRECTION if wrong else UtteranceKind.RESULT
        before = [self._about(result), *(self._corrected(one) for one in wrong[:_MOST_CORRECTIONS])]
        text = " ".join([*filter(None, before), reply.say])
        utterance_id, say = self._mouth.say(text, kind, ending=ending_of(reply.then), claims=result.claims)
        woven = ResultWoven(delegation_id=result.delegation_id, utterance_id=utterance_id, at_ms=now_ms)
        corrections = [_correction(one, utterance_id, now_ms) for one in wrong]
        return [Note(event=woven), *corrections, say, *closed, *self._desk.asks(result, utterance_id, now_ms)]

    def _about(self, result: Result) -> str:
        """Words before a result that is not the answer to what was asked last."""
        match result.late:
            case Lateness.OVERTAKEN:
                return self._profile.waits.earlier
            case Lateness.GIVEN_UP if result.text:
                return self._profile.waits.after_all
            case _:
                return ""

    def _corrected(self, wrong: Contradiction) -> str:
        """Names what was said before, so that the caller knows what to forget."""
        words = {"said": wrong.said, "now": wrong.claim.value}
        return _PLACES.sub(lambda place: words[place[1]], self._profile.correction)


def _correction(wrong: Contradiction, utterance_id: UtteranceId, now_ms: int) -> Command:
    return Note(
        event=CorrectionSpoken(
            utterance_id=utterance_id,
            corrects=wrong.utterance_id,
            field=wrong.claim.field,
            said=wrong.said,
            now=wrong.claim.value,
            at_ms=now_ms,
        )
    )
