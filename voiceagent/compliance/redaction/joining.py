"""Spans of a text from several sources as one list: nothing is masked twice, and nobody unmasks what another masked."""

from collections.abc import Iterable, Sequence

from voiceagent.compliance.redaction.tokens import Token, tokens_of
from voiceagent.compliance.redaction.values import Span


def merged(text: str, spans: Iterable[Span]) -> list[Span]:
    """In order of the text; neighbours of a kind are one."""
    joined: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        last = joined[-1] if joined else None
        if last is not None and last.kind is span.kind and not text[last.end : span.start].strip():
            joined[-1] = Span(start=last.start, end=span.end, kind=span.kind)
        else:
            joined.append(span)
    return joined


def left_over(text: str, masked: Iterable[Span], found: Iterable[Span]) -> list[Span]:
    """What `found` adds to `masked`, in whole words and figures; of findings that overlap the longest counts."""
    tokens = tokens_of(text)
    taken = [token.is_mark for token in tokens]
    for span in masked:
        for at in _tokens_in(tokens, span):
            taken[at] = True
    added = []
    for span in sorted(found, key=lambda span: span.start - span.end):
        for run in _free_runs(tokens, taken, span):
            taken[run[0] : run[-1] + 1] = [True] * len(run)
            added.append(Span(start=tokens[run[0]].start, end=tokens[run[-1]].end, kind=span.kind))
    return added


def _tokens_in(tokens: Sequence[Token], span: Span) -> list[int]:
    """Those that have at least one character in it: half a word would be readable."""
    return [at for at, token in enumerate(tokens) if token.start < span.end and token.end > span.start]


def _free_runs(tokens: Sequence[Token], taken: Sequence[bool], span: Span) -> list[list[int]]:
    """Tokens of the span that stand together and are not masked, without the signs at either end."""
    runs: list[list[int]] = [[]]
    for at in _tokens_in(tokens, span):
        if taken[at]:
            runs.append([])
        else:
            runs[-1].append(at)
    return [trimmed for run in runs if (trimmed := _without_signs(tokens, run))]


def _without_signs(tokens: Sequence[Token], run: list[int]) -> list[int]:
    said = [at for at in run if tokens[at].is_word or tokens[at].is_typed]
    return list(range(said[0], said[-1] + 1)) if said else []
