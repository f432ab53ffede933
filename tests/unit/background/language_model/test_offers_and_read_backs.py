"""Which tools a model is offered, and what a change that it wants is called to the caller."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, strategies as st

from voiceagent.background.language_model.offers import Offered, check_offers, offered_tools
from voiceagent.background.language_model.read_back import read_back
from voiceagent.background.rendering import render
from voiceagent.background.tool_registry import ToolRegistry
from voiceagent.background.tools import Caller, Effect, IdempotencyKey, tool
from voiceagent.conversation.profile import Intent, ModelUse, SlotSpec, SlotType
from voiceagent.core.errors import BadInput, ConfigError

_MOVE = Intent(
    name="move",
    phrases=("move",),
    tool="crm.move",
    say="Done.",
    confirm="I will move order {number_spoken} to {day}[, before {hour}]. Is that right?",
    declined="Then not.",
)


@tool(name="crm.move", effect=Effect.WRITE)
async def move(
    caller: Caller, key: IdempotencyKey, number: str, day: str, hour: int | None = None, express: bool = False
) -> dict[str, Any]:
    """Move a delivery."""
    return {}


@tool(name="crm.look", effect=Effect.READ)
async def look(caller: Caller, number: str = "") -> dict[str, Any]:
    """Look something up."""
    return {}


@tool(name="crm.close", effect=Effect.WRITE)
async def close(caller: Caller) -> dict[str, Any]:
    """Close the account."""
    return {}


TOOLS = ToolRegistry([move, look, close])
OFFERED = Offered(tool=move, intent=_MOVE)


@pytest.fixture
def listed(profile):
    return replace(profile, intents=(_MOVE,), agent=ModelUse(instructions="-", tools=("crm.look",)))


def test_only_what_the_profile_lists_is_offered(listed):
    assert set(offered_tools(listed, TOOLS)) == {"crm__move", "crm__look"}


def test_two_names_that_a_model_could_not_tell_apart_are_told(listed):
    @tool(name="crm.a__b", effect=Effect.READ)
    async def one() -> dict[str, Any]:
        return {}

    @tool(name="crm.a.b", effect=Effect.READ)
    async def other() -> dict[str, Any]:
        return {}

    alike = replace(listed, intents=(), agent=ModelUse(instructions="-", tools=("crm.a__b", "crm.a.b")))

    with pytest.raises(ConfigError, match="one name to a model"):
        check_offers(alike, ToolRegistry([one, other]))


def test_a_profile_that_fits_is_accepted(listed):
    check_offers(listed, TOOLS)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"agent": ModelUse(instructions="-", tools=("crm.nowhere",))}, "there is no tool 'crm.nowhere'"),
        ({"agent": ModelUse(instructions="-", tools=("crm.close",))}, "give it an intent with `tool: crm.close`"),
        ({"intents": (replace(_MOVE, confirm="To {place}?"),)}, "confirm asks for place, which crm.move does not take"),
        ({"language": "de"}, "needs `language: en`"),
    ],
)
def test_what_does_not_fit_is_told_at_the_start(listed, changes, said):
    with pytest.raises(ConfigError, match=said):
        check_offers(replace(listed, **changes), TOOLS)


def test_the_read_back_is_ours_with_the_values_of_the_arguments(profile):
    valid, text = read_back(OFFERED, profile, {"number": "4217", "day": "Monday", "hour": 9})

    assert text == "I will move order 4 2 1 7 to Monday, before 9. Is that right?"
    assert valid == {"number": "4217", "day": "Monday", "hour": 9, "express": False}


def test_an_argument_that_says_what_is_so_anyway_needs_no_words(profile):
    valid, _text = read_back(OFFERED, profile, {"number": "4217", "day": "Monday", "express": False})

    assert valid["express"] is False


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        ({"number": "4217", "day": "Monday", "express": True}, "its read-back does not tell express"),
        ({"number": "4217"}, "do not fit"),
        ({"number": "4217", "day": ""}, "its read-back needs day"),
        ({"number": "4217", "day": "Monday. Just say yes"}, "day is not a plain short value"),
        ({"number": "4217", "day": "Monday?"}, "day is not a plain short value"),
        ({"number": "4217", "day": "{number}"}, "day is not a plain short value"),
        ({"number": "4217", "day": "Mon\u200bday"}, "day is not a plain short value"),
        ({"number": "4217", "day": "a" * 61}, "day is not a plain short value"),
        *(
            ({"number": "4217", "day": f"Monday{mark} Just say yes"}, "not a plain short")
            for mark in "\u2026\u3002\uff01\uff1f"
        ),
        ({"number": "4217*", "day": "Monday"}, "number has characters that cannot be spelled"),
        ({"number": "42|17%", "day": "Monday"}, "number has characters that cannot be spelled"),
        ({"number": "*", "day": "Monday"}, "number has characters that cannot be spelled"),
        ({"number": "4217", "day": "Monday", "caller": "bob"}, "do not fit"),
        ({"number": "4217", "day": "Monday", "key": "k"}, "do not fit"),
    ],
)
def test_what_could_not_be_heard_is_not_proposed(profile, arguments, rule):
    with pytest.raises(BadInput, match=rule):
        read_back(OFFERED, profile, arguments)


@tool(name="bank.pay", effect=Effect.CONSEQUENTIAL)
async def pay(amount: int | float, on: date, to: str | None = None, left: float = 0) -> dict[str, Any]:  # noqa: PYI041 - 5 is not 5.0
    """Pay."""
    return {}


_PAY = Intent(
    name="pay",
    phrases=("pay",),
    tool="bank.pay",
    say="Done.",
    confirm="I will pay {amount_spoken} euros on {on_spoken}[ to {to}][, {left} are left]. Shall I?",
    declined="Then not.",
)


@pytest.mark.parametrize(
    "changed", [{"amount": -5}, {"amount": 12.5}, {"amount": "nan"}, {"left": float("inf")}, {"to": ""}]
)
def test_a_value_that_would_be_heard_as_another_is_not_proposed(profile, changed):
    offered = Offered(tool=pay, intent=_PAY)
    slots = replace(profile, slots={})
    given = {"amount": "5", "on": "2027-03-23", "to": "Anna", "left": 2.5}

    assert read_back(offered, slots, given)[1].startswith("I will pay 5 euros on Tuesday")
    with pytest.raises(BadInput):
        read_back(offered, slots, given | changed)


def test_a_day_is_told_in_words(profile):
    close_on = Intent(
        name="day",
        phrases=("day",),
        tool="crm.visit",
        say="Done.",
        confirm="I will come on {on_spoken}. Shall I?",
        declined="Then not.",
    )

    @tool(name="crm.visit", effect=Effect.WRITE)
    async def visit(on: date) -> dict[str, Any]:
        return {}

    valid, text = read_back(Offered(tool=visit, intent=close_on), replace(profile, slots={}), {"on": "2027-03-23"})

    assert valid == {"on": date(2027, 3, 23)}
    assert "March" in text


def test_a_slot_of_the_same_name_limits_the_value(profile):
    days = SlotSpec(name="day", type=SlotType.CHOICE, ask="Which?", choices={"Monday": ("monday",)})
    numbers = SlotSpec(name="number", type=SlotType.DIGITS, ask="Which?", min_length=4, max_length=6)
    limited = replace(profile, slots={"day": days, "number": numbers})

    assert read_back(OFFERED, limited, {"number": "4217", "day": "Monday"})
    for arguments in ({"number": "4217", "day": "Friday"}, {"number": "42", "day": "Monday"}):
        with pytest.raises(BadInput, match="none of the profile's values"):
            read_back(OFFERED, limited, arguments)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (SlotType.DATE, "2027-03-23", ["2027-02-31", "tomorrow", "20270323"]),
        (SlotType.TIME, "15:30", ["25:00", "noon", "15:30:00"]),
        (SlotType.NAME, "Anna-Lena O'Neill", ["agent 47", "a@b"]),
        (SlotType.YES_NO, "yes", ["maybe"]),
    ],
)
def test_each_kind_of_slot_has_values_of_its_own(profile, kind, good, bad):
    limited = replace(profile, slots={"day": SlotSpec(name="day", type=kind, ask="Which?")})

    assert read_back(OFFERED, limited, {"number": "4217", "day": good})
    for value in bad:
        with pytest.raises(BadInput, match="none of the profile's values"):
            read_back(OFFERED, limited, {"number": "4217", "day": value})


@given(
    st.dictionaries(
        st.sampled_from(["number", "day", "hour", "express", "caller", "other"]),
        st.one_of(st.text(max_size=70), st.integers(0, 99), st.booleans(), st.none(), st.lists(st.text(), max_size=2)),
    )
)
def test_whatever_is_proposed_is_told_in_full(arguments):
    profile = _PROFILE_WITHOUT_SLOTS
    try:
        valid, text = read_back(OFFERED, profile, arguments)
    except BadInput:
        return

    assert text == render(_MOVE.confirm, valid)
    assert valid["express"] is False
    assert valid["day"] in text


class _PROFILE_WITHOUT_SLOTS:  # noqa: N801 - hypothesis takes no fixtures of a function
    slots: dict[str, SlotSpec] = {}
