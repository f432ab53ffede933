"""Queries that could tell a stranger's business, or break on a percent sign, are refused when the connector opens."""

from datetime import UTC, datetime

import msgspec
import pytest

from voiceagent.core.errors import ConfigError
from voiceagent_integrations.sql import rows
from voiceagent_integrations.sql.queries import Queries, check

GOOD = Queries(
    find_contact="select 1 where n = %(number)s",
    get_orders="select 1 where c = %(contact_id)s",
    get_order="select 1 where c = %(contact_id)s and o = %(order_number)s",
    get_cases="select 1 where c = %(contact_id)s and s like 'a%%'",
    add_note="insert %(contact_id)s %(text)s %(key)s",
    create_case="insert %(contact_id)s %(subject)s %(description)s %(key)s",
    update_case="update %(contact_id)s %(case_id)s %(status)s",
)


def test_queries_that_use_what_they_must_are_taken():
    check(GOOD)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("get_order", "select 1 where o = %(order_number)s"),
        ("find_contact", "select 1 where n like '%' || %(number)s"),
        ("find_contact", "select 1 where n = '%s'"),
        ("add_note", "insert %(contact_id)s %(text)s"),
        ("get_orders", "select %(contact_id)s, %(secret)s"),
    ],
)
def test_others_are_refused_by_name(name, text):
    with pytest.raises(ConfigError, match=f"queries.{name}"):
        check(msgspec.structs.replace(GOOD, **{name: text}))


def test_a_column_that_is_missing_is_named():
    with pytest.raises(ConfigError, match=r"get_orders.*item"):
        rows.read("get_orders", {"order_number": 1, "contact_id": 2}, rows.order)
    with pytest.raises(ConfigError, match="another kind"):
        rows.read("add_note", {"note_id": 1, "contact_id": 2, "text": "x", "written_at": "now"}, rows.note)


def test_numbers_and_times_without_a_zone_are_read():
    row = {"note_id": 1, "contact_id": 2, "text": None, "written_at": datetime(2026, 1, 1)}  # noqa: DTZ001

    note = rows.note(row)

    assert (note.note_id, note.contact_id, note.text) == ("1", "2", "")
    assert note.written_at == datetime(2026, 1, 1, tzinfo=UTC)
