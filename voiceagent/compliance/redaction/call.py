"""The redaction of one call: events come in order and leave as they may be kept. Pure.

What was asked, what was given and what systems told are remembered here, in the memory of the call's own process, and
nowhere else.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from voiceagent.compliance.redaction.entities import EntityFinder
from voiceagent.compliance.redaction.learning import learnt
from voiceagent.compliance.redaction.payload import kind_of_field, names_in_payload, redact_payload
from voiceagent.compliance.redaction.questions import Questions
from voiceagent.compliance.redaction.redact import open_figures, redact, redact_also
from voiceagent.compliance.redaction.values import Context, Kind, Known, Redacted, Span
from voiceagent.compliance.withholding import SCRIPTED
from voiceagent.conversation.profile import RecordsChoice, WordsKept
from voiceagent.telephony import events as ev
from voiceagent.telephony.events import CallEvent

_USUAL: Final = RecordsChoice()
_CONSENT_KEYS: Final = frozenset("12")
_SHORTEST_NAME: Final = 2

Counts = dict[str, int]


class CallRedaction:
    """Masks what the events of one call hold of anybody's data.

    `finder` adds to what is masked in words that were said. Nothing else hangs on it: what the call remembers, and what
    it masks next, comes of our own rules. It is not shown fields of payloads, which have names, nor intents.
    """

    def __init__(self, records: RecordsChoice = _USUAL, finder: EntityFinder | None = None) -> None:
        self._records = records
        self._finder = finder
        self._questions = Questions()
        self._known = Known()
        self._carried = ""
        self._card = False  # a card is being talked about
        self._settled = False  # the consent question is answered: keys mean something else now

    def kept(self, event: CallEvent) -> CallEvent:
        """The event with its words as they may be recorded. Events have to come in the order in which they happened."""
        if self._records.words is WordsKept.RAW:
            return event
        match event:
            case ev.CallerSaid():
                return self._caller_said(event)
            case ev.AgentSaid():
                return self._agent_said(event)
            case ev.ToolCalled():
                return self._tool_called(event)
            case ev.CorrectionSpoken():
                return self._correction(event)
            case ev.DtmfReceived():
                secret = self._settled or event.digit not in _CONSENT_KEYS
                return replace(event, digit=Kind.KEY.mark) if secret else event
            case _:
                return self._short(event)

    def _caller_said(self, event: ev.CallerSaid) -> ev.CallerSaid:
        context = replace(self._context(), asked=self._questions.asked, carried=self._carried, mentioned=self._card)
        ours = redact(event.text, context)
        given = frozenset(span.kind for span in ours.spans)
        self._known = self._known.and_also(learnt(event.text, ours.spans))
        self._carried = open_figures(event.text, context)
        self._card = self._card or Kind.CARD in given or self._questions.asked is Kind.CARD
        self._questions.caller_said(event.text, given)
        masked = self._also(event.text, ours, context)
        counts: Counts = {}
        _count(counts, masked.spans)
        return replace(event, text=masked.text, redactions=counts)

    def _agent_said(self, event: ev.AgentSaid) -> ev.AgentSaid:
        if event.kind in SCRIPTED:
            return event
        context = replace(self._context(), by_agent=True, asked=self._questions.asked)
        planned = self._masked(event.planned, context)
        played = planned if event.played == event.planned else self._masked(event.played, context)
        self._questions.agent_said(event.planned)
        counts: Counts = {}
        _count(counts, played.spans if event.played else planned.spans)
        return replace(event, planned=planned.text, played=played.text, redactions=counts)

    def _tool_called(self, event: ev.ToolCalled) -> ev.ToolCalled:
        found = (*names_in_payload(event.arguments), *names_in_payload(event.result))
        names = frozenset(name for name in found if len(name) >= _SHORTEST_NAME)
        self._known = self._known.and_also(Known(names=names))
        counts: Counts = {}
        context = self._context()
        return replace(
            event,
            arguments=redact_payload(event.arguments, context, counts),
            result=redact_payload(event.result, context, counts),
            error=self._text(event.error, counts),
            redactions=counts,
        )

    def _correction(self, event: ev.CorrectionSpoken) -> ev.CorrectionSpoken:
        kind = kind_of_field(event.field)
        if kind is not None:
            return replace(event, said=kind.mark, now=kind.mark, redactions={kind.value: 2})
        counts: Counts = {}
        return replace(event, said=self._said(event.said, counts), now=self._said(event.now, counts), redactions=counts)

    def _short(self, event: CallEvent) -> CallEvent:
        """Events with a short text, and those without any. A callback's number stays: it was given to be called on."""
        counts: Counts = {}
        match event:
            case ev.TransferRequested():
                slots = redact_payload(event.slots, self._context(), counts)
                return replace(event, intent=self._text(event.intent, counts), slots=slots, redactions=counts)
            case ev.Backchannelled():
                return replace(event, text=self._text(event.text, counts))
            case ev.CallbackRequested():
                return replace(event, intent=self._text(event.intent, counts))
            case ev.DelegationEnded():
                return replace(event, detail=self._text(event.detail, counts))
            case ev.ConsentGranted() if event.method != "dtmf":
                self._settled = True
                return replace(event, answer=self._said(event.answer, counts))
            case ev.ConsentGranted() | ev.ConsentDenied():
                self._settled = True
                return event
            case _:
                return event

    def _context(self) -> Context:
        return Context(level=self._records.level, known=self._known)

    def _text(self, text: str, counts: Counts) -> str:
        """A short text that nobody said: often a name of ours."""
        masked = redact(text, self._context())
        _count(counts, masked.spans)
        return masked.text

    def _said(self, text: str, counts: Counts) -> str:
        masked = self._masked(text, self._context())
        _count(counts, masked.spans)
        return masked.text

    def _masked(self, text: str, context: Context) -> Redacted:
        return self._also(text, redact(text, context), context)

    def _also(self, text: str, ours: Redacted, context: Context) -> Redacted:
        if self._finder is None or not text:
            return ours
        return redact_also(text, ours, self._finder.find(text), context)


def _count(counts: Counts, spans: Iterable[Span]) -> None:
    for span in spans:
        counts[span.kind.value] = counts.get(span.kind.value, 0) + 1
