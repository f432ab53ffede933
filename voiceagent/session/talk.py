"""The talk: everything that is decided in one call, pure. Inputs are calls with `now_ms` of the media clock, outputs
are commands in order. It connects the opening, the floor policy, the answers and the work desk; each decides alone.
"""

from collections.abc import Callable
from dataclasses import replace

from voiceagent.audio.playout import PlayedUtterance
from voiceagent.conversation.caller_activity import CallerActivity
from voiceagent.conversation.delegation import DelegationUpdate
from voiceagent.conversation.floor import FloorAct, FloorPolicy, FloorView
from voiceagent.conversation.floor_signals import FloorProbabilities
from voiceagent.conversation.hearing import Recognised
from voiceagent.conversation.opening import Verdict
from voiceagent.conversation.profile import AgentProfile
from voiceagent.conversation.reply import OffersCallback
from voiceagent.core.ids import DelegationId, UtteranceId
from voiceagent.core.termination import Reason, Termination
from voiceagent.session.answering import Answering
from voiceagent.session.call_facts import CallFacts
from voiceagent.session.capturing import Capturing
from voiceagent.session.commands import Command, EndCall, FinishHearing, Note
from voiceagent.session.handing_over import HandingOver
from voiceagent.session.hums import Hums
from voiceagent.session.initiative import Initiative
from voiceagent.session.keypad import Keypad
from voiceagent.session.listening import Listening, caller_said, sign_of_listening
from voiceagent.session.mouth import Mouth
from voiceagent.session.opening_ears import OpeningEars
from voiceagent.session.opening_part import OpeningPart
from voiceagent.session.overheard import Overheard
from voiceagent.session.overlap import Overlap
from voiceagent.session.recording_consent import RecordingConsent
from voiceagent.session.secret_keys import SecretKeys
from voiceagent.session.work_desk import WorkDesk
from voiceagent.telephony.events import DtmfReceived, WorkerWasLost

_UNANSWERED_WATCHDOG_MS = 2500  # peers fall silent for 2.5-5 s when their turn model is unsure; we answer by then
_RESULT_PAUSE_MS = 200  # a result enters when nobody has spoken for this long
_UNKNOWN_MS = -1


class Talk:
    """One call's conversation."""

    def __init__(
        self,
        profile: AgentProfile,
        facts: CallFacts,
        responder: OffersCallback,
        judge_consent: Callable[[Recognised, AgentProfile], Verdict],
        new_id: Callable[[str], str],
        turn_ms: int,
    ) -> None:
        self._responder = responder
        self._turn_ms = turn_ms
        self._mouth = Mouth(new_id)
        self._opening = OpeningPart(profile, self._mouth)
        self._activity = CallerActivity()
        self._policy = FloorPolicy(profile.knobs)
        self._opening_policy = FloorPolicy(replace(profile.knobs, patience=0.0))  # an answer is heard out anyway
        self._listening = Listening()
        self._overlap = Overlap(self._mouth)
        self._desk = WorkDesk(facts, profile.waits, new_id)
        self._initiative = Initiative(profile, responder, self._mouth, self._desk)
        self._handing_over = HandingOver(profile, facts, responder, self._mouth, new_id)
        self._capturing = Capturing(profile)
        self._answering = Answering(
            responder, self._listening, self._mouth, self._desk, self._initiative, self._handing_over, self._capturing
        )
        self._overheard = Overheard(profile, responder, self._mouth, self._handing_over)
        self._keypad = Keypad()
        self._consent = RecordingConsent(
            profile, self._opening, self._mouth, self._handing_over, self._listening, self._initiative
        )
        self._secret_keys = SecretKeys(
            self._capturing, self._answering, self._listening, self._mouth, self._overlap, self._keypad, self._consent
        )
        self._ears = OpeningEars(profile, judge_consent, self._opening, self._listening, self._overheard, self._keypad)
        self._answer_due_ms: int | None = None
        self._hums = Hums(profile.backchannels)
        self._ending = False

    @property
    def in_opening(self) -> bool:
        """Whether the consent answer, not the profile's intents, is what the caller may say."""
        return not self._opening.settled

    @property
    def may_keep_words(self) -> bool:
        """Whether words may be written to records: while consent stands."""
        return self._consent.stands

    def is_secret(self, end_ms: int) -> bool:
        """Whether the frame of sound that ended then belongs to a secure capture."""
        return self._capturing.hears(end_ms, end_ms)

    def begin(self) -> list[Command]:
        """Media flows: start with the disclosure."""
        return self._opening.begin()

    def on_floor(self, floor: FloorProbabilities, now_ms: int, *, heard_ms: int) -> list[Command]:
        """The model's view of the micro-turn that ended at `heard_ms`; also the talk's clock tick."""
        if self._ending:
            return []
        begins = self._activity.step(floor.caller_active, now_ms=heard_ms, turn_ms=self._turn_ms)
        self._listening.follow(begins=begins, sounding=self._activity.sounding)
        if (taken_back := self._ears.takes_back(now_ms)) is not None:
            return self._consent.withdraw(taken_back, now_ms, ending=self._ending)
        if self._handing_over.away:
            self._listening.forget()
            return self._watched(self._handing_over.on_tick(now_ms))
        if (cut_off := self._initiative.cut_off(now_ms)) is not None:
            return self._watched(cut_off)
        if self._capturing.running:
            return self._watched(self._secret_keys.on_time(now_ms))
        mouth, complete = self._mouth, self._listening.complete
        view = FloorView(
            floor=floor, now_ms=now_ms, speaking=mouth.speaking, protected=mouth.protected, complete=complete
        )
        if not self._opening.open:
            return self._tick_opening(self._opening_policy.step(view), now_ms)
        return [*self._act(self._policy.step(view), now_ms), *self._tick(now_ms)]

    def on_heard(self, recognised: Recognised, now_ms: int) -> list[Command]:
        """Words of a caller segment. Those of a pause only say whether more has to come; final ones are answered."""
        if self._secret_keys.drops(recognised):
            return []
        withdrawn = self._consent.withdrawn_by(recognised)
        if withdrawn is not None and (self._opening.open or self._ending):
            said = Note(event=caller_said((recognised,), recognised.text, "consent"))
            return [*self._consent.withdraw(withdrawn, now_ms, ending=self._ending), said]
        if self._ending or self._handing_over.away:
            return []
        if not recognised.final:
            self._listening.complete = self._responder.complete(recognised.text, asked=self._mouth.asked)
            return []
        if not self._opening.open:
            return self._ears.heard(recognised, now_ms, withdrawn)
        finishing = self._listening.finishing
        self._listening.heard(recognised)
        if self._overlap.stopped:
            return self._after_stop(recognised, now_ms)
        if finishing and not self._mouth.busy:
            return self._answer(now_ms)
        return self._heard_over_us(recognised) if self._mouth.speaking else []

    def on_digit(self, digit: str, now_ms: int) -> list[Command]:
        """A key was pressed. Keys interrupt all but a protected span, and mean nothing to who is being put through."""
        if self._capturing.takes(now_ms):
            return self._watched(self._secret_keys.on_key(digit, now_ms, ending=self._ending))
        commands: list[Command] = [Note(event=DtmfReceived(digit=digit, at_ms=now_ms))]
        withdrawn = self._consent.pressed(digit, now_ms)
        if withdrawn is not None and (self._opening.open or self._ending):
            self._keypad.forget()
            return [*commands, *self._consent.withdraw(withdrawn, now_ms, ending=self._ending)]
        if self._ending or self._handing_over.away or self._handing_over.announcing:
            return commands
        if not self._opening.open:
            return [*commands, *self._ears.pressed(digit, now_ms, withdrawn)]
        if self._mouth.busy and not self._mouth.protected:
            commands += self._overlap.cut_by_key(now_ms)
        self._keypad.press(digit, now_ms)
        return [*commands, *self._typed(now_ms)]

    def on_started(self, utterance_id: UtteranceId, now_ms: int) -> list[Command]:
        """The first sample of an utterance is being played."""
        self._opening.on_started(utterance_id, now_ms)
        return self._mouth.started(utterance_id, now_ms)

    def on_ended(self, played: PlayedUtterance) -> list[Command]:
        """An utterance was played to its end, or dropped with a part of it heard."""
        plan, commands = self._mouth.ended(played)
        if plan is not None:
            commands += self._opening.on_ended(plan, played.start_ms, played.end_ms, completed=played.completed)
            commands += self._handing_over.on_ended(plan, played.start_ms, played.end_ms, completed=played.completed)
        if self._answer_due_ms is not None and not self._mouth.busy:
            commands += self._answer(self._answer_due_ms)
            self._answer_due_ms = None
        return self._watched(commands)

    def on_work(self, delegation_id: DelegationId, update: DelegationUpdate, now_ms: int) -> list[Command]:
        """The background agent reports; a result waits for a good moment, which may be this one."""
        commands = self._desk.on_update(delegation_id, update, now_ms)
        spoken = self._speak_up(now_ms) if self._desk.has_result and self._at_rest(now_ms) else []
        return [*commands, *spoken]

    def on_transfer(self, sip_code: int, now_ms: int) -> list[Command]:
        """The caller's phone tells what became of the call that we asked it to make; 0: it could not be asked."""
        return self._watched(self._handing_over.on_progress(sip_code, now_ms))

    def on_worker_lost(self, worker_id: str, detail: str, now_ms: int) -> list[Command]:
        """Without a model nobody can hold the talk; who is away is told once they are back."""
        lost = Note(event=WorkerWasLost(worker_id=worker_id, at_ms=now_ms, detail=detail))
        return [lost, *self._handing_over.worker_lost()]

    def on_time(self, now_ms: int) -> list[Command]:
        """The clock tick of a call whose worker is gone, so that no `on_floor` comes any more."""
        return [*self._handing_over.on_tick(now_ms), *self._secret_keys.on_time(now_ms)]

    def on_opted_out(self) -> list[Command]:
        """They are on the do-not-call list: the call is over."""
        return [EndCall(termination=Termination.because(Reason.OPTED_OUT))]

    def on_call_over(self, now_ms: int, reason: Reason) -> list[Command]:
        """Media has stopped: close the books."""
        self._ending = True
        commands = [*self._answering.left_unanswered(now_ms), *self._handing_over.call_over(now_ms, reason)]
        return [*self._capturing.call_over(now_ms), *commands, *self._desk.call_over(now_ms)]

    def _watched(self, commands: list[Command]) -> list[Command]:
        self._ending = self._ending or any(isinstance(command, EndCall) for command in commands)
        return commands

    def _tick_opening(self, act: FloorAct | None, now_ms: int) -> list[Command]:
        wanted = act in (FloorAct.TAKE, FloorAct.STOP)
        over = self._opening.answer_over(wanted=wanted, quiet_ms=self._activity.silent_for_ms(now_ms))
        asked = self._finish_hearing(now_ms) if self._listening.open and over else []
        unheard = self._activity.active or self._listening.open  # the clock waits for what is being said
        return [*asked, *self._opening.on_tick(now_ms, caller_active=unheard)]

    def _heard_over_us(self, recognised: Recognised) -> list[Command]:
        if self._overheard.is_wish(recognised):
            return []  # it did not interrupt, so it is answered when we have ended
        self._listening.forget()  # the model let it pass, and it is no wish: a sign of listening, not a turn
        return sign_of_listening(recognised)

    def _act(self, act: FloorAct | None, now_ms: int) -> list[Command]:
        match act:
            case FloorAct.TAKE if self._listening.waiting and not self._mouth.busy:
                return self._finish_hearing(now_ms)
            case FloorAct.TAKE if self._overlap.stopped and self._listening.open:
                return self._finish_hearing(now_ms)
            case FloorAct.STOP | FloorAct.DUCK | FloorAct.UNDUCK:
                return self._overlap.on_act(act, self._activity.onset_ms, now_ms)
            case FloorAct.BACKCHANNEL if self._listening.waiting and not self._desk.pending:
                return self._hums.make(now_ms)  # also in a pause of the caller's story, where people do it most
            case _:
                return []

    def _tick(self, now_ms: int) -> list[Command]:
        """What time alone brings: the watchdog, held speech, typed numbers, our own words."""
        commands = self._desk.timed_out(now_ms)
        if self._overlap.stopped:
            return [*commands, *self._held(now_ms)]
        if self._mouth.busy:
            return commands
        if self._listening.waiting and self._activity.silent_for_ms(now_ms) >= _UNANSWERED_WATCHDOG_MS:
            return [*commands, *self._finish_hearing(now_ms)]
        if not self._at_rest(now_ms):
            return commands
        return [*commands, *(self._typed(now_ms) or self._speak_up(now_ms))]

    def _at_rest(self, now_ms: int) -> bool:
        """Nobody speaks and nothing waits for an answer."""
        if self._ending or self._capturing.running or not self._opening.open or self._handing_over.away:
            return False
        taken = self._mouth.busy or self._listening.waiting
        return not taken and self._activity.silent_for_ms(now_ms) >= _RESULT_PAUSE_MS

    def _speak_up(self, now_ms: int) -> list[Command]:
        return self._initiative.step(now_ms, max(self._mouth.last_end_ms, self._activity.last_active_ms))

    def _finish_hearing(self, now_ms: int) -> list[Command]:
        if not self._listening.open:
            return self._answer(now_ms)
        return [FinishHearing()] if self._listening.finish(now_ms) else []

    def _after_stop(self, recognised: Recognised, now_ms: int) -> list[Command]:
        """The words that stopped us are known: answer them, or go on where we were cut."""
        if self._overlap.was_false(recognised):
            self._listening.forget()
            return self._overlap.proceed(now_ms)
        if self._overheard.lets_us_go_on(recognised):
            self._listening.forget()
            return [*sign_of_listening(recognised), *self._overlap.proceed(now_ms)]
        give_up = self._overlap.give_up()
        if not self._mouth.busy:
            return [give_up, *self._answer(now_ms)]
        self._answer_due_ms = now_ms  # once it is known how much of our words was heard
        return [give_up]

    def _held(self, now_ms: int) -> list[Command]:
        """We stopped and wait for the caller's words."""
        quiet_ms = self._activity.silent_for_ms(now_ms)
        if self._activity.active:
            return []
        if self._listening.open:
            return self._finish_hearing(now_ms) if quiet_ms >= self._overlap.FINAL_AFTER_MS else []
        return self._overlap.proceed(now_ms) if self._overlap.held_for_ms(now_ms) >= self._overlap.RESUME_MS else []

    def _answer(self, now_ms: int, *, spoken: bool = True) -> list[Command]:
        ended_ms = self._activity.last_active_ms if spoken else _UNKNOWN_MS
        return self._answering.answer(now_ms, caller_ended_ms=ended_ms)

    def _typed(self, now_ms: int) -> list[Command]:
        if (typed := self._keypad.take(now_ms)) is None:
            return []
        self._listening.heard(typed)
        return self._answer(now_ms, spoken=False)
