from datetime import UTC, datetime

import pytest
from hypothesis import example, given, strategies as st

from voiceagent.api.pagination import cut, decode_cursor, decode_place, encode_cursor, encode_place
from voiceagent.core.errors import BadInput
from voiceagent.core.ids import CallId
from voiceagent.records.repositories.calls import CallCursor


@given(moment=st.datetimes(timezones=st.just(UTC)), call_id=st.text(max_size=40))
def test_a_cursor_comes_back_as_it_was(moment: datetime, call_id: str) -> None:
    cursor = CallCursor(started_at=moment, call_id=CallId(call_id))

    assert decode_cursor(encode_cursor(cursor)) == cursor


def test_no_cursor_is_the_first_page() -> None:
    assert decode_cursor("") is None


@given(text=st.text(min_size=1, max_size=80))
def test_any_other_text_is_bad_input(text: str) -> None:
    with pytest.raises(BadInput, match="cursor"):
        decode_cursor(text)


@pytest.mark.parametrize("text", ["WyJ4Il0", "WyIyMDMwLTAxLTAxIiwiYSJd", "WzEsMl0", "bnVsbA", "W1tbW1tbW1tb"])
def test_readable_but_wrong_cursors_are_bad_input(text: str) -> None:
    with pytest.raises(BadInput, match="cursor"):
        decode_cursor(text)


@pytest.mark.parametrize(("rows", "page", "last"), [([], [], None), ([1, 2], [1, 2], None), ([1, 2, 3], [1, 2], 2)])
def test_one_row_too_many_means_another_page(rows: list[int], page: list[int], last: int | None) -> None:
    assert cut(rows, 2) == (page, last)


@given(place=st.integers(0, 2**63 - 1))
def test_a_place_comes_back_as_it_was(place: int) -> None:
    assert decode_place(encode_place(place)) == place


def test_no_place_is_the_first_page() -> None:
    assert decode_place("") is None


@given(text=st.text(min_size=1, max_size=80).filter(lambda text: not text.isascii() or not text.isalnum()))
@example(encode_place(-1))
@example(encode_place(2**63))
@example(encode_place(5) + "\n")
@example("bnVsbA")
def test_any_other_place_is_bad_input(text: str) -> None:
    with pytest.raises(BadInput, match="cursor"):
        decode_place(text)
