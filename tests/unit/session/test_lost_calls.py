"""The caller wants to be called back should the call be lost. Their number is +4930123."""

from dataclasses import replace

import pytest

from voiceagent.core.termination import Reason
from voiceagent.session.session import CallSession
from voiceagent.telephony.events import CallbackOffered, CallbackRequested
from voiceagent.testing.memory_call import MemoryCall
from voiceagent.testing.sample_profile import sample_profile
from voiceagent.testing.talk_stage import TalkStage, talking

_WORDS = "call me back if the line drops"
_PROMISING_NOTHING = replace(sample_profile().callback, if_silent="")


def promised(words: str = _WORDS, **facts: object) -> TalkStage:
    stage = talking(facts=facts)
    stage.caller_asks(words)
    stage.run(4000)
    return stage


def numbers(stage: TalkStage) -> list[str]:
    return [event.number for event in stage.noted(CallbackRequested)]


def test_a_callback_is_promised_with_the_number_read_out_and_nothing_is_recorded_yet():
    stage = promised()

    assert stage.said[-1] == "if we part we call plus 4 9 3 0 1 2 3"
    assert numbers(stage) == []


def test_a_caller_who_falls_silent_is_called_back():
    stage = promised("call me back if i'm silent")
    stage.run(60_000)
    assert stage.ended is not None
    stage.leave(stage.ended.reason)
    (wanted,) = stage.noted(CallbackRequested)

    assert stage.ended.reason is Reason.DEAD_AIR
    assert (wanted.number, wanted.reason) == ("+4930123", "asked")


@pytest.mark.parametrize("reason", [Reason.MEDIA_LOST, Reason.WORKER_LOST, Reason.INTERNAL])
def test_a_caller_who_is_cut_off_is_called_back(reason):
    stage = promised()
    stage.leave(reason)

    assert numbers(stage) == ["+4930123"]


@pytest.mark.parametrize(
    "reason", [Reason.CALLER_HUNG_UP, Reason.AGENT_HUNG_UP, Reason.OPERATOR_HUNG_UP, Reason.TIME_LIMIT]
)
def test_a_call_that_somebody_ended_leads_to_none(reason):
    stage = promised()
    stage.leave(reason)

    assert numbers(stage) == []


def test_without_the_wish_nobody_is_called():
    stage = talking()
    stage.leave(Reason.MEDIA_LOST)

    assert numbers(stage) == []


def test_the_promise_holds_for_the_rest_of_the_call():
    stage = promised()
    stage.caller_asks("opening hours")
    stage.run(3000)
    stage.leave(Reason.MEDIA_LOST)

    assert numbers(stage) == ["+4930123"]


def test_who_has_no_number_to_see_is_asked_for_one_and_it_is_read_back():
    stage = promised(caller="anonymous")
    assert stage.said[-1] == "which number"
    stage.caller_asks("oh three oh four four")
    stage.run(3000)
    stage.caller_asks("yes")
    stage.run(3000)
    assert stage.said[-2:] == ["0 3 0 4 4 right?", "if we part we call 0 3 0 4 4"]
    assert [event.reason for event in stage.noted(CallbackOffered)] == ["asked"]
    assert numbers(stage) == []
    stage.leave(Reason.DEAD_AIR)

    assert numbers(stage) == ["03044"]


def test_who_is_not_sure_of_the_number_is_promised_nothing():
    stage = promised(caller="anonymous")
    stage.caller_asks("no")
    stage.run(2000)
    stage.leave(Reason.DEAD_AIR)

    assert stage.said[-1] == "no call then"
    assert numbers(stage) == []


def test_who_wants_no_call_any_more_gets_none():
    stage = promised()
    stage.caller_asks("don't call me back")
    stage.run(2000)
    stage.leave(Reason.MEDIA_LOST)

    assert stage.said[-1] == "no call then"
    assert numbers(stage) == []


def test_who_is_called_back_anyway_is_called_once():
    stage = promised()
    stage.caller_asks("call me back")
    stage.run(2000)
    stage.caller_asks("yes")
    stage.run(3000)
    stage.leave(Reason.MEDIA_LOST)

    assert numbers(stage) == ["+4930123"]


def test_an_offer_that_waits_for_its_answer_goes_on_waiting():
    stage = talking()
    stage.caller_asks("call me back")
    stage.run(2000)
    stage.caller_asks(_WORDS)
    stage.run(4000)
    stage.caller_asks("oh three oh four four")
    stage.run(3000)

    assert stage.said[-1] == "0 3 0 4 4 right?"


def test_a_profile_may_promise_nothing():
    stage = talking(callback=_PROMISING_NOTHING)
    stage.caller_asks(_WORDS)
    stage.run(3000)
    stage.leave(Reason.MEDIA_LOST)

    assert stage.said[-1] == "Pardon?"
    assert numbers(stage) == []


async def test_a_session_whose_media_clock_stands_still_writes_the_callback_down():
    call = MemoryCall()
    call.session = CallSession(replace(call.parts(), clock_limit_s=0.05))
    async with call.answered():
        await call.until_open()
        await call.ask(_WORDS)
        await call.leg.listen(3000)  # and then nothing comes any more

    kinds = [event.TYPE for event in call.journal.events]
    assert call.termination is not None
    assert call.termination.reason is Reason.MEDIA_LOST
    assert kinds.index("callback.requested") < kinds.index("call.ended")


async def test_a_session_that_the_caller_ends_writes_none_down():
    call = MemoryCall()
    async with call.answered():
        await call.until_open()
        await call.ask(_WORDS)
        await call.leg.listen(3000)
        call.leg.leave()

    assert "callback.requested" not in [event.TYPE for event in call.journal.events]
