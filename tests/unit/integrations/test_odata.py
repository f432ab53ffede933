"""Whatever a value holds, OData takes it for that value and nothing else."""

import pytest
from hypothesis import example, given, strategies as st

from voiceagent.core.errors import ConfigError
from voiceagent.testing.vendors.odata import Malformed, parse
from voiceagent_integrations.dynamics.odata import all_of, any_of, id_of, is_guid

GUID = "00000000-0000-4000-8000-000000000001"


@given(st.text(), st.text())
@example("' or contactid ne '", "'")
@example("''", "\\'\n%27")
def test_hostile_values_stay_values(one, other):
    assert parse(any_of({"a": one, "b": other})) == ([("a", one, False), ("b", other, False)], True)
    assert parse(all_of({"_c_value": GUID}, {"a": one})) == ([("_c_value", GUID, True), ("a", one, False)], False)


@pytest.mark.parametrize("name", ["", "a eq 'x' or b", "a/b", "a b", "ü"])
def test_a_name_that_is_none_is_refused(name):
    with pytest.raises(ConfigError):
        any_of({name: "x"})


@given(st.text(), st.text())
def test_a_key_names_one_record(one, other):
    assert is_guid(id_of(one))
    assert (id_of(one) == id_of(other)) == (one == other)


@pytest.mark.parametrize("text", ["", "a eq x", "a eq 'x", "a ne 'x'", "a eq 'x' or b eq 'y' and c eq 'z'"])
def test_the_parser_refuses_what_dataverse_would(text):
    with pytest.raises(Malformed):
        parse(text)
