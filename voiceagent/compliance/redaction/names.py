"""Names: known ones of the call, by letters or by sound; those that people introduce; those that they spell."""

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Final

from voiceagent.compliance.redaction.everyday import EVERYDAY
from voiceagent.compliance.redaction.figures import figure_at
from voiceagent.compliance.redaction.letters import NATO, letter_at, spelled_at
from voiceagent.compliance.redaction.sound import sound_of
from voiceagent.compliance.redaction.tokens import Tokens, text_at, words
from voiceagent.compliance.redaction.values import Context, Kind

_CUES: Final = tuple(
    tuple(cue.split())
    for cue in (
        *(
            "my name is",
            "my name's",
            "my names",
            "name is",
            "name's",
            "names",
            "the name is",
            "i am called",
            "i'm called",
        ),
        *("call me", "first name is", "last name is", "surname is", "family name is", "first name", "last name"),
        *("surname", "speaking to", "account holder is", "in the name of", "under the name", "under the name of"),
        *("registered to",),
    )
)
_THIS_IS: Final = (("this", "is"), ("it's",), ("it", "is"), ("i'm",), ("i", "am"))
_SPEAKING: Final = frozenset({"speaking", "calling", "here"})
_TITLES: Final = words("mr mrs ms miss mister missus dr doctor madam")
_STOP: Final = words(
    "and i i'm im i'd calling about from with speaking my the order a an is it it's its that that's on for to at"
    " in of by not but please so because where what when how why can could would you your number phone card if or"
    " just here sorry um uh yes no okay ok thanks thank hello hi have has had want need was were will me we are"
    " this there as , . ? ! ; : spelled spelt spell address email back later today tomorrow now really very still"
    " same correct right fine good wrong one two double hold wait was actually"
)
_QUESTION: Final = words("why what how who where when can could do does sorry pardon")
_MOST_NAMES: Final = 3
_FEWEST_SPELLED, _FEWEST_ASKED = 4, 2
_COMMON: Final = words(
    "will may mark grant rose hope faith joy art bill frank jack grace sunny summer june april august long young"
    " brown green white black king price day wood park hill hall field may best small rich sue drew pat chase dean"
    " miles"
)
_INTRODUCING: Final = _TITLES | words("thanks you name is i'm hello hi dear name's it's this")
_NEAR, _SOUNDS_ALIKE = 0.85, 0.72

Found = tuple[int, int, Kind]


def names_in(tokens: Tokens, taken: list[bool], context: Context) -> Iterator[Found]:
    """(first token, end, NAME) of every name."""
    yield from _introduced(tokens, taken)
    yield from _known(tokens, taken, context)
    yield from _spelled(tokens, taken, context)
    if context.asked is Kind.NAME and not context.by_agent:
        yield from _answer(tokens, taken)


def _introduced(tokens: Tokens, taken: list[bool]) -> Iterator[Found]:
    texts = [token.text for token in tokens]
    for at in range(len(tokens)):
        for cue in _CUES:
            start = at + len(cue)
            if tuple(texts[at:start]) == cue:
                end = _name_end(tokens, start, taken)
                if end > start:
                    yield start, end, Kind.NAME
        for cue in _THIS_IS:
            start = at + len(cue)
            if tuple(texts[at:start]) == cue:
                end = _name_end(tokens, start, taken)
                if end > start and text_at(tokens, end) in _SPEAKING:
                    yield start, end, Kind.NAME
        if texts[at] in _TITLES and not taken[at]:
            end = _name_end(tokens, at + 1, taken, most=1)
            if end > at + 1 and texts[at] not in {"doctor", "dr", "miss", "madam"}:
                yield at + 1, end, Kind.NAME


def _name_end(tokens: Tokens, start: int, taken: list[bool], most: int = _MOST_NAMES) -> int:
    end = start
    while end < len(tokens) and end - start < most and not taken[end]:
        token = tokens[end]
        if not token.is_word or token.text in _STOP or token.text in _SPEAKING or token.is_mark:
            break
        spelled = spelled_at(tokens, end)
        if len(spelled[1]) >= _FEWEST_SPELLED or (spelled[1] and token.text not in NATO):
            return spelled[0]
        if (found := figure_at(tokens, end)) is not None and found.sure:
            break
        end += 1
    return end


def _known(tokens: Tokens, taken: list[bool], context: Context) -> Iterator[Found]:
    if not context.known.names:
        return
    wanted = {name: sound_of(name) for name in context.known.names}
    for at, token in enumerate(tokens):
        if taken[at] or not token.is_word:
            continue
        word = token.text.removesuffix("'s")
        if (word in wanted and (word not in _COMMON or _is_introduced(tokens, at, context))) or (
            word not in wanted and _sounds_known(word, wanted)
        ):
            yield at, at + 1, Kind.NAME
        elif at + 1 < len(tokens) and tokens[at + 1].is_word and not taken[at + 1]:
            both = word + text_at(tokens, at + 1)  # "oka for": one name heard as two words
            if (len(both) >= 5 and both in wanted) or _sounds_known(both, wanted, least=0.9):
                yield at, at + 2, Kind.NAME


def _is_introduced(tokens: Tokens, at: int, context: Context) -> bool:
    """A name that is also a word counts beside another name, or where people are addressed."""
    beside = {text_at(tokens, at - 1), text_at(tokens, at + 1)}
    return (
        text_at(tokens, at - 1) in _INTRODUCING
        or text_at(tokens, at - 1) == ","
        or bool(beside & (context.known.names - {text_at(tokens, at)}))
        or any(mark.startswith("[name") for mark in beside)
    )


def _sounds_known(word: str, wanted: dict[str, str], least: float = _SOUNDS_ALIKE) -> bool:
    if len(word) < 4 or word in EVERYDAY:
        return False
    for name, sound in wanted.items():
        if len(name) < 4 or abs(len(name) - len(word)) > 2:
            continue
        alike = SequenceMatcher(None, word, name).ratio()
        if alike >= max(_NEAR, least) or (alike >= least and sound_of(word) == sound):
            return True
    return False


def _spelled(tokens: Tokens, taken: list[bool], context: Context) -> Iterator[Found]:
    fewest = _FEWEST_ASKED if context.asked in {Kind.NAME, Kind.EMAIL} else _FEWEST_SPELLED
    at = 0
    while at < len(tokens):
        end, said = (at, "") if taken[at] else spelled_at(tokens, at)
        if len(said) >= fewest and not any(taken[at:end]):
            yield at, end, Kind.NAME
        at = max(end, at + 1)


def _answer(tokens: Tokens, taken: list[bool]) -> Iterator[Found]:
    """The answer to a question for a name, when it is short enough to be nothing else."""
    if (
        any(token.is_mark for token in tokens)
        or text_at(tokens, 0) in _QUESTION
        or text_at(tokens, len(tokens) - 1) == "?"
    ):
        return
    said = [at for at, token in enumerate(tokens) if token.is_word and token.text not in _STOP | EVERYDAY]
    if len(said) > _MOST_NAMES and not any(letter_at(tokens, at) is not None for at in said):
        return
    for at in said:
        if not taken[at]:
            yield at, at + 1, Kind.NAME
