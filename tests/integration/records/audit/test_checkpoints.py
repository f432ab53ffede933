"""What the log holds is signed in time, anchored first, and not at all once it disagrees with what was anchored."""

import stat
from datetime import timedelta

from sqlalchemy import text

from tests.integration.records.audit.logs import NOON, TENANT, AuditedHouse, leaves_of
from voiceagent.core.ids import TenantId
from voiceagent.records.audit.entry import origin_of
from voiceagent.records.audit.note import Checkpoint, open_note


def anchored(house: AuditedHouse, tenant: TenantId = TENANT) -> list[Checkpoint]:
    return [open_note(note, [house.key.public_key()]) for note in house.anchors.notes(tenant)]


async def test_an_entry_waits_a_minute_for_its_signature(house: AuditedHouse) -> None:
    await house.act(3)
    writer = house.writer()

    house.clock.at = NOON + timedelta(seconds=59)
    early = await writer.write()
    house.clock.at = NOON + timedelta(seconds=61)
    in_time = await writer.write()
    nothing_new = await writer.write(all_of_it=True)

    assert (early, in_time, nothing_new) == (0, 1, 0)
    assert anchored(house) == [Checkpoint(origin=origin_of(TENANT), size=3, root=leaves_of(house.url).root())]


async def test_a_thousand_entries_do_not_wait(house: AuditedHouse) -> None:
    await house.act(999)
    assert await house.writer().write() == 0
    await house.act(1)

    assert await house.writer().write() == 1


async def test_checkpoints_go_on_from_one_process_to_the_next(house: AuditedHouse) -> None:
    for count in (3, 2, 4):
        await house.act(count)
        assert await house.writer().write(all_of_it=True) == 1

    assert [one.size for one in anchored(house)] == [3, 5, 9]
    assert anchored(house)[-1].root == leaves_of(house.url).root()


async def test_every_tenant_has_a_log_of_its_own(house: AuditedHouse) -> None:
    await house.act(2)
    await house.act(1, TenantId("ten b/../c"))

    assert await house.sign() == 2
    assert [one.size for one in anchored(house)] == [2]
    assert [one.size for one in anchored(house, TenantId("ten b/../c"))] == [1]
    assert house.anchors.tenants() == ["ten b/../c", TENANT]


async def test_anchors_are_for_their_owner_only(house: AuditedHouse) -> None:
    await house.act(1)
    await house.sign()

    [path] = house.folder.rglob("*.txt")
    assert path.name == "2030-01-01.txt"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_log_that_was_rewritten_is_not_signed_again(house: AuditedHouse) -> None:
    await house.act(3)
    await house.sign()
    house.steal("UPDATE audit_log SET object_id = 'call_9' WHERE seq = 2", "DELETE FROM audit_checkpoints")
    house.rehash(1)
    await house.act(2)

    assert await house.sign() == 0
    assert [one.size for one in anchored(house)] == [3]


async def test_a_log_that_lost_its_end_is_not_signed_again(house: AuditedHouse) -> None:
    await house.act(3)
    await house.sign()
    house.steal("DELETE FROM audit_details", "DELETE FROM audit_log WHERE seq > 1", "DELETE FROM audit_checkpoints")
    await house.act(1)

    assert await house.sign() == 0


async def test_a_checkpoint_whose_row_was_lost_in_a_crash_is_no_fault(house: AuditedHouse) -> None:
    """The anchor was written, and then the transaction that keeps its row was not."""
    await house.act(3)
    await house.sign()
    house.steal("DELETE FROM audit_checkpoints")
    await house.act(2)

    assert await house.sign() == 1
    assert [one.size for one in anchored(house)] == [3, 5]
    assert house.verify().findings == []


async def test_an_anchor_that_was_cut_off_by_a_power_cut_is_written_anew(house: AuditedHouse) -> None:
    await house.act(3)
    await house.sign()
    [path] = house.folder.rglob("*.txt")
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:40])
    await house.act(1)

    assert await house.sign() == 1
    assert [one.size for one in anchored(house)] == [3, 4]


async def test_nothing_is_signed_while_the_disk_is_full_or_the_folder_is_no_folder(house: AuditedHouse) -> None:
    await house.act(1)
    house.folder.write_text("in the way")

    assert await house.sign() == 0
    async with house.records.engine.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM audit_checkpoints")) == 0
