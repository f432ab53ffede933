"""Names as people say them: one out of a list, or spelled ("k e double l e r", "k as in kilo"). Pure.

A closed grammar hears listed words only, so a name that is on no list can only be spelled. What is spelled is taken for
the listed name that it is, or misses by one letter; without a list it is taken as it is.
"""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Final

from voiceagent.conversation.phrase import plain_words
from voiceagent.conversation.spoken_digits import REPEATS

_SPELLING: Final = """
alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november oscar papa quebec romeo sierra
tango uniform victor whiskey x-ray yankee zulu
"""
LETTERS: Final = tuple("abcdefghijklmnopqrstuvwxyz")
_SAID: Final[dict[str, str]] = {
    **{letter: letter for letter in LETTERS},
    **{word: word[0] for name in _SPELLING.split() for word in plain_words(name)[:1] if len(word) > 1},
}
_FEWEST, _MOST = 2, 20  # letters of a name
_NEARLY: Final = 0.85  # one letter of a name of six

Words = Sequence[str]


def listed_at(choices: Mapping[str, Sequence[str]], words: Words, at: int) -> Iterator[tuple[int, str]]:
    """Values of a list whose spoken form begins at `at`: (end, value), longest first."""
    forms = [(tuple(plain_words(form)), value) for value, said in choices.items() for form in said]
    for form, value in sorted(forms, key=lambda entry: -len(entry[0])):
        if tuple(words[at : at + len(form)]) == form:
            yield at + len(form), value


def names_at(choices: Mapping[str, Sequence[str]], words: Words, at: int) -> Iterator[tuple[int, str]]:
    """Names that begin at `at`: (end, name). A spelled one ends where the letters do."""
    yield from listed_at(choices, words, at)
    end, letters = _letters(words, at)
    if not _FEWEST <= len(letters) <= _MOST:
        return
    spelled = {form.replace(" ", ""): name for name, forms in choices.items() for form in (*forms, name.lower())}
    near = get_close_matches(letters, spelled, n=1, cutoff=_NEARLY)
    if near or not choices:
        yield end, spelled[near[0]] if near else letters.capitalize()


def _letters(words: Words, at: int) -> tuple[int, str]:
    letters, repeat = "", 1
    while at < len(words) and len(letters) <= _MOST:
        if tuple(words[at : at + 2]) == ("as", "in") and at + 2 < len(words) and letters:
            at += 3  # "k as in kilo": the letter was said before
            continue
        if words[at] in REPEATS and repeat == 1:
            repeat = REPEATS[words[at]]
        elif words[at] in _SAID:
            letters, repeat = letters + _SAID[words[at]] * repeat, 1
        else:
            break
        at += 1
    return at, letters
