"""A transfer through the whole session: the leg is asked, and what it tells reaches the talk."""

from voiceagent.conversation.opening_hours import OpeningHours, parse_spans
from voiceagent.core.errors import Conflict
from voiceagent.core.termination import Reason
from voiceagent.testing.memory_call import MemoryCall
from voiceagent.testing.memory_leg import MemoryLeg
from voiceagent.testing.sample_profile import SAMPLE_TIME, sample_profile


class UnwillingLeg(MemoryLeg):
    """Ends, for the library, in the moment in which it is asked to transfer."""

    async def transfer(self, target: str, reference: str) -> None:
        raise Conflict(f"the leg has already ended: {target}, {reference}")


async def test_the_leg_is_asked_and_the_call_ends_as_transferred():
    call = MemoryCall()
    async with call.answered():
        await call.until_open()
        await call.ask("a person")
        await call.leg.listen(2000)
        call.leg.tell_transfer(100)
        call.leg.tell_transfer(200)
        await call.leg.listen(100)

    ((target, reference),) = call.leg.transfers
    log = call.journal.events
    assert target == "sip:people@pbx.test"
    assert [event.reference for event in log if event.TYPE.startswith("transfer.")] == [reference, reference]
    assert call.termination is not None
    assert call.termination.reason is Reason.TRANSFERRED
    assert [ended.reason for ended in call.leg.ended] == [Reason.TRANSFERRED]


async def test_a_leg_that_cannot_be_asked_keeps_its_caller_and_a_callback_is_offered():
    call = MemoryCall(leg=UnwillingLeg())
    async with call.answered():
        await call.until_open()
        await call.ask("a person")
        await call.leg.listen(3000)
        call.leg.leave()

    kinds = [event.TYPE for event in call.journal.events]
    assert kinds.index("transfer.requested") < kinds.index("transfer.failed") < kinds.index("callback.offered")
    assert call.termination is not None
    assert call.termination.reason is Reason.CALLER_HUNG_UP


async def test_a_leg_that_cannot_be_transferred_is_never_asked():
    leg = MemoryLeg()
    leg.transferable = False
    call = MemoryCall(leg=leg)
    async with call.answered():
        await call.until_open()
        await call.ask("a person")
        await leg.listen(2000)
        leg.leave()

    kinds = [event.TYPE for event in call.journal.events]
    assert leg.transfers == []
    assert "callback.offered" in kinds
    assert "transfer.requested" not in kinds


async def away(call: MemoryCall) -> None:
    """The caller's phone rings at the target, and the worker dies."""
    await call.until_open()
    await call.ask("a person")
    await call.leg.listen(2000)
    call.leg.tell_transfer(180)
    call.stream.die()
    await call.leg.listen(3000)


async def test_a_worker_that_is_lost_while_the_caller_is_away_does_not_end_a_transfer_that_succeeds():
    call = MemoryCall()
    async with call.answered():
        await away(call)
        assert call.leg.ended == []
        call.leg.tell_transfer(200)
        await call.leg.listen(100)

    assert "worker.lost" in [event.TYPE for event in call.journal.events]
    assert call.termination is not None
    assert call.termination.reason is Reason.TRANSFERRED


async def test_who_is_taken_back_after_the_worker_was_lost_is_told_so():
    for back_ms, sip_code in ((0, 486), (30_000, 0)):  # refused, or not answered for too long
        call = MemoryCall()
        async with call.answered():
            await away(call)
            if sip_code:
                call.leg.tell_transfer(sip_code)
            await call.leg.listen(back_ms + 2000)

        assert call.termination is not None
        assert call.termination.reason is Reason.WORKER_LOST
        said = [event.played for event in call.journal.events if event.TYPE == "agent.said"]
        assert said[-2:] == ["putting you through", "sorry something broke"]
        assert [event.TYPE for event in call.journal.events].count("transfer.failed") == 1


async def test_the_hours_count_from_when_the_call_was_answered():
    mondays = OpeningHours(zone="UTC", days={"monday": parse_spans("08:00-18:00")})
    call = MemoryCall(profile=sample_profile(hours=mondays))
    async with call.answered():
        await call.until_open()
        await call.ask("a person")
        await call.leg.listen(2000)
        call.leg.leave()

    assert SAMPLE_TIME.strftime("%A") == "Monday"
    assert len(call.leg.transfers) == 1
