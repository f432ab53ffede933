"""Sentences with numbers that are nobody's secret: orders, times, prices, counts, days. "<...>" is the number."""

from collections.abc import Callable
from random import Random
from typing import Final

from voiceagent.testing.redaction.spoken import below_hundred, ordinal, said_date, said_figures, said_year
from voiceagent.testing.redaction.utterance import Word, number, plain

ASKED_ORDER: Final = ("What is the order number? You can read it digit by digit.", "Which order is it about?")
DEVELOPMENT: Final = (
    "my order number is <order>", "where is order <order>", "it's about order number <order> please",
    "deliver it on <date> instead", "can you come at <time>", "i will be home between <hour> and <hour>",
    "it cost <price>", "you took <percent> too much", "i ordered <n> boxes and got <n> boxes",
    "i have been waiting for <n> days", "it was the <ordinal> time i called", "that was in <year>",
    "i paid <price> for <n> pieces", "the reference is <order>", "it weighs <n> kilos", "the invoice number is <order>",
    "my flight is at <time>", "is that on the <ordinal> floor", "for <n> people at <time>",
    "the parcel <order> is late",
)  # fmt: skip
HIDDEN: Final = (
    "hi i'm ringing about <order> my order", "the ticket says <order>", "could it come on <date>",
    "not before <time> please", "i'm out from <hour> to <hour>", "they charged me <price>", "i got <percent> off",
    "there were <n> items missing", "my case number is <order>", "you said <n> to <n> days", "since <year> i think",
    "i ordered <n> of them for <price>", "the <ordinal> parcel was broken", "wait <n> minutes",
    "booking reference <order>",
    "i called <n> times today", "order <order> and order <order>", "we close at <time>", "room <n> on floor <n>",
    "model <order> in blue",
)  # fmt: skip
AGENT: Final = (
    "I found order <typed>, the lamp. It is on its way and will arrive <date>, between <hour> and <hour>.",
    "That will be <price>.", "We are open from <hour> to <hour>, Monday to Saturday.",
    "I will ask for order <typed> to be delivered on <date>. Shall I do that?",
)  # fmt: skip
_ORDER_STYLES: Final = ("singles", "doubled", "pairs", "typed", "singles")


def benign_words(template: str, dice: Random) -> tuple[Word, ...]:
    """The sentence with its numbers marked."""
    words: list[Word] = []
    for part in template.split():
        if "<" not in part:
            words += plain(part)
            continue
        name = part[part.index("<") + 1 : part.index(">")]
        said = list(number(_said(name, dice)))
        said[-1] = Word(said[-1].text + part[part.index(">") + 1 :], number=True)
        words += said
    return tuple(words)


def order_said(dice: Random) -> str:
    """An order number of three to six digits."""
    digits = "".join(dice.choice("0123456789") for _ in range(dice.choice((3, 4, 4, 5, 6))))
    return said_figures(digits, dice.choice(_ORDER_STYLES), dice)


def _said(name: str, dice: Random) -> str:
    return _SAID[name](dice)


def _date(dice: Random) -> str:
    return said_date(dice.randrange(1, 29), dice.randrange(1, 13), dice.choice((0, 0, 2026, 2027)), dice)


def _time(dice: Random) -> str:
    hour, minute = dice.randrange(1, 13), dice.choice((0, 15, 30, 45))
    spoken = f"{below_hundred(hour)} {below_hundred(minute) if minute else 'o clock'}"
    half = f"half past {below_hundred(hour)}"
    return dice.choice((spoken, f"{hour}:{minute:02}", f"{below_hundred(hour)} pm", half))


def _price(dice: Random) -> str:
    whole, cents = dice.randrange(1, 99), dice.choice((0, 50, 99))
    unit = dice.choice(("pounds", "dollars", "euros"))
    spoken = f"{below_hundred(whole)} {unit}"
    exact = f"{spoken} {below_hundred(cents)}" if cents else f"{whole} {unit}"
    return dice.choice((spoken, exact, f"\u00a3{whole}.{cents:02}"))


def _percent(dice: Random) -> str:
    return dice.choice((f"{below_hundred(dice.randrange(1, 99))} percent", f"{dice.randrange(1, 99)}%"))


def _small(dice: Random) -> str:
    return below_hundred(dice.randrange(1, 60)) if dice.random() < 0.8 else str(dice.randrange(1, 200))


_SAID: Final[dict[str, Callable[[Random], str]]] = {
    "order": order_said,
    "typed": lambda dice: " ".join(dice.choice("0123456789") for _ in range(4)),
    "date": _date,
    "time": _time,
    "hour": lambda dice: below_hundred(dice.randrange(1, 13)),
    "price": _price,
    "percent": _percent,
    "ordinal": lambda dice: ordinal(dice.randrange(1, 31)),
    "year": lambda dice: said_year(dice.randrange(2013, 2027), dice),
    "n": _small,
}
