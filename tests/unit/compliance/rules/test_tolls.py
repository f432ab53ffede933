import pytest

from voiceagent.compliance.rules.tolls import why_dear


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("+19002345678", "a premium-rate number"),
        ("+4990091234567", "a premium-rate number"),
        ("+449098790000", "a premium-rate number"),
        ("+979123456789", "a premium-rate number"),
        ("+4918012345", "a number that costs its caller extra"),
        ("+881612345678", "a number of no country"),
        ("+88213123456", "a number of no country"),
        ("+12025550123", ""),
        ("+493012345678", ""),
        ("+18002345678", ""),
        ("+80012345678", ""),
        ("+9991234567", ""),
        ("nonsense", ""),
    ],
)
def test_a_number_that_costs_extra_is_known_by_its_kind(number, why):
    assert why_dear(number) == why
