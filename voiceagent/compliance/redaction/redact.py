"""Mask a text: every recogniser in order, until nothing is left to mask.

What is masked can be masked no more, so redacting a redacted text changes nothing.
"""

from collections.abc import Iterable
from typing import Final

from voiceagent.compliance.redaction import mail
from voiceagent.compliance.redaction.codes import codes_in
from voiceagent.compliance.redaction.dates import births_in_figures, dates_in
from voiceagent.compliance.redaction.joining import left_over, merged
from voiceagent.compliance.redaction.names import names_in
from voiceagent.compliance.redaction.numbers import LONG, numbers_in, trailing
from voiceagent.compliance.redaction.places import addresses_in
from voiceagent.compliance.redaction.runs import runs_in
from voiceagent.compliance.redaction.tokens import Token, tokens_of
from voiceagent.compliance.redaction.values import Context, Kind, Redacted, Span
from voiceagent.conversation.profile import RedactionLevel

_PLAIN: Final = Context()
_PASSES: Final = 64  # each masks something, two are usual


def redact(text: str, context: Context = _PLAIN) -> Redacted:
    """The text with everything masked that the context's level asks for."""
    return _settled(text, Redacted(text=text), context)


def redact_also(text: str, done: Redacted, found: Iterable[Span], context: Context = _PLAIN) -> Redacted:
    """`done`, which came of `redact`, with what somebody else found in the same text masked too.

    What is masked already stays masked under the kind that it has.
    """
    more = left_over(text, done.spans, found)
    if not more:
        return done
    spans = merged(text, [*done.spans, *more])
    return _settled(text, _apply(text, Redacted(text=text), spans), context)


def open_figures(text: str, context: Context = _PLAIN) -> str:
    """Figures at the end of a turn that the next turn may go on with."""
    tokens = tokens_of(text)
    return trailing(tokens, [False] * len(tokens), context)


def _settled(text: str, done: Redacted, context: Context) -> Redacted:
    """Our own rules, until they find nothing more."""
    for _ in range(_PASSES):
        found = _Pass(done.text, context).spans()
        if not found:
            break
        done = _apply(text, done, found)
    return done


class _Pass:
    """One look at a text."""

    def __init__(self, text: str, context: Context) -> None:
        self._text = text
        self._context = context
        self._tokens: list[Token] = tokens_of(text)
        self._taken = [token.is_mark for token in self._tokens]
        self._spans: list[Span] = []

    def spans(self) -> list[Span]:
        tokens, taken, context = self._tokens, self._taken, self._context
        self._take_typed()
        self._take(mail.spoken_in(tokens, taken, context))
        self._take_dates()
        self._take(codes_in(tokens, taken, context))
        self._take(addresses_in(tokens, taken, context))
        self._take(mail.half_heard(tokens, taken, context))
        self._take(births_in_figures(tokens, taken, context))
        self._take(numbers_in(tokens, taken, context))
        self._take(names_in(tokens, taken, context))
        return merged(self._text, self._spans)

    def _take(self, found: Iterable[tuple[int, int, Kind]]) -> None:
        for at, end, kind in found:
            if not any(self._taken[at:end]):
                self._mask(*self._whole(at, end), kind)

    def _whole(self, at: int, end: int) -> tuple[int, int]:
        """With all of a long number that reaches into it: of one that was corrected, a figure or two would stay."""
        for run in runs_in(self._tokens, self._taken):
            if len(run) >= LONG and run.at < end and run.end > at:
                at, end = min(at, run.at), max(end, run.end)
        return at, end

    def _mask(self, at: int, end: int, kind: Kind) -> None:
        self._taken[at:end] = [True] * (end - at)
        self._spans.append(Span(start=self._tokens[at].start, end=self._tokens[end - 1].end, kind=kind))

    def _take_typed(self) -> None:
        for start, end, kind in mail.typed_in(self._text):
            inside = [at for at, token in enumerate(self._tokens) if token.start < end and token.end > start]
            if inside and not any(self._taken[at] for at in inside):
                self._mask(inside[0], inside[-1] + 1, kind)

    def _take_dates(self) -> None:
        """Other dates are nobody's secret, and no numbers either: the strict level masks them as any number."""
        kept = self._context.level is RedactionLevel.BALANCED
        for (at, end, kind), masked in dates_in(self._text, self._tokens, self._taken, self._context):
            if any(self._taken[at:end]):
                continue
            whole = self._whole(at, end)
            if masked:
                self._mask(*whole, kind)
            elif kept and whole == (at, end):  # else its year begins a long number
                self._taken[at:end] = [True] * (end - at)


def _apply(text: str, done: Redacted, found: list[Span]) -> Redacted:
    """Put what was found in the masked text to what is masked already."""
    spans = [*done.spans, *(_in_original(done, span) for span in found)]
    spans.sort(key=lambda span: span.start)
    pieces, marks, at, length = [], [], 0, 0
    for span in spans:
        pieces += [text[at : span.start], span.kind.mark]
        length += span.start - at
        marks.append(Span(start=length, end=length + len(span.kind.mark), kind=span.kind))
        length += len(span.kind.mark)
        at = span.end
    return Redacted(text="".join([*pieces, text[at:]]), spans=tuple(spans), marks=tuple(marks))


def _in_original(done: Redacted, span: Span) -> Span:
    """The place of a span of the masked text in the text as it was said; marks are never part of it."""
    shift = sum(
        (said.end - said.start) - (mark.end - mark.start)
        for said, mark in zip(done.spans, done.marks, strict=True)
        if mark.end <= span.start
    )
    return Span(start=span.start + shift, end=span.end + shift, kind=span.kind)
