import json

import pytest
import rfc8785
from hypothesis import given, settings, strategies as st

from voiceagent.compliance.canonical import canonical_json

_EXACT = 2**53 - 1
_numbers = st.integers(-_EXACT, _EXACT) | st.floats(allow_nan=False, allow_infinity=False)
_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_json = st.recursive(
    st.none() | st.booleans() | _numbers | _texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_texts, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300)
@given(_json)
def test_the_canonical_form_is_that_of_rfc_8785(value: object) -> None:
    assert canonical_json(value) == rfc8785.dumps(value)


@pytest.mark.parametrize(
    "number", [0.1, -0.0, 10.0, 1e-4, 9.9e-5, 1e-6, 1e-7, 1e15, 1e16, 1e21, 2.0**53, 0.1 + 0.2, 5e-324], ids=repr
)
def test_numbers_are_written_as_rfc_8785_writes_them(number: float) -> None:
    assert canonical_json([number]) == rfc8785.dumps([number])


def test_names_are_ordered_as_rfc_8785_orders_them() -> None:
    names = {"\U0001f600": 1, "\ufb33": 2, "a": 3, "\x7f": 4, "\n": 5}

    assert canonical_json(names) == rfc8785.dumps(names)


def test_a_number_that_others_could_not_read_exactly_is_a_text() -> None:
    assert json.loads(canonical_json({"n": 2**60})) == {"n": str(2**60)}
    assert json.loads(canonical_json({"é": 2**60})) == {"é": str(2**60)}
