"""The SQL connector on a real Postgres, over the tables of the demo CRM."""

import asyncio

import psycopg
import pytest

from voiceagent.background.crm_discovery import find_connector
from voiceagent.core.errors import BadInput, ConfigError, NotFound, UpstreamUnavailable
from voiceagent.testing.crm_contract import CrmContract, CrmWorld
from voiceagent_integrations.demo_crm.connector import open_connector as open_demo
from voiceagent_integrations.sql.connector import open_connector

# ruff: noqa: S608 - the queries are an operator's, written out of pieces for short lines
_CONTACT = "select contact_id, first_name, last_name, email from demo_crm.contacts join demo_crm.contact_numbers"
_ORDER = "select * from demo_crm.orders where contact_id = %(contact_id)s"
_ONCE = "on conflict (idempotency_key) do update set contact_id = {}.contact_id returning *"
QUERIES = {
    "find_contact": f"{_CONTACT} using (contact_id) where number = %(number)s",
    "get_orders": f"{_ORDER} order by ordered_at desc limit 50",
    "get_order": f"{_ORDER} and order_number = %(order_number)s",
    "get_cases": "select * from demo_crm.cases where contact_id = %(contact_id)s order by case_id desc limit 50",
    "add_note": "insert into demo_crm.notes (contact_id, body, idempotency_key) values"
    f" (%(contact_id)s, %(text)s, %(key)s) {_ONCE.format('notes')}, body as text",
    "create_case": "insert into demo_crm.cases (contact_id, subject, description, idempotency_key) values"
    f" (%(contact_id)s, %(subject)s, %(description)s, %(key)s) {_ONCE.format('cases')}",
    "update_case": "update demo_crm.cases set status = %(status)s"
    " where case_id = %(case_id)s and contact_id = %(contact_id)s returning *",
}


@pytest.fixture
async def url(own_postgres):
    async with open_demo({"database_url": own_postgres.url}):
        return own_postgres.url


@pytest.fixture
async def crm(url):
    async with open_connector({"database_url": url, "queries": QUERIES}) as connector:
        yield connector


class TestSql(CrmContract):
    @pytest.fixture
    def world(self, crm):
        return CrmWorld(
            crm=crm,
            number="+12025550101",
            first_name="Anna",
            newest_order="4217",
            older_order="40962",
            stranger_number="ben",
            stranger_order="5150",
        )


async def test_one_key_used_at_once_writes_once(crm):
    contact = await crm.find_contact("anna")

    notes = await asyncio.gather(*(crm.add_note(contact.contact_id, "x", idempotency_key="at once") for _ in range(5)))

    assert all(note == notes[0] for note in notes)


async def test_a_query_that_the_database_refuses_is_named_without_its_text(url):
    wrong = {**QUERIES, "get_orders": "select secret_column from demo_crm.orders where contact_id = %(contact_id)s"}
    async with open_connector({"database_url": url, "queries": wrong}) as crm:
        with pytest.raises(ConfigError, match=r"get_orders.*UndefinedColumn") as caught:
            await crm.get_orders("1")

    assert "secret_column" not in str(caught.value)


async def test_a_database_that_is_slow_or_away_is_unavailable(url):
    async with open_connector({"database_url": url, "queries": QUERIES, "answer_within_s": "0.2"}) as crm:
        await crm.check()
        with psycopg.connect(url) as blocker:
            blocker.execute("lock table demo_crm.contacts in access exclusive mode")
            with pytest.raises(UpstreamUnavailable):
                await crm.find_contact("anna")
    away = "postgresql://user:s3cret@127.0.0.1:1/x"
    async with open_connector({"database_url": away, "queries": QUERIES, "answer_within_s": "0.2"}) as crm:
        with pytest.raises(UpstreamUnavailable) as caught:
            await crm.find_contact("anna")

    assert "s3cret" not in str(caught.value)


async def test_an_id_of_another_kind_is_nobody(crm):
    assert await crm.get_orders("letters") == ()
    assert await crm.get_orders("\x00") == ()
    with pytest.raises(NotFound):
        await crm.add_note("letters", "x", idempotency_key="another kind")
    with pytest.raises(BadInput):
        await crm.add_note("1", "\x00", idempotency_key="no text")


@pytest.mark.parametrize("wrong", [{}, {"database_url": "x"}, {"database_url": "x", "queries": {}}], ids=str)
async def test_wrong_settings_are_named(wrong):
    with pytest.raises(ConfigError, match="SQL"):
        async with open_connector(wrong):
            pass


def test_the_connector_is_found_by_name():
    assert find_connector("sql") is open_connector
