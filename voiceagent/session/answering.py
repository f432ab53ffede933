"""Answering the caller: their words to the responder, its reply to the desk, the mouth and the way to a person."""

from voiceagent.conversation.courtesy import only_courteous
from voiceagent.conversation.delegation import Line
from voiceagent.conversation.read_back import confirms
from voiceagent.conversation.reply import OffersCallback, Reply
from voiceagent.conversation.secure_capture import AskAgain, Captured
from voiceagent.conversation.speech_plan import UtteranceKind
from voiceagent.session.capturing import Capturing
from voiceagent.session.commands import Command, Note
from voiceagent.session.handing_over import HandingOver
from voiceagent.session.initiative import Initiative
from voiceagent.session.listening import Listening, caller_said
from voiceagent.session.mouth import Mouth
from voiceagent.session.work_desk import WorkDesk

_UNKNOWN_MS = -1
_THANKS_MS = 4000  # what begins later is no "thanks" any more


class Answering:
    """One call's answers; pure."""

    def __init__(
        self,
        responder: OffersCallback,
        listening: Listening,
        mouth: Mouth,
        desk: WorkDesk,
        initiative: Initiative,
        handing_over: HandingOver,
        capturing: Capturing,
    ) -> None:
        self._responder = responder
        self._listening = listening
        self._mouth = mouth
        self._desk = desk
        self._initiative = initiative
        self._handing_over = handing_over
        self._capturing = capturing

    def answer(self, now_ms: int, *, caller_ended_ms: int) -> list[Command]:
        """Answer all that was heard and not answered; nothing when there is nothing. -1: the end cannot be told."""
        text, segments = self._listening.take()
        if not segments:
            return []
        if self._initiative.giving_time and self._goes_with_it(text, segments[0].start_ms):
            return [Note(event=caller_said(segments, text, "listening" if text else ""))]
        self._initiative.caller_spoke()
        reply = self._responder.commit(text, asked=self._mouth.asked_before(segments[0].start_ms))
        self._mouth.lines.append(Line(speaker="caller", text=text))
        commands: list[Command] = [Note(event=caller_said(segments, text, reply.intent))]
        if reply.gives_s:
            self._initiative.give_time(reply.gives_s)
        if reply.declines:
            commands += self._desk.decline("declined", now_ms)
        return [*commands, *self._carry_out(reply, now_ms, caller_ended_ms)]

    def captured(self, outcome: AskAgain | Captured | None, now_ms: int) -> list[Command]:
        """Answer what came of a key or of time in a secure capture."""
        if outcome is None:
            return []
        self._initiative.caller_spoke()
        if isinstance(outcome, AskAgain):
            self._mouth.owe(_UNKNOWN_MS)
            return [self._mouth.say(self._capturing.question, UtteranceKind.REPLY)[1]]
        reply = self._responder.captured(complete=outcome.value is not None)
        return [*self._capturing.ended(outcome, now_ms), *self._carry_out(reply, now_ms, _UNKNOWN_MS)]

    def _carry_out(self, reply: Reply, now_ms: int, caller_ended_ms: int) -> list[Command]:
        commands: list[Command] = []
        if reply.work is not None:
            values = self._capturing.take_values()
            commands += self._desk.start(reply.work, tuple(self._mouth.lines), now_ms, values)
        if not reply.empty:
            self._mouth.owe(caller_ended_ms)
        if reply.captures:
            self._listening.forget()  # what was said before the question is answered by it
            commands += self._capturing.begin(reply.captures, now_ms)
        if reply.say:
            commands += self._handing_over.reply(reply, now_ms)
        return commands

    def _goes_with_it(self, text: str, start_ms: int) -> bool:
        """Thanks for the time that was just given, in whatever words, need no answer; a yes is one to what is open."""
        just_now = start_ms < self._mouth.last_end_ms + _THANKS_MS
        return just_now and (not text or (only_courteous(text) and not confirms(text)))

    def left_unanswered(self, now_ms: int) -> list[Command]:
        """The caller has left: who said yes to a callback and hung up on it is called back all the same."""
        text, segments = self._listening.take() if self._responder.offering else ("", ())
        if not segments:
            return []
        reply = self._responder.commit(text, asked=self._mouth.asked_before(segments[0].start_ms))
        said = Note(event=caller_said(segments, text, reply.intent))
        return [said, *self._handing_over.agreed(reply, now_ms)]
