from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from voiceagent.api.pagination import cut, decode_cursor, encode_cursor
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
