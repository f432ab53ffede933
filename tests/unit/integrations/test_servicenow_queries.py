"""Whatever a value holds, an encoded query takes it for that value, or is not sent."""

import pytest
from hypothesis import example, given, strategies as st

from voiceagent_integrations.servicenow.encoded import encoded, encoded_any, is_name


@given(st.text())
@example("x^ORsys_id!=x")
@example("javascript:gs.getUserID()")
@example("x^NQactive=true")
@example("\n^")
@example("")
def test_hostile_values_stay_values_or_are_not_sent(value):
    query = encoded(all_of={"number": value}, newest_by="opened_at")

    if query is not None:
        assert query.split("^") == [f"number={value}", "ORDERBYDESCopened_at"]
        assert not value.lower().startswith("javascript:")


def test_plain_values_are_sent():
    assert encoded(all_of={"a": "case-1_x", "b": "Größe 4 (2/3)"}) == "a=case-1_x^b=Größe 4 (2/3)"
    assert encoded_any({"phone": "+12025550101", "mobile_phone": "+12025550101"}) == (
        "phone=+12025550101^ORmobile_phone=+12025550101"
    )


@pytest.mark.parametrize("name", ["", "a^b", "a=b", "A", "a b", "ü"])
def test_what_is_no_name_is_refused(name):
    assert not is_name(name)
