"""The CSV connector on real files."""

import asyncio

import pytest

from voiceagent.background.crm import CaseStatus
from voiceagent.background.crm_discovery import find_connector
from voiceagent.core.errors import ConfigError, UpstreamUnavailable
from voiceagent.testing.crm_contract import CrmContract, CrmWorld
from voiceagent_integrations.csv_files.connector import open_connector

CONTACTS = """\
contact_id,numbers,first_name,last_name,email
1,+12025550101 anna,Anna,Keller,anna@example.com
2,+12025550102,Ben,Okafor,
3,+12025550103,Eve,One,
4,+12025550103,Adam,Two,
"""
ORDERS = """\
order_number,contact_id,item,status,ordered_at,carrier,eta,delivery_window
40962,1,rain jacket,ready to leave,2026-11-12,Northbird Post,on Friday,before noon
4217,1,hiking boots,on its way,2026-11-17T09:30:00+00:00,Northbird Post,tomorrow,
5150,2,climbing rope,in customs,2026-11-18,,,
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "contacts.csv").write_text(CONTACTS)
    (tmp_path / "orders.csv").write_text(ORDERS)
    return tmp_path


@pytest.fixture
async def crm(folder):
    async with open_connector({"folder": str(folder)}) as connector:
        yield connector


class TestCsvFiles(CrmContract):
    @pytest.fixture
    def world(self, crm):
        return CrmWorld(
            crm=crm,
            number="+12025550101",
            first_name="Anna",
            newest_order="4217",
            older_order="40962",
            stranger_number="+12025550102",
            stranger_order="5150",
        )


async def test_a_number_that_two_contacts_share_finds_nobody(crm):
    assert await crm.find_contact("+12025550103") is None


async def test_one_key_used_at_once_by_two_processes_writes_once(folder, crm):
    async with open_connector({"folder": str(folder)}) as other:
        writers = [crm, other] * 4
        cases = await asyncio.gather(
            *(each.create_case("1", subject="s", description="d", idempotency_key="k") for each in writers)
        )

    assert all(case == cases[0] for case in cases)
    assert len((folder / "cases.csv").read_text().splitlines()) == 2


async def test_what_was_written_is_there_after_a_restart(folder, crm):
    case = await crm.create_case("1", subject="=SUM(1)", description="two\nlines", idempotency_key="k")
    await crm.update_case("1", case.case_id, status=CaseStatus.PENDING)

    async with open_connector({"folder": str(folder)}) as again:
        (found,) = await again.get_cases("1")

    assert (found.subject, found.description, found.status) == ("=SUM(1)", "two\nlines", CaseStatus.PENDING)


async def test_a_disk_that_cannot_be_written_is_unavailable(folder, crm):
    (folder / "notes.csv").mkdir()

    with pytest.raises(UpstreamUnavailable):
        await crm.add_note("1", "x", idempotency_key="k")


@pytest.mark.parametrize("content", ["a,b\n1,2\n", ORDERS.replace("2026-11-12", "yesterday")])
async def test_a_wrong_file_is_named(folder, crm, content):
    await crm.check()
    (folder / "orders.csv").write_text(content)

    with pytest.raises(ConfigError, match=r"orders\.csv"):
        await crm.check()
    with pytest.raises(ConfigError, match=r"orders\.csv"):
        await crm.get_orders("1")


@pytest.mark.parametrize("wrong", [{}, {"folder": "/nowhere"}, {"folder": "/", "x": 1}], ids=str)
async def test_wrong_settings_are_named(wrong):
    with pytest.raises(ConfigError, match="CSV"):
        async with open_connector(wrong):
            pass


def test_the_connector_is_found_by_name():
    assert find_connector("csv") is open_connector
