"""What the audit log knows of people has a term; the log itself verifies without it."""

import asyncio
from datetime import timedelta

import pytest

from tests.integration.records.audit.logs import TENANT, AuditedHouse
from voiceagent.apps import audit_terms
from voiceagent.apps.audit_terms import AuditDetailTerm
from voiceagent.core.content_class import ContentClass
from voiceagent.core.ids import TenantId
from voiceagent.records.audit.entry import INSTALLATION
from voiceagent.records.repositories.audit import AuditFilter
from voiceagent.records.retention_values import Selector

YEAR = timedelta(days=365)


def term(house: AuditedHouse) -> AuditDetailTerm:
    return AuditDetailTerm(house.records, YEAR, house.clock)


async def addresses(house: AuditedHouse, tenant: TenantId = TENANT) -> list[str | None]:
    """Of all who read a transcript, oldest first; None where it is erased."""
    async with house.records.unit_of_work(tenant) as work:
        read = await work.audit.list(limit=100, where=AuditFilter(action="transcript.read"))
    return [None if one.details is None else one.details["ip"] for one in read][::-1]


async def test_details_go_after_their_term_and_the_log_still_verifies(house: AuditedHouse) -> None:
    await house.act(3)
    house.clock.at += YEAR
    await house.act(2)
    house.clock.at += timedelta(seconds=1)
    await house.sign()

    await term(house).run_all()
    await term(house).run_all()

    assert await addresses(house) == [None, None, None, "192.0.2.7", "192.0.2.7"]
    async with house.records.unit_of_work(TENANT) as work:
        [told] = await work.audit.list(limit=100, where=AuditFilter(action="audit_details.erased"))
    assert told.details is not None
    assert told.details["rows"] == 3
    report = await asyncio.to_thread(house.verify)
    assert (report.findings, report.entries, report.erased) == ([], 6, 3)


async def test_a_tenant_that_does_nothing_writes_nothing_for_ever(house: AuditedHouse) -> None:
    await house.act(1)
    for _ in range(5):
        house.clock.at += YEAR + timedelta(seconds=1)
        await term(house).run_all()

    async with house.records.unit_of_work(TENANT) as work:
        told = await work.audit.list(limit=100, where=AuditFilter(action="audit_details.erased"))
    assert [one.details for one in told] == [None]


async def test_what_belongs_to_no_tenant_has_the_same_term(house: AuditedHouse) -> None:
    await house.act(1, INSTALLATION)
    house.clock.at += YEAR + timedelta(seconds=1)

    await term(house).run_all()

    assert await addresses(house, INSTALLATION) == [None]


async def test_a_tenant_with_a_legal_hold_keeps_them_until_it_is_released(house: AuditedHouse) -> None:
    other = TenantId("ten_b")
    async with house.records.unit_of_work(TENANT) as work:
        held = await work.legal_holds.place(
            matter="m", selector=Selector(), classes=frozenset(ContentClass), reason="r", by="a", now=house.clock.at
        )
        await work.commit()
    await house.act(1)
    await house.act(1, other)
    house.clock.at += YEAR + timedelta(seconds=1)

    await term(house).run_all()

    assert (await addresses(house), await addresses(house, other)) == (["192.0.2.7"], [None])
    async with house.records.unit_of_work(TENANT) as work:
        for person in ("b", "c"):
            await work.legal_holds.release(held.id, by=person, now=house.clock.at)
        await work.commit()
    await term(house).run_all()
    assert await addresses(house) == [None]


async def test_many_go_page_by_page(house: AuditedHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_terms, "_PAGE", 4)
    await house.act(10)
    house.clock.at += YEAR + timedelta(seconds=1)

    await term(house).run_all()

    assert await addresses(house) == [None] * 10
    async with house.records.unit_of_work(TENANT) as work:
        told = await work.audit.list(limit=100, where=AuditFilter(action="audit_details.erased"))
    assert sorted(one.details["rows"] for one in told if one.details) == [2, 4, 4]
