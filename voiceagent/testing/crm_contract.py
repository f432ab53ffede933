"""What every CrmConnector must do, as tests: subclass `CrmContract` in a test module and give it the fixture `world`.

class TestMyCrm(CrmContract):
    @pytest.fixture
    async def world(self) -> AsyncIterator[CrmWorld]: ...
"""

import asyncio
from dataclasses import dataclass

from voiceagent.background.crm import Case, CaseStatus, CrmConnector, Note
from voiceagent.core.errors import NotFound
from voiceagent.core.ids import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmWorld:
    """A connector and what its CRM knows: a caller with at least two orders, and an order of somebody else."""

    crm: CrmConnector
    number: str
    first_name: str
    newest_order: str
    older_order: str
    stranger_number: str
    stranger_order: str
    repeats_writes: bool = True


class CrmContract:
    """pytest collects these through the subclass."""

    async def test_a_connector_that_is_set_up_right_passes_its_check(self, world: CrmWorld) -> None:
        await world.crm.check()

    async def test_a_known_number_finds_its_contact(self, world: CrmWorld) -> None:
        contact = await world.crm.find_contact(world.number)

        assert contact is not None
        assert contact.first_name == world.first_name

    async def test_an_unknown_number_finds_nobody(self, world: CrmWorld) -> None:
        assert await world.crm.find_contact("+12025550199") is None

    async def test_a_number_is_never_a_pattern(self, world: CrmWorld) -> None:
        assert await world.crm.find_contact("%") is None
        assert await world.crm.find_contact("' or '1'='1") is None

    async def test_orders_come_newest_first(self, world: CrmWorld) -> None:
        orders = await world.crm.get_orders(await self._contact_id(world))

        numbers = [order.order_number for order in orders]
        assert numbers[0] == world.newest_order
        assert world.older_order in numbers
        assert [o.ordered_at for o in orders] == sorted((o.ordered_at for o in orders), reverse=True)

    async def test_an_order_of_the_contact_is_found_by_its_number(self, world: CrmWorld) -> None:
        order = await world.crm.get_order(await self._contact_id(world), world.older_order)

        assert order is not None
        assert order.order_number == world.older_order
        assert order.status
        assert order.item

    async def test_an_order_of_somebody_else_is_not_found(self, world: CrmWorld) -> None:
        mine, theirs = await self._contact_id(world), await self._contact_id(world, world.stranger_number)

        assert await world.crm.get_order(mine, world.stranger_order) is None
        assert await world.crm.get_order(theirs, world.stranger_order) is not None

    async def test_nobody_has_nothing(self, world: CrmWorld) -> None:
        for nobody in ("999999999", "' or '1'='1", "../1"):
            assert await world.crm.get_orders(nobody) == ()
            assert await world.crm.get_cases(nobody) == ()
            assert await world.crm.get_order(nobody, world.newest_order) is None

    async def test_a_note_is_written_once_per_key(self, world: CrmWorld) -> None:
        contact_id, key = await self._contact_id(world), new_id("key")

        first = await world.crm.add_note(contact_id, "asked about order", idempotency_key=key)
        again = await world.crm.add_note(contact_id, "asked about order", idempotency_key=key)
        other = await world.crm.add_note(contact_id, "asked about order", idempotency_key=new_id("key"))

        assert again == first
        assert other.note_id != first.note_id
        assert first.written_at.tzinfo is not None

    async def test_it_says_whether_a_write_may_be_tried_again(self, world: CrmWorld) -> None:
        assert world.crm.repeats_writes is world.repeats_writes

    async def test_one_key_used_at_once_writes_once(self, world: CrmWorld) -> None:
        contact_id, key = await self._contact_id(world), new_id("key")

        async def note() -> Note:
            return await world.crm.add_note(contact_id, "at once", idempotency_key=key)

        async def case() -> Case:
            return await world.crm.create_case(contact_id, subject="At once", description="", idempotency_key=key)

        notes = await asyncio.gather(*(note() for _ in range(4)))
        cases = await asyncio.gather(*(case() for _ in range(4)))

        assert all(one == notes[0] for one in notes)
        assert all(one == cases[0] for one in cases)
        assert (await world.crm.get_cases(contact_id)).count(cases[0]) == 1

    async def test_a_note_on_nobody_is_refused(self, world: CrmWorld) -> None:
        refused = False
        try:
            await world.crm.add_note("999999999", "lost", idempotency_key=new_id("key"))
        except NotFound:
            refused = True

        assert refused

    async def test_a_case_is_opened_once_and_closed(self, world: CrmWorld) -> None:
        contact_id, key = await self._contact_id(world), new_id("key")

        case = await world.crm.create_case(
            contact_id, subject="Late parcel", description="Due yesterday.", idempotency_key=key
        )
        again = await world.crm.create_case(
            contact_id, subject="Late parcel", description="Due yesterday.", idempotency_key=key
        )
        closed = await world.crm.update_case(contact_id, case.case_id, status=CaseStatus.CLOSED)

        assert again == case
        assert case.status is CaseStatus.OPEN
        assert closed.status is CaseStatus.CLOSED
        assert [c for c in await world.crm.get_cases(contact_id) if c.case_id == case.case_id] == [closed]

    async def test_a_case_of_somebody_else_cannot_be_changed(self, world: CrmWorld) -> None:
        mine, theirs = await self._contact_id(world), await self._contact_id(world, world.stranger_number)
        case = await world.crm.create_case(mine, subject="Mine", description="", idempotency_key=new_id("key"))

        refused = False
        try:
            await world.crm.update_case(theirs, case.case_id, status=CaseStatus.CLOSED)
        except NotFound:
            refused = True

        assert refused
        assert case in await world.crm.get_cases(mine)

    @staticmethod
    async def _contact_id(world: CrmWorld, number: str = "") -> str:
        contact = await world.crm.find_contact(number or world.number)
        assert contact is not None
        return contact.contact_id
