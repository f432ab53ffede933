"""What the made callers and agents say. Small grammars, so that texts hardly ever repeat."""

import re
from collections.abc import Callable
from typing import Final

from numpy.random import Generator

# espeak spells "mm-hm" letter by letter; "um hum" is how it is made to hum.
BACKCHANNELS: Final = (
    "yeah", "yeah", "yeah", "uh huh", "uh huh", "um hum", "um hum", "mm hm", "right", "oh", "okay", "I see", "sure",
    "yep", "got it", "alright", "yeah yeah", "right right", "oh okay", "uh huh yeah", "yes", "of course", "great",
    "good",
    "hum", "aha", "oh right", "I know", "ah okay", "um hum um hum", "okay okay", "yeah right", "oh really", "true",
)  # fmt: skip
FILLERS: Final = ("um,", "uh,", "er,", "so,", "well,", "and,", "like,", "let me see,", "hmm,", "you know,", "I mean,")
ANSWERS: Final = (
    "yes.", "no.", "yes please.", "no thanks.", "sure.", "okay.", "yeah.", "nope.", "that's right.", "correct.",
    "I do.",
    "not really.", "maybe.", "I think so.", "yes I agree.", "no I don't.", "that's fine.", "of course.", "go ahead.",
    "nothing else.", "that's all.", "I don't know.", "fine.", "hello?", "thank you.", "goodbye.", "great, thanks.",
    "not now.", "never.", "yes, that is correct.", "yes you can.", "no, nothing else, thank you.",
)  # fmt: skip
BARGE_INS: Final = (
    "no wait", "no wait, actually", "wait", "wait wait", "stop", "hold on", "hold on a second", "excuse me", "sorry,",
    "sorry, can I just ask", "no no no", "no, that's not right", "actually", "actually, I meant", "hang on",
    "one second",
    "can I stop you there", "that's not what I asked", "let me finish", "never mind", "just a moment", "wait a minute",
    "hey", "listen", "but", "no, the other one", "I already told you that", "I have a question", "please stop",
    "no, I said", "that's wrong", "forget it", "can you repeat that", "what did you say", "pardon", "what",
)  # fmt: skip
ACKNOWLEDGED_BARGE_INS: Final = ("yeah but", "okay but", "right, but", "okay, so", "yes but", "yeah, no,", "sure, but")

_NAMES = (
    "John", "Maria", "Peter Novak", "Susan", "David Clark", "Emma", "Mister Baker", "Laura Stone", "Ahmed", "Priya",
    "Tom Hughes", "Olivia", "Doctor Green", "Mrs Taylor", "Frank", "Alice Moore", "my wife", "my brother", "Kevin",
)  # fmt: skip
_THINGS = (
    "order", "parcel", "invoice", "appointment", "subscription", "account", "password", "refund", "delivery", "phone",
    "router", "contract", "booking", "ticket", "washing machine", "insurance claim", "credit card", "flight", "laptop",
    "internet connection", "address", "payment", "bill", "membership", "car", "kitchen table", "coffee machine",
)  # fmt: skip
_PLACES = (
    "the office", "the station", "London", "the second floor", "my old house", "the post office", "Manchester",
    "the hotel", "the garden", "New York", "the corner shop", "the main entrance", "school", "the hospital",
)  # fmt: skip
_DAYS = (
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "tomorrow", "next week", "tonight",
    "the fifth of May", "the twenty first", "the end of the month", "this afternoon", "in the morning", "last week",
)  # fmt: skip
_DONE = (
    "arrived", "stopped working", "been cancelled", "changed", "gone missing", "been delivered", "been charged twice",
    "turned up", "been sent to the wrong place", "failed again", "been paid", "been returned",
)  # fmt: skip
_VERBS = (
    "check",
    "change",
    "cancel",
    "return",
    "talk about",
    "ask about",
    "update",
    "find",
    "pay for",
    "report",
    "move",
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_UNITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_STORY = (
    "the weather was terrible", "we walked along the river", "the old man looked at the sea",
    "nobody answered the door",
    "she opened the letter slowly", "the train was two hours late", "I waited in the rain", "they sold the company",
    "the children were playing outside", "he never said a word about it", "the lights went out",
    "we had dinner together",
    "the price had gone up again", "the dog ran across the street", "my sister called me from the airport",
    "the manager promised to help", "there was a long silence", "the whole town was talking about it",
    "I could not believe my eyes", "the water was cold and clear", "everything seemed to be fine",
    "it broke after a day",
)  # fmt: skip
_JOIN = ("and then", "but", "because", "so", "and", "after that", "while", "although", "until", "when")
_NOVEL_SHARE: Final = 0.4
_WEAK: Final = frozenset(  # function words
    {
        "the", "a", "an", "my", "your", "to", "and", "of", "is", "for", "with", "because", "that", "in", "on", "at",
        "from", "it", "was", "so", "but", "i", "we", "this", "about", "are", "if", "can",
    }
)  # fmt: skip

Texts = tuple[str, ...]


def one_of(rng: Generator, options: Texts) -> str:
    return options[int(rng.integers(len(options)))]


def _number(rng: Generator) -> str:
    return " ".join(one_of(rng, _UNITS) for _ in range(int(rng.integers(3, 8))))


def _amount(rng: Generator) -> str:
    return f"{one_of(rng, _TENS)} {one_of(rng, _UNITS)}"


def _story(rng: Generator) -> str:
    parts = [one_of(rng, _STORY)]
    for _ in range(int(rng.integers(0, 3))):
        parts += [one_of(rng, _JOIN), one_of(rng, _STORY)]
    return " ".join(parts) + "."


_CALLER: Final[tuple[Callable[[Generator], str], ...]] = (
    lambda r: f"I'd like to {one_of(r, _VERBS)} my {one_of(r, _THINGS)}.",
    lambda r: f"I want to {one_of(r, _VERBS)} the {one_of(r, _THINGS)} for {one_of(r, _NAMES)}, please.",
    lambda r: f"My {one_of(r, _THINGS)} has {one_of(r, _DONE)}.",
    lambda r: f"Can you tell me where my {one_of(r, _THINGS)} is?",
    lambda r: f"Could you {one_of(r, _VERBS)} my {one_of(r, _THINGS)} before {one_of(r, _DAYS)}?",
    lambda r: f"My {one_of(r, _THINGS)} number is {_number(r)}.",
    lambda r: f"It's {_number(r)}.",
    lambda r: f"My name is {one_of(r, _NAMES)}.",
    lambda r: f"This is {one_of(r, _NAMES)}, I'm calling about the {one_of(r, _THINGS)}.",
    lambda r: f"When will the {one_of(r, _THINGS)} be ready?",
    lambda r: f"How much does the {one_of(r, _THINGS)} cost?",
    lambda r: f"The {one_of(r, _THINGS)} was supposed to come on {one_of(r, _DAYS)}.",
    lambda r: f"I paid {_amount(r)} dollars for that {one_of(r, _THINGS)} at {one_of(r, _PLACES)}.",
    lambda r: f"I've been waiting since {one_of(r, _DAYS)} and nothing has {one_of(r, _DONE)}.",
    lambda r: f"Is {one_of(r, _PLACES)} open on {one_of(r, _DAYS)}?",
    lambda r: f"On {one_of(r, _DAYS)}, no, on {one_of(r, _DAYS)}, at {one_of(r, _PLACES)}.",
    lambda r: f"We moved to {one_of(r, _PLACES)} and {one_of(r, _STORY)}.",
    lambda r: f"I'm not sure what happened, {one_of(r, _STORY)}.",
    lambda r: f"What about {one_of(r, _DAYS)} then?",
    lambda r: f"Thank you, and what is the price of the {one_of(r, _THINGS)}?",
    lambda r: f"{one_of(r, _NAMES)} told me that the {one_of(r, _THINGS)} has {one_of(r, _DONE)}.",
    lambda r: f"Please send it to {one_of(r, _PLACES)} on {one_of(r, _DAYS)}.",
    lambda r: f"I need a new {one_of(r, _THINGS)} because {one_of(r, _STORY)}.",
    lambda r: f"Where is my {one_of(r, _THINGS)}?",
    lambda r: f"Hello, I have a problem with my {one_of(r, _THINGS)}.",
    _story,
    _story,
    _story,
)
_AGENT: Final[tuple[Callable[[Generator], str], ...]] = (
    lambda r: f"Thank you for calling, how can I help you with your {one_of(r, _THINGS)} today?",
    lambda r: f"I can see your {one_of(r, _THINGS)} here, and it has {one_of(r, _DONE)}.",
    lambda r: f"Your {one_of(r, _THINGS)} will be ready on {one_of(r, _DAYS)}.",
    lambda r: f"Could you please tell me your {one_of(r, _THINGS)} number?",
    lambda r: f"Let me check that for you. One moment, please.",  # noqa: F541, ARG005 - the same shape as its neighbours
    lambda r: f"The {one_of(r, _THINGS)} costs {_amount(r)} dollars, and it can be collected at {one_of(r, _PLACES)}.",
    lambda r: f"I am an automated assistant, and this call may be recorded. Do you agree, {one_of(r, _NAMES)}?",
    lambda r: f"I have found three {one_of(r, _THINGS)} entries. The first is from {one_of(r, _DAYS)}.",
    lambda r: f"Is there anything else I can do for you before {one_of(r, _DAYS)}?",
    lambda r: f"I'm sorry, I did not understand that. You can ask about your {one_of(r, _THINGS)}.",
    lambda r: f"According to our records, {one_of(r, _STORY)}, {one_of(r, _JOIN)} {one_of(r, _STORY)}.",
    lambda r: f"Order {_number(r)} was shipped on {one_of(r, _DAYS)}.",
)


def caller_sentence(rng: Generator, novels: Texts = ()) -> str:
    """From our own grammar of phone calls, or one of `novels`: callers say more than a grammar knows."""
    if novels and rng.random() < _NOVEL_SHARE:
        return one_of(rng, novels)
    return _CALLER[int(rng.integers(len(_CALLER)))](rng)


def agent_sentences(rng: Generator) -> str:
    """One to three sentences."""
    return " ".join(_AGENT[int(rng.integers(len(_AGENT)))](rng) for _ in range(int(rng.integers(1, 4))))


def clause(rng: Generator, novels: Texts = ()) -> tuple[str, str]:
    """A sentence that goes on, and how. The words are those of sentences that end, so that they give nothing away:
    what tells the two apart is how they are spoken."""
    return caller_sentence(rng, novels).rstrip(".?!"), f"{one_of(rng, _JOIN)} {one_of(rng, _STORY)}."


def unfinished(rng: Generator, novels: Texts = ()) -> tuple[str, str]:
    """The beginning of a sentence up to where nobody could end, preferably a function word, and the rest of it."""
    words = re.sub(r"[.?!]", "", caller_sentence(rng, novels)).split()
    weak = [n for n, word in enumerate(words[:-1], start=1) if word.lower().strip(",") in _WEAK]
    cut = int(rng.choice(weak)) if weak and rng.random() < 0.7 else int(rng.integers(1, max(2, len(words) - 1)))
    return " ".join(words[:cut]).strip(",;:-"), " ".join(words[cut:]) + "."
