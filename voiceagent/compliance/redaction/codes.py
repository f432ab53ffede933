"""Codes of letters and figures: postcodes and IBANs, written or spelled."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from voiceagent.compliance.redaction.asking import asked_for
from voiceagent.compliance.redaction.benign import is_exempt, is_reference
from voiceagent.compliance.redaction.checksums import is_iban
from voiceagent.compliance.redaction.figures import figure_at
from voiceagent.compliance.redaction.letters import letter_at
from voiceagent.compliance.redaction.runs import Run
from voiceagent.compliance.redaction.tokens import Tokens, glued
from voiceagent.compliance.redaction.values import Context, Kind

_UK: Final = re.compile(r"[A-Z]{1,2}[0-9O][A-Z0-9]?[0-9O][A-Z]{2}")
_CANADA: Final = re.compile(r"[A-Z][0-9O][A-Z][0-9O][A-Z][0-9O]")
_FILLERS: Final = frozenset({"um", "uh", "er", "then", "and", "-", ",", "space", "dash", "."})
_BEFORE: Final = 7
_SHORTEST, _LONGEST = 3, 8
_IBAN_FEWEST: Final = 8  # figures and letters of a part of one, where it was asked for
_SHORT_LETTERS: Final = 2


@dataclass(frozen=True, slots=True)
class _Code:
    at: int
    end: int
    text: str  # upper-case letters and figures
    mixed: bool


def codes_in(tokens: Tokens, taken: list[bool], context: Context) -> Iterator[tuple[int, int, Kind]]:
    """(first token, end, kind) of every code to mask."""
    for code in _codes(tokens, taken):
        kind = _kind(tokens, code, context)
        if kind is not None:
            yield code.at, code.end, kind


def _kind(tokens: Tokens, code: _Code, context: Context) -> Kind | None:
    if is_iban(code.text[:2] + code.text[2:].replace("O", "0")):
        return Kind.IBAN
    named = _named(tokens, code.at) or context.asked
    if named is Kind.IBAN and len(code.text) >= _IBAN_FEWEST:
        return Kind.IBAN
    if _UK.fullmatch(code.text) or _CANADA.fullmatch(code.text):
        return Kind.POSTCODE
    if named is not Kind.POSTCODE or not _SHORTEST <= len(code.text) <= _LONGEST:
        return None
    as_run = Run(code.at, code.end, code.text, 1)
    return None if is_exempt(tokens, as_run) or is_reference(tokens, as_run) else Kind.POSTCODE


def _named(tokens: Tokens, at: int) -> Kind | None:
    return asked_for(" ".join(token.text for token in tokens[max(0, at - _BEFORE) : at]))


def _codes(tokens: Tokens, taken: list[bool]) -> Iterator[_Code]:
    at = 0
    while at < len(tokens):
        code = _code_at(tokens, at, taken)
        if code is None:
            at += 1
            continue
        yield code
        at = code.end


def _code_at(tokens: Tokens, at: int, taken: list[bool]) -> _Code | None:
    text, end, place, figures, gap = "", at, at, 0, 0
    while place < len(tokens) and not taken[place] and not tokens[place].is_mark:
        found = _element(tokens, place)
        if found is not None:
            text, end, place, gap = text + found[1].upper(), found[0], found[0], 0
            figures += found[1].isdecimal()
        elif text and tokens[place].text in _FILLERS and gap < 2:
            gap, place = gap + 1, place + 1
        else:
            break
    mixed = figures > 0 and any(character.isalpha() for character in text)
    return _Code(at, end, text, mixed) if figures and len(text) >= _SHORTEST else None


def _element(tokens: Tokens, at: int) -> tuple[int, str] | None:
    token = tokens[at]
    if token.text in {"o", "oh"}:
        return at + 1, "o"  # the letter or the figure
    figure = figure_at(tokens, at)
    if figure is not None and figure.sure:
        return figure.end, figure.digits
    letter = letter_at(tokens, at)
    if letter is not None:
        return letter
    joined = glued(tokens, at) or glued(tokens, at + 1)
    if token.is_word and len(token.text) <= 4 and joined and token.text.isascii() and token.text.isalpha():
        return at + 1, token.text
    return (at + 1, token.text) if token.text in {"aa", "bb", "sw", "se", "nw", "ne", "ec", "wc"} else None
