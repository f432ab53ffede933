"""The talk: everything that is decided in one call, pure. Inputs are calls with `now_ms` of the media clock, outputs
are commands in order. It connects the opening, the floor policy, the responder and the work desk; each decides alone.
"""

from collections.abc import Callable

from voiceagent.audio.playout import PlayedUtterance
from voiceagent.conversation.caller_activity import CallerActivity
from voiceagent.conversation.delegation import DelegationUpdate, Line
from voiceagent.conversation.floor import FloorAct, FloorPolicy, FloorView
from voiceagent.conversation.floor_signals import FloorProbabilities
from voiceagent.conversation.hearing import Recognised
from voiceagent.conversation.opening import Verdict
from voiceagent.conversation.profile import AgentProfile, Then
from voiceagent.conversation.reply import Reply, Responder
from voiceagent.conversation.speech_plan import UtteranceKind
from voiceagent.core.ids import DelegationId, UtteranceId
from voiceagent.core.termination import Reason, Termination
from voiceagent.session.commands import Command, EndCall, FinishHearing, Hum, Note
from voiceagent.session.keypad import Keypad
from voiceagent.session.listening import Listening
from voiceagent.session.mouth import Mouth
from voiceagent.session.opening_part import OpeningPart
from voiceagent.session.overlap import Overlap
from voiceagent.session.silence import Silence
from voiceagent.session.work_desk import CallFacts, WorkDesk
from voiceagent.telephony.events import (
    Backchannelled,
    CallerSaid,
    DtmfReceived,
    FloorTaken,
    ResultWoven,
    WorkerWasLost,
)

_UNANSWERED_WATCHDOG_MS = 2500  # peers fall silent for 2.5-5 s when their turn model is unsure; we answer by then
_RESULT_PAUSE_MS = 200  # a result enters when nobody has spoken for this long


class Talk:
    """One call's conversation."""

    def __init__(
        self,
        profile: AgentProfile,
        facts: CallFacts,
        responder: Responder,
        judge_consent: Callable[[str, AgentProfile], Verdict],
        new_id: Callable[[str], str],
        turn_ms: int,
    ) -> None:
        self._profile = profile
        self._responder = responder
        self._judge_consent = judge_consent
        self._turn_ms = turn_ms
        self._mouth = Mouth(new_id)
        self._opening = OpeningPart(profile, self._mouth)
        self._activity = CallerActivity()
        self._policy = FloorPolicy(profile.knobs)
        self._listening = Listening()
        self._overlap = Overlap(self._mouth)
        self._desk = WorkDesk(facts, profile.waits, new_id)
        self._silence = Silence(profile.waits)
        self._keypad = Keypad()
        self._hums = 0
        self._fillers = 0
        self._answering: dict[UtteranceId, int] = {}  # utterance -> when the caller had ended
        self._last_words: UtteranceId | None = None  # after this one we hang up
        self._ending = False

    @property
    def in_opening(self) -> bool:
        """Whether the consent answer, not the profile's intents, is what the caller may say."""
        return not self._opening.open

    @property
    def may_keep_words(self) -> bool:
        """Whether words may be written to records: only after consent."""
        return self._opening.granted

    def begin(self) -> list[Command]:
        """Media flows: start with the disclosure."""
        return self._opening.begin()

    def on_floor(self, floor: FloorProbabilities, now_ms: int) -> list[Command]:
        """The model's view of one micro-turn; also the talk's clock tick."""
        if self._ending:
            return []
        self._note_activity(floor, now_ms)
        view = FloorView(floor=floor, now_ms=now_ms, speaking=self._mouth.speaking, protected=self._mouth.protected)
        act = self._policy.step(view)
        if not self._opening.open:
            return self._tick_opening(act, now_ms)
        return [*self._act(act, now_ms), *self._tick(now_ms)]

    def on_heard(self, recognised: Recognised, now_ms: int) -> list[Command]:
        """Final words of a caller segment (partials only steer speculation and are ignored here)."""
        if not recognised.final or self._ending:
            return []
        if not self._opening.open:
            return self._heard_in_opening(recognised, now_ms)
        finishing = self._listening.finishing_since_ms >= 0
        self._listening.heard(recognised)
        if self._overlap.stopped:
            return self._after_stop(recognised, now_ms)
        if finishing and not self._mouth.busy:
            return self._answer(now_ms)
        if self._mouth.speaking:  # the model let it pass: a sign of listening, not a turn
            self._listening.forget()
            return [Note(event=Backchannelled(by="caller", at_ms=recognised.start_ms, text=recognised.text))]
        return []

    def on_digit(self, digit: str, now_ms: int) -> list[Command]:
        """A key was pressed. Keys interrupt anything but a protected span."""
        commands: list[Command] = [Note(event=DtmfReceived(digit=digit, at_ms=now_ms))]
        if not self._opening.open:
            verdict = {"1": Verdict.GRANTED, "2": Verdict.DENIED}.get(digit, Verdict.UNCLEAR)
            return [*commands, *self._opening.on_answer(verdict, "dtmf", now_ms, answer=digit, confidence=1.0)]
        if self._mouth.busy and not self._mouth.protected:
            commands += self._overlap.cut_by_key(now_ms)
        self._keypad.press(digit, now_ms)
        return [*commands, *self._typed(now_ms)]

    def on_started(self, utterance_id: UtteranceId, now_ms: int) -> list[Command]:
        """The first sample of an utterance is being played."""
        ended_ms = self._answering.pop(utterance_id, None)
        if ended_ms is None:
            return []
        taken = FloorTaken(
            at_ms=now_ms,
            utterance_id=utterance_id,
            caller_ended_ms=ended_ms,
            response_latency_ms=now_ms - ended_ms if ended_ms >= 0 else -1,
        )
        return [Note(event=taken)]

    def on_ended(self, played: PlayedUtterance) -> list[Command]:
        """An utterance was played to its end, or dropped with a part of it heard."""
        plan, commands = self._mouth.ended(played)
        self._answering.pop(played.utterance_id, None)
        if plan is None:
            return commands
        commands += self._opening.on_ended(plan, played.start_ms, played.end_ms, completed=played.completed)
        if played.utterance_id == self._last_words:
            self._last_words = None
            if played.completed:
                self._ending = True
                reason = Reason.WORKER_LOST if plan.kind is UtteranceKind.APOLOGY else self._silence.ending
                commands.append(EndCall(termination=Termination.because(reason)))
        return commands

    def on_work(self, delegation_id: DelegationId, update: DelegationUpdate, now_ms: int) -> list[Command]:
        """The background agent reports; a result waits for a good moment."""
        return self._desk.on_update(delegation_id, update, now_ms)

    def on_worker_lost(self, worker_id: str, detail: str, now_ms: int) -> list[Command]:
        """Without a model nobody can hold the talk: say so from pre-rendered audio and end honestly."""
        commands: list[Command] = [Note(event=WorkerWasLost(worker_id=worker_id, at_ms=now_ms, detail=detail))]
        if self._mouth.busy:
            commands.append(self._mouth.drop())
        utterance_id, say = self._mouth.say(self._profile.apology, UtteranceKind.APOLOGY)
        self._last_words = utterance_id
        return [*commands, say]

    # -- inside -------------------------------------------------------------------------------------------------

    def _note_activity(self, floor: FloorProbabilities, now_ms: int) -> None:
        was_active = self._activity.active
        self._activity.step(floor.caller_active, now_ms=now_ms, turn_ms=self._turn_ms)
        if self._activity.active and not was_active:
            self._listening.began()

    def _tick_opening(self, act: FloorAct | None, now_ms: int) -> list[Command]:
        if act is FloorAct.TAKE or (act is FloorAct.STOP and self._opening.answerable):
            return self._finish_hearing(now_ms)
        if self._listening.open and self._activity.silent_for_ms(now_ms) >= _UNANSWERED_WATCHDOG_MS:
            return self._finish_hearing(now_ms)
        return self._opening.on_tick(now_ms, caller_active=self._activity.active)

    def _heard_in_opening(self, recognised: Recognised, now_ms: int) -> list[Command]:
        self._listening.forget()
        if not self._opening.answerable:
            return []
        verdict = Verdict.UNCLEAR
        if recognised.understood:
            verdict = self._judge_consent(recognised.text, self._profile)
        answer = self._opening.on_answer(
            verdict, "voice", now_ms, answer=recognised.text, confidence=recognised.confidence
        )
        said = [Note(event=_caller_said((recognised,), recognised.text, "consent"))] if answer else []
        return [*answer, *said]

    def _act(self, act: FloorAct | None, now_ms: int) -> list[Command]:
        match act:
            case FloorAct.TAKE if self._listening.waiting and not self._mouth.busy:
                return self._finish_hearing(now_ms)
            case FloorAct.STOP | FloorAct.DUCK | FloorAct.UNDUCK:
                return self._overlap.on_act(act, self._activity.onset_ms, now_ms)
            case FloorAct.BACKCHANNEL if self._activity.active and not self._desk.pending:
                return self._hum(now_ms)
            case _:
                return []

    def _tick(self, now_ms: int) -> list[Command]:
        """What time alone brings: watchdog, held speech, results, fillers, reprompts, the time limit."""
        commands = self._desk.timed_out(now_ms)
        if self._overlap.stopped:
            return [*commands, *self._held(now_ms)]
        if self._mouth.busy:
            return commands
        quiet_ms = self._activity.silent_for_ms(now_ms)
        if self._listening.waiting and quiet_ms >= _UNANSWERED_WATCHDOG_MS:
            return [*commands, *self._finish_hearing(now_ms)]
        if self._listening.waiting or quiet_ms < _RESULT_PAUSE_MS:
            return commands
        return [*commands, *self._typed(now_ms), *self._fill_the_silence(now_ms)]

    def _fill_the_silence(self, now_ms: int) -> list[Command]:
        if self._mouth.busy:
            return []
        result = self._desk.take_result()
        if result is not None:
            reply = self._responder.weave(result.intent, result.text or self._profile.unreachable)
            utterance_id, commands = self._say(reply, UtteranceKind.RESULT)
            woven = ResultWoven(delegation_id=result.delegation_id, utterance_id=utterance_id, at_ms=now_ms)
            return [Note(event=woven), *commands]
        if self._desk.filler_due(now_ms):
            fillers = self._profile.waits.fillers
            self._fillers += 1
            return [self._mouth.say(fillers[(self._fillers - 1) % len(fillers)], UtteranceKind.FILLER)[1]]
        if self._desk.pending:
            return []
        quiet_since_ms = max(self._mouth.last_end_ms, self._activity.last_active_ms)
        text = self._silence.step(now_ms, quiet_since_ms, self._profile.max_call_s)
        if text is None:
            return []
        utterance_id, say = self._mouth.say(text, UtteranceKind.REPLY)
        if self._silence.ending is not Reason.AGENT_HUNG_UP:
            self._last_words = utterance_id
        return [say]

    def _finish_hearing(self, now_ms: int) -> list[Command]:
        if not self._listening.open:
            return self._answer(now_ms) if self._opening.open and self._listening.waiting else []
        return [FinishHearing()] if self._listening.finishing(now_ms) else []

    def _after_stop(self, recognised: Recognised, now_ms: int) -> list[Command]:
        """The words that stopped us are known: answer them, or go on where we were cut."""
        if self._overlap.was_false(recognised):
            self._listening.forget()
            return self._overlap.proceed(now_ms)
        return [self._overlap.give_up(), *self._answer(now_ms)]

    def _held(self, now_ms: int) -> list[Command]:
        """We stopped and wait for the caller's words."""
        quiet_ms = self._activity.silent_for_ms(now_ms)
        if self._activity.active:
            return []
        if self._listening.open:
            return self._finish_hearing(now_ms) if quiet_ms >= self._overlap.FINAL_AFTER_MS else []
        return self._overlap.proceed(now_ms) if self._overlap.held_for_ms(now_ms) >= self._overlap.RESUME_MS else []

    def _answer(self, now_ms: int) -> list[Command]:
        text, segments = self._listening.take()
        if not segments:
            return []
        self._silence.caller_spoke()
        reply = self._responder.commit(text)
        self._mouth.lines.append(Line(speaker="caller", text=text))
        commands: list[Command] = [Note(event=_caller_said(segments, text, reply.intent))]
        if reply.work is not None:
            commands += self._desk.start(reply.work, tuple(self._mouth.lines), now_ms)
        if reply.say:
            utterance_id, said = self._say(reply, reply.kind)
            self._answering[utterance_id] = self._activity.last_active_ms
            commands += said
        return commands

    def _say(self, reply: Reply, kind: UtteranceKind) -> tuple[UtteranceId, list[Command]]:
        utterance_id, say = self._mouth.say(reply.say, kind)
        if reply.then is not Then.STAY:
            self._last_words = utterance_id
        return utterance_id, [say]

    def _typed(self, now_ms: int) -> list[Command]:
        typed = self._keypad.take(now_ms)
        if typed is None:
            return []
        self._listening.heard(typed)
        return self._answer(now_ms)

    def _hum(self, now_ms: int) -> list[Command]:
        sounds = self._profile.backchannels
        self._hums += 1
        text = sounds[(self._hums - 1) % len(sounds)]
        return [Hum(text=text), Note(event=Backchannelled(by="agent", at_ms=now_ms, text=text))]


def _caller_said(segments: tuple[Recognised, ...], text: str, intent: str) -> CallerSaid:
    return CallerSaid(
        text=text,
        start_ms=segments[0].start_ms,
        end_ms=segments[-1].end_ms,
        understood=any(item.understood for item in segments),
        confidence=max(item.confidence for item in segments),
        intent=intent,
    )
