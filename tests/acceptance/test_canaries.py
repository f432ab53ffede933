"""What a caller said, and who they are, is only where the tables say that it may be, and in nothing that lasts."""

import httpx
import pytest
import redis

from tests.acceptance.harness.callers import ANNA
from tests.acceptance.harness.traces import changed_files, columns_with_text, files_with_text, keys_with_text
from voiceagent.records.base import Base, Pii, RetentionClass

pytestmark = pytest.mark.timeout(180)

# The caller's number, their words, and what the CRM knows of them
CANARIES = (ANNA.removeprefix("+"), "four zero two one", "trekking backpack")
_ENDLESS = {RetentionClass.CONFIG, RetentionClass.LOG}


def _may_hold_them() -> set[tuple[str, str]]:
    """(table, column) of personal data whose class has a term."""
    return {
        (table.name, column.name)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.info["pii"] != Pii.NONE and column.info["class"] not in _ENDLESS
    }


def test_T_DM_2_tables_hold_them_only_in_columns_that_say_so_and_end(house, scripted_call):
    found = columns_with_text(house.platform.settings.database_owner_url, CANARIES)
    ours = {(table, column) for schema, table, column in found if schema == "public"}

    assert {schema for schema, _, _ in found} == {
        "public",
        "demo_crm",
    }  # the second is the CRM, which knows them anyway
    assert ("calls", "caller") in ours
    assert ("call_events", "data") in ours
    assert ours - _may_hold_them() == set()


def test_T_DM_2_no_file_but_those_of_the_databases_holds_them(house, scripted_call):
    written = changed_files(house.state, scripted_call.before)
    databases = {house.state / "postgres", house.state / "redis"}
    others = [path for path in written if databases.isdisjoint(path.parents)]

    assert files_with_text(written, CANARIES) != []
    assert {path.suffix for path in others} >= {".log", ".enc"}
    assert files_with_text(others, CANARIES) == []


def test_T_DM_2_no_temporary_file_is_left(house, scripted_call):
    assert [path for path in house.temporary.rglob("*") if path.is_file()] == []


def test_T_DM_2_what_redis_holds_of_them_expires(house, scripted_call):
    settings = house.platform.settings
    client = redis.Redis.from_url(settings.redis_url)
    held = keys_with_text(settings.redis_url, CANARIES)

    assert [key for key in held if client.ttl(key) <= 0] == []
    client.close()


def test_T_DM_2_no_metric_names_them_or_the_call(house, scripted_call):
    metrics = httpx.get(f"{house.platform.api_url}/metrics").text

    assert "voiceagent_" in metrics
    assert [text for text in (*CANARIES, scripted_call.call["id"]) if text in metrics] == []
