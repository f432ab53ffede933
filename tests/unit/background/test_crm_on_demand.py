import asyncio
from contextlib import asynccontextmanager

import pytest
import structlog

from voiceagent.background.crm_on_demand import CrmOnDemand
from voiceagent.core.errors import ConfigError, UpstreamUnavailable
from voiceagent.testing.memory_crm import MemoryCrm


class Door:
    """Opens a CRM, or fails as it is told, and counts."""

    def __init__(self, *failures: Exception) -> None:
        self.opened = 0
        self.closed = 0
        self.closing: Exception | None = None
        self._failures = list(failures)

    @asynccontextmanager
    async def __call__(self):
        if self._failures:
            raise self._failures.pop(0)
        self.opened += 1
        try:
            yield MemoryCrm(contacts={})
        finally:
            self.closed += 1
            if self.closing:
                raise self.closing


@asynccontextmanager
async def on_demand(door):
    crm = CrmOnDemand(door)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(crm.run())
        await asyncio.sleep(0)
        yield crm
        running.cancel()


async def test_nothing_is_opened_before_somebody_asks():
    door = Door()
    async with on_demand(door):
        await asyncio.sleep(0)

    assert door.opened == 0


async def test_all_who_ask_get_the_same_connector_and_it_is_closed_at_the_end():
    door = Door()
    async with on_demand(door) as crm:
        one, other = await asyncio.gather(crm.connector(), crm.connector())
        third = await crm.connector()

    assert one is other is third
    assert (door.opened, door.closed) == (1, 1)


@pytest.mark.parametrize("failure", [UpstreamUnavailable("away"), ConfigError("no such CRM"), OSError("odd")])
async def test_who_asks_is_told_why_it_cannot_be_opened_and_the_next_one_has_it_tried_again(failure):
    door = Door(failure)
    async with on_demand(door) as crm:
        with pytest.raises(type(failure)):
            await crm.connector()
        await crm.connector()

    assert door.opened == 1


async def test_somebody_who_gave_up_asking_keeps_nobody_else_waiting():
    door = Door()
    async with on_demand(door) as crm:
        async with asyncio.TaskGroup() as tasks:
            impatient = tasks.create_task(crm.connector())
            await asyncio.sleep(0)
            impatient.cancel()
        await crm.connector()

    assert door.opened == 1


async def test_a_connector_that_cannot_be_closed_is_told_of_and_keeps_nobody_from_stopping():
    door = Door()
    door.closing = OSError("anna@example.com")
    with structlog.testing.capture_logs() as logs:
        async with asyncio.timeout(30), on_demand(door) as crm:
            await crm.connector()

    assert [(entry["problem"], entry["pii_error"]) for entry in logs] == [("OSError", "anna@example.com")]
    assert (door.opened, door.closed) == (1, 1)
