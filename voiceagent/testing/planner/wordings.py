"""How callers of a set say things. `development` was looked at while the planner was built; `held` never.

No sentence is copied from the example profiles: people do not know them. `{a}` is a value taken back and `{v}` the one
that counts.
"""

from typing import Final

import msgspec

from voiceagent.testing.planner.held_wordings import HELD_COMMON, HELD_LINES
from voiceagent.testing.planner.wording import CommonWording, LineWording

_COMMON: Final = CommonWording(
    corrections=(
        "{a} no {v}",
        "{a} sorry i mean {v}",
        "{a} no wait {v}",
        "{a} actually {v}",
        "{a} um no make that {v}",
    ),
    yes=("yes", "yes please", "yeah that's right", "yes do that", "that's right"),
    no=("no", "no thanks", "no please don't", "no that's wrong", "that's not right"),
    remarks=("well hello there", "sorry my kettle is boiling", "bear with me a second", "so the thing is"),
    asides=("i am in a bit of a hurry", "sorry about the noise here", "if that's all right with you"),
    goodbyes=("no that's everything thank you", "that's all thanks", "goodbye then", "no thanks bye"),
    person=(
        "could i talk to a person please",
        "can i speak with somebody real",
        "i would like to talk to a human being",
    ),
)
_LINES: Final = (
    LineWording(
        line="orders",
        intent="order_status",
        opening=(
            "i wanted to ask where my order is",
            "hello where has my parcel got to",
            "can you check on an order for me",
        ),
        opening_with=("can you check order {order_number} for me", "i wonder where order number {order_number} is"),
        answers={"order_number": ("{v}", "it's {v}", "the number is {v}", "that would be {v}")},
        digressions=(
            ("opening_hours", ("when are you open by the way",)),
            ("return_parcel", ("how can i return something",)),
        ),
    ),
    LineWording(
        line="delivery",
        intent="change_delivery",
        opening=("i need to change when my delivery comes", "could you change my delivery day please"),
        opening_with=(
            "can you deliver order {order_number} on {delivery_day} please",
            "i'd like to have order {order_number} delivered {delivery_day} instead",
        ),
        answers={
            "order_number": ("{v}", "it's {v}", "the order is {v}"),
            "delivery_day": ("{v}", "{v} would be good", "i think {v}"),
        },
        changes=("no i would rather have {v}", "no make it {v}", "no {v}"),
        digressions=(("opening_hours", ("when are you open",)), ("order_status", ())),
    ),
    LineWording(
        line="clinic",
        intent="move_appointment",
        opening=("i need to change my appointment please", "hello can i reschedule", "i can't come to my appointment"),
        opening_with=(
            "i want to move my appointment to {day} at {time}",
            "can my appointment be changed to {day} {time}",
        ),
        answers={
            "day": ("{v}", "on {v}", "i could do {v}", "how about {v}"),
            "time": ("{v}", "at {v}", "around {v}", "{v} would suit me"),
        },
        changes=("no {v} please", "no can we make it {v}", "oh no rather {v}"),
        digressions=(
            ("opening_hours", ("how late are you open actually",)),
            ("where_are_you", ("where can i park there",)),
        ),
    ),
    LineWording(
        line="bank",
        intent="block_card",
        opening=("i think i lost my card", "somebody has stolen my card", "hello please block my card right away"),
        opening_with=(
            "i need to block the card ending in {card_digits}",
            "please block my card it ends in {card_digits}",
        ),
        answers={"card_digits": ("{v}", "it's {v}", "the last four are {v}", "it ends in {v}")},
        changes=("no it's the other one {v}", "no {v}", "no sorry i mean {v}"),
        digressions=(
            ("new_card", ("and how do i get a new card",)),
            ("opening_hours", ("when is your branch open",)),
        ),
    ),
)


class SetWording(msgspec.Struct, frozen=True, kw_only=True):
    """All of one set."""

    common: CommonWording
    lines: tuple[LineWording, ...]


WORDINGS: Final = {
    "development": SetWording(common=_COMMON, lines=_LINES),
    "held": SetWording(common=HELD_COMMON, lines=HELD_LINES),
}
