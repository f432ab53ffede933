"""Short numbers that say of themselves what they are: times, prices, percentages, years, counts, order numbers."""

from typing import Final

from voiceagent.compliance.redaction.runs import Run
from voiceagent.compliance.redaction.tokens import Tokens, text_at, words

_CLOCK_BEFORE: Final = words("at by until till before after around about between past half quarter from")
_CLOCK_AFTER: Final = words("am pm o'clock a.m p.m oclock past to")
_MONEY: Final = words("pound pounds dollar dollars euro euros pence penny cents cent quid bucks gbp usd eur p")
_SIGNS: Final = frozenset("£$€")
_SHARE: Final = frozenset({"%", "percent", "per"})
_COUNTED: Final = words(
    "second seconds minute minutes hour hours day days week weeks month months year years times time people kilos"
    " kilo kilograms grams miles metres meters kilometres km items item boxes box parcels parcel packages orders"
    " pieces degrees units bags pairs copies tickets nights guests rooms percent gigabytes megabytes litres inches"
    " feet stars things letters cards calls emails stops weeks' days' years'"
)
_REFERENCE: Final = words(
    "order orders parcel tracking reference ref ticket case booking number. invoice delivery shipment article"
    " item model size version extension room flight bus train channel page step table gate chapter line"
    " confirmation quote return product option door floor platform ending ends"
)
_LINK: Final = words("number no is it's it the my your a was of in # : code id numbers are its and , with")
_ORDINAL: Final = frozenset({"st", "nd", "rd", "th"})


def is_exempt(tokens: Tokens, run: Run) -> bool:
    """A time, a price, a percentage or an ordinal: kept in the strict level too."""
    return _is_time(tokens, run) or _is_price(tokens, run) or _is_share(tokens, run) or _is_ordinal(tokens, run)


def is_benign(tokens: Tokens, run: Run) -> bool:
    """Whether the text says what this number is, and it is nobody's secret."""
    return is_exempt(tokens, run) or _is_year(run) or text_at(tokens, run.end) in _COUNTED or is_reference(tokens, run)


def is_reference(tokens: Tokens, run: Run) -> bool:
    """An order number and its like: "order number 4821", "parcel 77"."""
    place = run.at - 1
    while place >= 0 and run.at - place <= 5 and text_at(tokens, place) in _LINK:
        place -= 1
    return text_at(tokens, place) in _REFERENCE


def _is_time(tokens: Tokens, run: Run) -> bool:
    if len(run) > 8:
        return False
    if text_at(tokens, run.end) == ":" or text_at(tokens, run.at - 1) == ":":
        return True
    after = text_at(tokens, run.end)
    if after in {"am", "pm", "o'clock", "oclock"} or (
        after in {"a", "p"} and text_at(tokens, run.end + 1) in {".", "m"}
    ):
        return True
    return len(run) <= 4 and run.parts <= 3 and (text_at(tokens, run.at - 1) in _CLOCK_BEFORE or after == "past")


def _is_price(tokens: Tokens, run: Run) -> bool:
    return text_at(tokens, run.end) in _MONEY | _SIGNS or text_at(tokens, run.at - 1) in _SIGNS


def _is_share(tokens: Tokens, run: Run) -> bool:
    return text_at(tokens, run.end) in _SHARE


def _is_ordinal(tokens: Tokens, run: Run) -> bool:
    return text_at(tokens, run.end) in _ORDINAL


def _is_year(run: Run) -> bool:
    return len(run) == 4 and run.digits[:2] in {"19", "20"} and run.parts <= 2
