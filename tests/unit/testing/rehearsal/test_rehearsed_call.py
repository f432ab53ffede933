"""A caller who follows a script meets the real talk, planner and tools; what they miss is told in full."""

import asyncio
import re

import pytest

from voiceagent.core.errors import BadInput
from voiceagent.testing.rehearsal.transcript import Missing


def failure(rehearse, script) -> str:
    with pytest.raises(Missing) as missed:
        rehearse(script)
    return str(missed.value)


def test_a_question_is_asked_a_tool_runs_and_its_answer_is_heard(rehearse):
    async def script(call):
        await call.says("is it in stock")
        await call.heard("which thing", within=0.6)
        await call.says("boots")
        assert await call.used("shop.stock", {"item": "boots"}) == {"found": True, "left": 3}
        await call.heard("we have 3 of boots")

    call = rehearse(script)

    assert [line.who for line in call.transcript[-6:]] == ["caller", "agent", "caller", "tool", "agent", "call"]


def test_a_murmur_stops_nobody_and_a_wish_does(rehearse):
    async def script(call):
        await call.says("do you have boots")
        await call.overlaps("mm-hm", at=1.5)
        await call.heard("until six in the evening", interrupted=False)
        await call.says("do you have boots")
        await call.overlaps("goodbye", at=1.5)
        await call.heard("we have 3", interrupted=True)
        await call.heard("bye bye")
        await call.ended()

    rehearse(script)


def test_what_changes_something_runs_after_the_yes_only(rehearse):
    async def script(call):
        await call.says("keep boots for me")
        await call.heard("shall I keep boots for you")
        await call.never_used("shop.reserve")
        await call.says("yes")
        await call.used("shop.reserve", {"item": "boots"}, {"for_number": "+12025550101"})
        await call.heard("I keep boots until tomorrow")

    rehearse(script)


def test_a_tool_that_is_too_slow_is_given_up_on_the_calls_own_clock(rehearse):
    async def script(call):
        await call.says("do you have a tent")
        await call.heard("one moment", within=2)
        await call.heard("can not reach the shop", within=5)

    rehearse(script)


def test_words_that_nobody_may_say_are_not_understood(rehearse):
    async def script(call):
        await call.says("purple monkey dishwasher")
        await call.heard("pardon")

    rehearse(script)


def test_who_says_no_is_not_recorded_and_is_heard_all_the_same(agent):
    from voiceagent.testing.rehearsal.call import RehearsedCall
    from voiceagent.testing.rehearsal.text_line import TextLine
    from voiceagent.testing.rehearsal.virtual_time import VirtualTimeLoop

    async def main() -> None:
        call = RehearsedCall(agent, TextLine(agent.profile))
        await call.begin(consent="no")
        await call.heard("that's fine. how can I help")
        await call.hangs_up()

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(main())


def test_what_was_said_instead_is_told_with_the_call_until_then(rehearse):
    async def script(call):
        await call.says("do you have boots")
        await call.heard("order number")

    lines = failure(rehearse, script).splitlines()

    assert lines[0] == "the agent did not say 'order number'"
    assert lines[1].startswith("  instead: ")
    assert "We have 3 of boots" in lines[1]
    assert lines[2] == "  the call until then:"
    assert any("caller  do you have boots" in line for line in lines[3:])
    assert any("tool    shop.stock(item='boots') -> found=True, left=3" in line for line in lines[3:])


@pytest.mark.parametrize(
    ("doing", "told"),
    [
        (lambda call: call.heard("we have", within=0.1), "did not say 'we have'"),
        (lambda call: call.heard("we have", interrupted=True), "'we have' was said to its end"),
        (lambda call: call.used("shop.stock", {"item": "tent"}), "the tool shop.stock(item='tent') did not run"),
        (lambda call: call.used("shop.stock", {}, {"left": 4}), "the tool shop.stock() -> left=4 did not run"),
        (lambda call: call.overlaps("mm-hm", at=30), "nobody could say 'mm-hm' 30 s into the agent's utterance"),
        (lambda call: call.ended(), "the agent did not hang up"),
    ],
    ids=["too late", "not cut", "other arguments", "other result", "too short", "stays"],
)
def test_each_expectation_can_fail_and_says_how(rehearse, doing, told):
    async def script(call):
        await call.says("do you have boots")
        await doing(call)

    assert told in failure(rehearse, script).splitlines()[0]


def test_what_must_not_be_said_or_run_is_found(rehearse):
    async def says(call):
        await call.says("do you have boots")
        await call.heard("boots")
        await call.never_heard("3 of boots")

    async def runs(call):
        await call.says("do you have boots")
        await call.heard("boots")
        await call.never_used("shop.stock")

    assert failure(rehearse, says).startswith("the agent was not to say '3 of boots'")
    assert failure(rehearse, runs).startswith("the tool shop.stock was not to run")


def test_what_must_not_follow_the_callers_last_words_is_waited_for(rehearse):
    async def runs(call):
        await call.says("keep boots for me")
        await call.says("yes")
        await call.never_used("shop.reserve")

    async def says(call):
        await call.says("do you have boots")
        await call.never_heard("until six in the evening")

    assert failure(rehearse, runs).startswith("the tool shop.reserve was not to run")
    assert failure(rehearse, says).startswith("the agent was not to say 'until six in the evening'")


def test_what_does_not_follow_the_callers_last_words_is_known_after_a_while(rehearse):
    async def script(call):
        await call.says("keep boots for me")
        await call.never_used("shop.reserve")
        await call.heard("shall I keep boots")

    rehearse(script)


@pytest.mark.parametrize(
    ("doing", "told"),
    [
        (lambda call: call.never_used("shop.reserv"), "there is no tool 'shop.reserv'; did you mean 'shop.reserve'?"),
        (lambda call: call.used("shop.reserv"), "there is no tool 'shop.reserv'"),
        (lambda call: call.never_heard("?!"), "'?!' has no words"),
        (lambda call: call.heard("..."), "'...' has no words"),
    ],
)
def test_what_can_never_be_seen_is_refused(rehearse, doing, told):
    async def script(call):
        await doing(call)

    with pytest.raises(BadInput, match=re.escape(told)):
        rehearse(script)


def test_nobody_speaks_after_the_end(rehearse):
    async def script(call):
        await call.says("goodbye")
        await call.ended()
        await call.says("hello")

    assert failure(rehearse, script).startswith("the call was over before 'hello'")
