"""What a model wrote, made fit to be spoken, or not spoken at all. Pure.

Words cannot be proved true. What is checked: figures come from the caller, the profile or a short field of a result (in
a long text a stranger may have written them), addresses from the profile, no secret is asked for, and no change is
claimed, since none can have been made. The last two know words of English, and who is determined finds others. In a
profile that speaks English every other language is a fault. Nothing rests on this but what the caller hears: what was
done is in the ledger.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from voiceagent.background.language_model.claimed_changes import claims_change
from voiceagent.background.language_model.english import is_english
from voiceagent.conversation.phrase import plain_words
from voiceagent.conversation.spoken_digits import is_number_word, spoken_digits

MAX_SPOKEN: Final = 480  # characters: half a minute of speech
_LONG: Final = 3  # figures that make a number which could be dialled, paid or quoted
_FIELD: Final = 60  # characters: a longer value is a text
_MOST_LOOSE: Final = 6  # figures of short numbers of its own in one answer; a telephone number has more

_MARKUP: Final = re.compile(r"[*_#`|<>\[\]{}~^\\]+")
_SENTENCES: Final = re.compile(r"[^.!?]+(?:[.!?](?!\s|$)[^.!?]*)*[.!?]*")
_ADDRESS: Final = re.compile(
    r"\S+@\S+|\bhttps?:\S+|\bwww\.\S+|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}\b"
    r"|(?:[\w-]+\s+)?\bdot\s+(?:com|net|org|info|io|co|de|uk)\b",
    re.IGNORECASE,
)
_SECRET: Final = re.compile(
    r"\b(?:pins?|passwords?|passcodes?|passphrase|cvv|cvc|card (?:number|details)|security (?:code|number|question)"
    r"|(?:one.?time|verification|access|sms) codes?|codes? (?:that |which )?(?:you|we|i)(?:'ve| have| were| are)?"
    r"(?: just| been)* (?:received|receive|got|get|sent|texted)|account number|sort code|iban|social security)\b",
    re.IGNORECASE,
)


class Fault(StrEnum):
    """Why words of a model are not spoken."""

    EMPTY = "the model said nothing"
    LANGUAGE = "the model spoke another language than the profile"
    CLAIMS = "the model claimed a change, and none was made"
    NUMBER = "the model said a number that nobody gave it"
    ADDRESS = "the model said an address that nobody gave it"
    SECRET = "the model asked for a secret"  # noqa: S105


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What an answer may be made of: the profile's texts, what was said on the call, values of results.

    `language`: the profile's, ISO 639-1.
    """

    language: str = "en"
    profile: tuple[str, ...] = ()
    call: tuple[str, ...] = ()
    results: tuple[str, ...] = ()


def short_values(value: object) -> Iterator[str]:
    """The plain values of a result, those left out that are texts rather than fields."""
    match value:
        case dict():
            for one in value.values():
                yield from short_values(one)
        case list():
            for one in value:
                yield from short_values(one)
        case str() if len(value) > _FIELD:
            return
        case str() | int() | float():
            yield str(value)
        case _:
            return


def spoken_answer(text: str, sources: Sources) -> str | Fault:
    """The words to speak, or the first fault."""
    said = plain(text)
    if not said:
        return Fault.EMPTY
    if any(claims_change(sentence, " ".join(sources.results)) for sentence in sentences(said)):
        return Fault.CLAIMS
    if _SECRET.search(said):
        return Fault.SECRET
    ours = "\n".join(sources.profile)
    if not _addresses(said) <= _addresses(ours):
        return Fault.ADDRESS
    known = [number for text in (ours, *sources.call, *sources.results) for number in figures(text)]
    if _has_loose_number(said, known):
        return Fault.NUMBER
    return Fault.LANGUAGE if sources.language == "en" and not _all_english(said, sources) else said


def plain(text: str) -> str:
    """On one line, without markup, controls and pictures, cut behind the last sentence that fits."""
    kept = "".join(
        character if unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "So", "Cn"} else " "
        for character in unicodedata.normalize("NFKC", text[: MAX_SPOKEN * 4])
    )
    line = " ".join(_MARKUP.sub("", kept.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")).split())
    if len(line) <= MAX_SPOKEN:
        return line
    whole = ""
    for sentence in sentences(line):
        if len(whole) + 1 + len(sentence) > MAX_SPOKEN:
            break
        whole = f"{whole} {sentence}".strip()
    return whole or line[:MAX_SPOKEN].rsplit(" ", 1)[0]


def sentences(text: str) -> tuple[str, ...]:
    """In order, each with its mark."""
    return tuple(found.strip() for found in _SENTENCES.findall(text) if found.strip())


def figures(text: str) -> tuple[str, ...]:
    """The numbers in a text: "order 48-20, or two hundred" has "4820" and "200". Words between them part them."""
    numbers, run = [], list[str]()
    for sentence in sentences(text) or (text,):
        for word in [*plain_words(re.sub(r"(?<=\d)\D(?=\d)|[-/,;:()+]", " ", sentence)), ""]:
            if is_number_word(word):
                run.append(word)
            elif run:
                numbers.append(spoken_digits(run))
                run = []
    return tuple(number for number in numbers if number)


def _all_english(said: str, sources: Sources) -> bool:
    known = frozenset(
        word for text in (*sources.profile, *sources.call, *sources.results) for word in plain_words(text)
    )
    return all(is_english(sentence, known) for sentence in sentences(said))


def _addresses(text: str) -> set[str]:
    return {address.lower().rstrip(".,;:!?") for address in _ADDRESS.findall(text)}


def _has_loose_number(said: str, known: Collection[str]) -> bool:
    joined = " ".join(known)
    loose = [
        number for number in figures(said) if number not in known and (len(number) < _LONG or number not in joined)
    ]
    return any(len(number) >= _LONG for number in loose) or sum(map(len, loose)) > _MOST_LOOSE
