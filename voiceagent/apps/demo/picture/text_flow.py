"""Text that lies along time: cut at row ends, wrapped to the width of its span. Pure.

SVG has no line breaking, and the fonts of the viewer are not known: widths are estimated from classes of letters.
"""

import re
from dataclasses import dataclass, replace
from typing import Final

from voiceagent.apps.demo.picture.scene import Words

_NARROW: Final = frozenset("iljtfI.,:;'|!()[] ")
_WIDE: Final = frozenset("mwMW@%")
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+(?=\S)")
_SHORT_MS: Final = 1500


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLine:
    """One line of text. `unspoken` begins at this character; len(text) when all was spoken."""

    text: str
    unspoken: int


def width_px(text: str, size_px: float) -> float:
    """About how wide `text` is in a sans serif font."""
    return size_px * sum(0.36 if c in _NARROW else 0.95 if c in _WIDE else 0.7 if c.isupper() else 0.61 for c in text)


def sentences_of(words: Words) -> list[Words]:
    """The sentences of an utterance, each in its own time; what is too short to be drawn alone joins its neighbour."""
    pieces = _SENTENCE_END.split(words.text)
    per_letter = (words.end_ms - words.start_ms) / max(1, len(words.text))
    out: list[Words] = []
    start_ms = words.start_ms
    for number, text in enumerate(pieces):
        last = number == len(pieces) - 1
        end_ms = words.end_ms if last else start_ms + round((len(text) + 1) * per_letter)
        if out and out[-1].end_ms - out[-1].start_ms < _SHORT_MS:
            before = out.pop()
            text, start_ms = f"{before.text} {text}", before.start_ms  # noqa: PLW2901
        unspoken, note = words.unspoken if last else "", "" if out else words.note
        out.append(replace(words, text=text, start_ms=start_ms, end_ms=end_ms, unspoken=unspoken, note=note))
        start_ms = end_ms
    return out


def cut_to_row(words: Words, start_ms: int, end_ms: int) -> Words | None:
    """The part of `words` that is spoken within [start_ms, end_ms); words lie in time as their letters lie in text.

    What begins just before the row's end is written in the next row, as a whole.
    """
    if words.start_ms >= end_ms or words.end_ms <= start_ms:
        return None
    per_letter = (words.end_ms - words.start_ms) / max(1, len(words.text))
    late_here = words.end_ms > end_ms and words.start_ms > end_ms - _SHORT_MS
    late_before = words.start_ms < start_ms < words.start_ms + _SHORT_MS
    here: list[str] = []
    position = 0
    for word in words.text.split():
        at_ms = words.start_ms + position * per_letter
        if not late_here and (start_ms <= at_ms < end_ms or (late_before and at_ms < start_ms)):
            here.append(word)
        position += len(word) + 1
    return replace(
        words,
        text=" ".join(here),
        start_ms=max(words.start_ms, start_ms),
        end_ms=min(words.end_ms, end_ms),
        unspoken=words.unspoken if words.end_ms <= end_ms else "",
        note=words.note if late_before or (words.start_ms >= start_ms and not late_here) else "",
    )


def wrap(words: Words, room_px: float, size_px: float, most_lines: int) -> list[TextLine]:
    """Lines of at most `room_px` (a longer word stands alone); what does not fit ends in an ellipsis."""
    spoken = words.text.split()
    tokens = [(word, index >= len(spoken)) for index, word in enumerate([*spoken, *words.unspoken.split()])]
    lines: list[TextLine] = []
    while tokens and len(lines) < most_lines:
        line, tokens = _fill(tokens, room_px, size_px)
        lines.append(line)
    if tokens and lines:
        last = lines[-1]
        lines[-1] = TextLine(text=f"{last.text} …", unspoken=min(last.unspoken, len(last.text)))
    return lines


def _fill(tokens: list[tuple[str, bool]], room_px: float, size_px: float) -> tuple[TextLine, list[tuple[str, bool]]]:
    text, unspoken, taken = "", -1, 0
    for word, silent in tokens:
        longer = f"{text} {word}" if text else word
        if text and width_px(longer, size_px) > room_px:
            break
        if silent and unspoken < 0:
            unspoken = len(longer) - len(word)
        text = longer
        taken += 1
    return TextLine(text=text, unspoken=unspoken if unspoken >= 0 else len(text)), tokens[taken:]
