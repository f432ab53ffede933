"""Which runs of figures are masked, and what they are labelled."""

from collections.abc import Iterator
from typing import Final

from voiceagent.compliance.redaction.benign import is_benign, is_exempt, is_reference
from voiceagent.compliance.redaction.runs import Run, ends_turn, runs_in, widened, words_between
from voiceagent.compliance.redaction.secrets import is_secret, kinds_for
from voiceagent.compliance.redaction.tokens import Tokens
from voiceagent.compliance.redaction.values import Context, Kind
from voiceagent.conversation.card_number import is_card
from voiceagent.conversation.profile import RedactionLevel

LONG: Final = 7  # figures: a number so long is masked whatever it is
_WINDOW: Final = frozenset(
    {Kind.CARD, Kind.CVV, Kind.EXPIRY, Kind.IBAN, Kind.SSN, Kind.ACCOUNT, Kind.CODE, Kind.PHONE, Kind.BIRTH}
)
_SHORTEST_TAIL: Final = 3  # figures: a group of a longer number
_SHORTEST_GROUP: Final = 2
_CVV: Final = range(3, 5)
_CODE_WORDS: Final = frozenset({"code", "digits", "figures", "back", "reverse"})
_CODE_WORDS_BEFORE: Final = 4
_PHONE: Final = range(9, 16)
_JOINED: Final = 2  # words between the parts of a number that were heard as something else
_FEWEST_KNOWN: Final = 3

Found = tuple[int, int, Kind]


def numbers_in(tokens: Tokens, taken: list[bool], context: Context) -> Iterator[Found]:
    """(first token, end, kind) of every number to mask."""
    for run, named in kinds_for(tokens, _joined(tokens, list(runs_in(tokens, taken)), context)):
        kind = _masked(tokens, run, named, context)
        if kind is not None:
            wide = widened(tokens, run, taken) if len(run) >= LONG or context.asked in _WINDOW else run
            yield wide.at, wide.end, kind


def trailing(tokens: Tokens, taken: list[bool], context: Context) -> str:
    """Figures at the very end of a turn, that the next one may go on with; "" when they say what they are."""
    runs = list(runs_in(tokens, taken))
    if not runs or not ends_turn(tokens, runs[-1]):
        return ""
    last = runs[-1]
    return "" if is_benign(tokens, last) or context.asked is Kind.REFERENCE else last.digits


def _masked(tokens: Tokens, run: Run, named: Kind | None, context: Context) -> Kind | None:
    if len(run) >= LONG:
        return _label(run, named, context)
    if _is_known(run, context):
        return named or Kind.NUMBER
    if context.asked in _WINDOW and not is_exempt(tokens, run) and not _counts_nothing(run, context):
        return context.asked
    if is_secret(named):
        return named
    if context.level is RedactionLevel.STRICT and not is_exempt(tokens, run):
        return Kind.NUMBER
    benign = context.asked is Kind.REFERENCE or is_benign(tokens, run)
    return None if benign or len(run) < _SHORTEST_GROUP else _group(tokens, run, named, context)


def _group(tokens: Tokens, run: Run, named: Kind | None, context: Context) -> Kind | None:
    """A few figures that nobody called anything: a code behind a card's number, or a part of a longer number."""
    if context.mentioned and len(run) in _CVV and (run.parts >= len(run) or _is_called_a_code(tokens, run)):
        return Kind.CVV
    if context.by_agent:
        return None
    if named in {Kind.PHONE, Kind.IBAN} and len(run) >= _SHORTEST_TAIL:
        return named
    goes_on = run.at <= _JOINED and len(context.carried) >= _SHORTEST_TAIL and len(context.carried) + len(run) >= LONG
    unfinished = len(run) >= _SHORTEST_TAIL and run.parts >= _SHORTEST_TAIL and ends_turn(tokens, run)
    return Kind.NUMBER if goes_on or unfinished else None


def _is_called_a_code(tokens: Tokens, run: Run) -> bool:
    """ "the three digits are 737": where a card is talked about, that is its security code."""
    return any(token.text in _CODE_WORDS for token in tokens[max(0, run.at - _CODE_WORDS_BEFORE) : run.at])


def _counts_nothing(run: Run, context: Context) -> bool:
    """A single figure of our own words is no read-back: "one moment"."""
    return context.by_agent and run.parts == 1 and len(run) < _SHORTEST_TAIL


def _label(run: Run, named: Kind | None, context: Context) -> Kind:
    digits = run.digits
    if is_card(digits):
        return Kind.CARD
    if named in _WINDOW and named is not Kind.CVV:
        return named
    if context.asked in _WINDOW:
        return context.asked
    if len(digits) in _PHONE and (digits.startswith("0") or len(digits) == 10):
        return Kind.PHONE
    return Kind.NUMBER


def _is_known(run: Run, context: Context) -> bool:
    return any(number in run.digits for number in context.known.numbers if len(number) >= _FEWEST_KNOWN)


def _joined(tokens: Tokens, runs: list[Run], context: Context) -> list[Run]:
    """Runs with a word or two between them that was a figure once, put together when they make a long number."""
    chains: list[list[Run]] = []
    for run in runs:
        if chains and _goes_on(tokens, chains[-1][-1], run, context):
            chains[-1].append(run)
        else:
            chains.append([run])
    return [part for chain in chains for part in _one(chain)]


def _one(chain: list[Run]) -> list[Run]:
    digits = "".join(run.digits for run in chain)
    if len(chain) == 1 or len(digits) < LONG:
        return chain
    return [Run(chain[0].at, chain[-1].end, digits, sum(run.parts for run in chain))]


def _goes_on(tokens: Tokens, before: Run, after: Run, context: Context) -> bool:
    if words_between(tokens, before, after) > _JOINED or any(tokens[at].is_mark for at in range(before.end, after.at)):
        return False
    if context.asked in _WINDOW:
        return True
    if len(before) >= LONG:
        return not is_benign(tokens, after)
    figure_by_figure = before.parts * 2 >= len(before) and after.parts * 2 >= len(after)
    benign = is_benign(tokens, before) or is_benign(tokens, after) or is_reference(tokens, after)
    return figure_by_figure and not benign
