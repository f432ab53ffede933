"""What is filled into a template stays the text that it is."""

from urllib.parse import unquote

import pytest
from hypothesis import example, given, strategies as st

from voiceagent.core.errors import ConfigError, NotFound
from voiceagent_integrations.rest.templates import check, fill, fill_body, fill_path

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXT, TEXT)
@example("{b}", "x")
@example("\\1", '"}')
def test_what_is_filled_in_is_not_read_again(one, other):
    values = {"a": one, "b": other}

    assert fill("{a}|{b}", values) == f"{one}|{other}"
    assert fill_body({"x": ["{a}", 1, None], "y": {"z": "{b}"}}, values) == {"x": [one, 1, None], "y": {"z": other}}


@given(TEXT)
@example("../admin")
@example("1?x=2#y")
def test_a_filled_path_keeps_its_segments(value):
    try:
        made = fill_path("/contacts/{a}/orders", {"a": value})
    except NotFound:
        assert value in {"", ".", ".."}
        return

    assert made.startswith("/contacts/")
    assert made.endswith("/orders")
    assert made.count("/") == 3
    assert unquote(made.split("/")[2]) == value


@pytest.mark.parametrize("template", ["/x", "/x/{number}/{secret}"])
def test_a_template_that_says_too_little_or_too_much_is_refused(template):
    with pytest.raises(ConfigError, match="find_contact"):
        check("find_contact", (template, {}, None), known=frozenset({"number"}), needed=frozenset({"number"}))
