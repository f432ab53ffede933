"""What the caller typed for one tool: which tools may have it, how long it is kept, and who else hears of it."""

import asyncio
from dataclasses import replace

import pytest

from voiceagent.background.captured_guard import CapturedGuard
from voiceagent.background.captured_values import CapturedValues
from voiceagent.background.reporting import Report
from voiceagent.background.tools import Effect, tool
from voiceagent.conversation.profile import Capture, Intent, SlotSpec, SlotType
from voiceagent.conversation.secure_capture import Secret
from voiceagent.core.errors import ConfigError
from voiceagent.core.ids import DelegationId
from voiceagent.testing.clock import ManualClock
from voiceagent.testing.planned import planned_agent
from voiceagent.testing.sample_profile import sample_profile
from voiceagent.tools import Captured

_DELEGATION = DelegationId("del_1")


@tool(name="cards.tokenise", effect=Effect.READ)
async def tokenise(card: Captured, label: str = "") -> dict[str, str]:
    """Exchange it for a token."""
    return {"token": f"{card.reveal()[-4:]}{label}"}


def profile_with(capture, needs):
    intent = Intent(name="pay", phrases=("pay",), needs=needs, tool="cards.tokenise", say="{token}", not_found="no")
    card = SlotSpec(name="card", type=SlotType.DIGITS, ask="type it", capture=capture)
    label = SlotSpec(name="label", type=SlotType.DIGITS, ask="which one")
    return replace(sample_profile(), slots={"card": card, "label": label}, intents=(intent,))


def test_a_captured_parameter_is_in_no_arguments():
    assert tokenise.captured_parameters == {"card"}
    assert tokenise.parameters == {"label"}
    assert "card" not in str(tokenise.schema())


@pytest.mark.parametrize("effect", [Effect.WRITE, Effect.CONSEQUENTIAL])
def test_a_tool_that_changes_something_is_refused_a_captured_value(effect):
    async def charge(card: Captured) -> dict[str, str]:
        return {"token": card.reveal()}

    with pytest.raises(ConfigError, match="exchange the value for a token"):
        tool(name="cards.charge", effect=effect)(charge)


def test_a_captured_parameter_with_something_around_it_is_refused():
    async def charge(card: Captured | None) -> dict[str, str]:
        return {"token": str(card)}

    with pytest.raises(ConfigError, match="`Captured`, with nothing around it"):
        tool(name="cards.charge", effect=Effect.READ)(charge)


@pytest.mark.parametrize(
    ("capture", "needs"), [(Capture.OFF, ("card",)), (Capture.CARD, ("label",)), (Capture.CARD, ())]
)
def test_a_slot_and_a_parameter_that_are_not_both_captured_are_told_at_start(capture, needs):
    profile = profile_with(capture, needs)

    with pytest.raises(ConfigError, match="of type `Captured`"):
        planned_agent(profile, [tokenise], ManualClock()).check(profile)


async def test_values_are_taken_once_and_only_by_their_delegation():
    kept = CapturedValues()
    kept.keep(_DELEGATION, {"card": Secret("4111")})

    assert kept.take(DelegationId("del_2")) == {}
    assert kept.take(_DELEGATION)["card"].reveal() == "4111"
    assert kept.take(_DELEGATION) == {}


async def test_values_that_nobody_takes_are_forgotten():
    kept = CapturedValues(kept_s=0.01)
    kept.keep(_DELEGATION, {"card": Secret("4111")})
    await asyncio.sleep(0.05)

    assert len(kept) == 0


@pytest.mark.parametrize("ends", ["stopped", "not begun"])
async def test_values_of_work_that_does_not_come_to_its_tool_are_forgotten_at_once(package, ends):
    kept, sent = CapturedValues(), replace(package(), intent="nothing", profile="sample", profile_version=1)
    agent = planned_agent(profile_with(Capture.CARD, ("card",)), [tokenise], ManualClock(), captured=kept)
    await agent.hand_over(sent.delegation_id, {"card": Secret("4111")})
    assert len(kept) == 1
    if ends == "stopped":
        await agent.stop(sent.delegation_id)
    else:
        assert [update async for update in agent.run(sent)] != []

    assert len(kept) == 0


async def test_a_tool_whose_value_is_gone_is_not_run(package):
    sent = replace(package(), intent="pay", slots={"card": "captured"}, profile="sample", profile_version=1)
    agent = planned_agent(profile_with(Capture.CARD, ("card",)), [tokenise], ManualClock())
    ran, *_ = [update async for update in agent.run(sent)]

    assert (ran.status, ran.result) == ("error", {})
    assert "not here any more" in ran.error


def test_progress_that_quotes_the_value_is_not_told():
    told = []
    guard = CapturedGuard([Secret("4111111111111111")])
    report = guard.reports(Report(told.append))
    report("I am at 4111-1111-1111-1111 now", seconds_left=3)
    report("almost there")

    assert [progress.text for progress in told] == ["", "almost there"]


@pytest.mark.parametrize("told", ["cvv 737", "7 3 7", "7-3-7", "code:737.", '{"code":"737"}'])
def test_a_short_code_is_found_as_a_word_of_its_own(told):
    assert CapturedGuard([Secret("737")]).holds(told)


@pytest.mark.parametrize("told", ["tok_9f737ab2", "7.37", "17371", "73 7"])
def test_a_short_code_is_not_found_in_tokens_and_prices(told):
    assert not CapturedGuard([Secret("737")]).holds(told)
