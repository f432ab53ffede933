"""Values that more words could make another of."""

import pytest

from voiceagent.conversation.going_on import may_go_on
from voiceagent.conversation.profile import SlotSpec, SlotType


@pytest.mark.parametrize(
    ("kind", "value", "said", "goes_on"),
    [
        (SlotType.DIGITS, "4217", "four two one seven", True),
        (SlotType.DIGITS, "421755", "four two one seven double five", False),
        (SlotType.DIGITS, "4217", "four two one seven please", False),
        (SlotType.DATE, "2026-12-01", "on tuesday", True),
        (SlotType.DATE, "2026-12-03", "the third", True),
        (SlotType.DATE, "2026-12-03", "the third of december", False),
        (SlotType.DATE, "2026-12-03", "december third", False),
        (SlotType.DATE, "2026-11-25", "tomorrow", False),
        (SlotType.TIME, "15:00", "at three", True),
        (SlotType.TIME, "15:30", "half past three", False),
        (SlotType.TIME, "15:30", "three thirty p m", False),
        (SlotType.NAME, "Keller", "k e l l e r", True),
        (SlotType.NAME, "Keller", "doctor keller", False),
        (SlotType.CHOICE, "a", "a", False),
    ],
)
def test_a_value_that_may_go_on_is_waited_for(kind, value, said, goes_on):
    spec = SlotSpec(name="slot", type=kind, ask="", min_length=4, max_length=6)

    assert may_go_on(spec, value, said.split()) is goes_on
