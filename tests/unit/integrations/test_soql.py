"""Whatever a value holds, SOQL takes it for that value and nothing else."""

import pytest
from hypothesis import example, given, strategies as st

from voiceagent.core.errors import ConfigError
from voiceagent.testing.vendors.soql import Malformed, parse
from voiceagent_integrations.salesforce.soql import select


@given(st.text(), st.text())
@example("' OR Name != '", "\\")
@example("\\' OR Id != \\'", "\n\r\t\b\f\"'")
@example("\u2028', Id = '", "'--")
def test_hostile_values_stay_values(one, other):
    query = parse(select(("Id",), "Contact", all_of={"Phone": one, "Name": other}, newest_by="CreatedDate"))

    assert query.conditions == (("Phone", one), ("Name", other))
    assert (query.fields, query.source, query.newest_by, query.limit) == (("Id",), "Contact", "CreatedDate", 50)
    assert not query.any_of


@pytest.mark.parametrize("name", ["", "Phone = 'x' OR Id", "a b", "a;b", "1a", "a..b", "Größe"])
def test_a_name_that_is_none_is_refused(name):
    with pytest.raises(ConfigError):
        select(("Id",), "Contact", all_of={name: "x"})


@pytest.mark.parametrize(
    "soql", ["", "SELECT Id FROM A", "SELECT Id FROM A WHERE b = 'c", "DELETE FROM A WHERE b = 'c' LIMIT 1"]
)
def test_the_parser_refuses_what_salesforce_would(soql):
    with pytest.raises(Malformed):
        parse(soql)
