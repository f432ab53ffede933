"""The agent around a model: what is told, what is kept from the caller, what ends it."""

import asyncio
from dataclasses import replace

import pytest
from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models.test import TestModel

from voiceagent.background.agent import PlannedAgent
from voiceagent.background.agent_parts import AgentParts, LoadedProfiles
from voiceagent.background.effects.commit import Committer
from voiceagent.background.language_model.agent import ModelAgent, ModelLimits
from voiceagent.background.language_model.choice import ChosenAgent
from voiceagent.background.responder import ProfileResponder
from voiceagent.background.tool_registry import ToolRegistry
from voiceagent.conversation.delegation import Commentary, Progress, Proposed, ToolRan, WorkDone
from voiceagent.conversation.profile import ModelUse
from voiceagent.conversation.reply import WorkRequest
from voiceagent.core.errors import ConfigError, StoreUnavailable
from voiceagent.core.ids import DelegationId
from voiceagent.testing.memory_ledger import MemoryLedger


def turns(*answers):
    """A model that gives these answers in turn: texts, or lists of calls."""
    left = list(answers)

    def answer(_messages, _info):
        now = left.pop(0)
        return ModelResponse(parts=[TextPart(now)] if isinstance(now, str) else now)

    return answer


def move(day="on Monday"):
    return ToolCallPart("crm__request_delivery_day", {"order_number": "4217", "delivery_day": day})


async def test_a_model_that_calls_every_tool_with_made_up_values_changes_nothing(stage):
    made = stage(TestModel())

    updates = await made.updates()

    assert {one.name for one in updates if isinstance(one, ToolRan)} >= {"crm.lookup_customer", "desk.search"}
    assert await made.shop.effects() == 0


async def test_what_a_read_found_is_told_in_the_models_words(stage):
    made = stage(turns([ToolCallPart("crm__lookup_customer", {})], "Your lamp is on its way, it comes tomorrow."))

    ran, told, done = await made.updates()

    assert (ran.name, ran.arguments, ran.decision) == (
        "crm.lookup_customer",
        {"order_number": None},
        "reads need no confirmation",
    )
    assert told == Commentary(text="Your lamp is on its way, it comes tomorrow.")
    assert done == WorkDone(outcome="ok")


async def test_words_beside_a_change_are_not_spoken(stage):
    made = stage(turns([TextPart("I have done it already."), move()]))

    asked, done = await made.updates("move")

    assert isinstance(asked, Proposed)
    assert done == WorkDone(outcome="proposed")


async def test_a_second_change_beside_the_first_is_refused(stage):
    made = stage(turns([move(), move("on Saturday")]))

    refused, asked, _done = await made.updates("move")

    assert refused.decision == "another change waits for the caller's yes"
    assert "on Monday" in asked.read_back


async def test_a_claim_becomes_the_profiles_sentence(stage):
    made = stage(turns("I have moved it to Monday."))

    told, done = await made.updates("move")

    assert told.text == "I have changed nothing just now. What would you like me to do?"
    assert done == WorkDone(outcome="failed", detail="the model claimed a change, and none was made")


async def test_other_words_that_are_not_spoken_leave_the_honest_sentence_to_the_talk(stage):
    made = stage(turns("Call 0900 555 777."))

    assert await made.updates() == [WorkDone(outcome="failed", detail="the model said a number that nobody gave it")]


async def test_a_change_of_unknown_end_is_not_asked_for_again(stage, clock):
    made = stage(turns([move()], [move()], [move()]))
    asked, _done = await made.updates("move")
    await made.ledger.claim(asked.proposal_id, now=clock.now(), until=clock.now())

    told, done = await made.updates("move")

    assert done == WorkDone(outcome="pending")
    assert told.text.startswith("I have passed it on")


async def test_a_confirmed_change_is_told_with_the_values_that_were_confirmed(stage):
    made = stage(turns([move()]))
    asked, _done = await made.updates("move", slots={"order_number": "9999", "delivery_day": "never"})

    ran, told, _done = await made.updates("move", slots={"order_number": "9999"}, confirms=asked.proposal_id)

    assert told.text == "Done. Order 4 2 1 7 comes on Monday."
    assert ran.decision == "the caller confirmed it"


async def test_a_change_that_the_profile_lists_no_more_is_not_committed(stage, shop_profile):
    made = stage(turns([move()]))
    asked, _done = await made.updates("move")
    fewer = tuple(intent for intent in shop_profile.intents if intent.name != "move")
    made.agent._profiles = LoadedProfiles(replace(shop_profile, intents=fewer))

    told, done = await made.updates("refund", confirms=asked.proposal_id)

    assert (done.outcome, told.text) == ("failed", "I am sorry, that was not possible. Nothing was changed.")
    assert await made.shop.effects() == 0


class StoreAway(MemoryLedger):
    async def alike(self, proposal):
        raise StoreUnavailable(f"no {proposal.tool} now")


async def test_a_ledger_that_is_away_means_that_nothing_is_asked(stage):
    made = stage(turns([move()]))
    made.agent._ledger = StoreAway()

    assert (await made.updates("move"))[-1].outcome == "unreachable"


async def test_a_model_that_never_answers_is_left(stage):
    async def never(_messages, _info):
        await asyncio.Event().wait()

    made = stage(never, limits=ModelLimits(seconds=0.05))

    assert await made.updates() == [WorkDone(outcome="unreachable", detail="the model took too long")]


async def test_a_read_that_is_cut_off_is_recorded(stage):
    made = stage(turns([ToolCallPart("crm__lookup_customer", {})]), limits=ModelLimits(seconds=0.5))

    async def never(_number):
        await asyncio.Event().wait()

    made.shop.crm.find_contact = never

    ran, done = await made.updates()

    assert (ran.name, ran.status, ran.error) == ("crm.lookup_customer", "timeout", "the delegation ended first")
    assert done.outcome == "unreachable"


async def test_a_tool_tells_what_it_is_at_for_a_model_too(stage):
    counting = ModelUse(instructions="You work for a lamp shop.", tools=("stock.count",))
    made = stage(turns([ToolCallPart("stock__count", {})], "There are 3 of them."), agent=counting)

    told, ran, *_ = await made.updates()

    assert told == Progress(text="The warehouse is counting.", seconds_left=30)
    assert (ran.name, ran.status) == ("stock.count", "ok")


async def test_a_question_that_was_asked_anew_is_not_thought_about_any_longer(stage):
    made = stage(turns([ToolCallPart("crm__lookup_customer", {})]))
    asked = asyncio.Event()

    async def never(_number):
        asked.set()
        await asyncio.Event().wait()

    made.shop.crm.find_contact = never
    async with asyncio.TaskGroup() as tasks:
        updates = tasks.create_task(made.updates())
        await asked.wait()
        await made.agent.stop(DelegationId("del_1"))

    ran, done = updates.result()
    assert (ran.name, ran.status) == ("crm.lookup_customer", "stopped")
    assert done == WorkDone(outcome="stopped")


async def test_a_limit_that_a_tool_made_an_error_of_still_ends_the_work(stage):
    made = stage(turns([ToolCallPart("crm__lookup_customer", {})], [move()]), limits=ModelLimits(seconds=0.5))

    async def lost(_number):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise ConnectionError("lost") from None

    made.shop.crm.find_contact = lost
    ran, done = await made.updates()

    assert (ran.name, ran.status) == ("crm.lookup_customer", "error")
    assert done == WorkDone(outcome="unreachable", detail="the model took too long")
    assert not made.ledger.entries


def test_a_no_to_a_change_that_belongs_to_another_intent_is_answered(shop_profile):
    responder = ProfileResponder(shop_profile)
    responder.read_back(WorkRequest(intent="order_status"), "Shall I do that?")

    reply = responder.commit("no", asked="Shall I do that?")

    assert reply.declines
    assert reply.say == shop_profile.greeting


@pytest.mark.parametrize("name", ["a" * 300, "\x00\u202e", ""])
async def test_a_name_that_only_the_model_knows_is_no_name_in_the_record(stage, name):
    made = stage(turns([ToolCallPart(name, {})], "I can not tell."))

    ran, *_rest = await made.updates()

    assert (ran.name, ran.decision) == ("unlisted", "the profile does not list it")
    assert ran.error.isprintable()
    assert len(ran.error) <= 400


async def test_a_profile_of_another_version_is_told(stage):
    made = stage(turns("Hello."))

    (done,) = await made.updates(profile_version=7)

    assert done.outcome == "failed"


def test_a_profile_that_a_model_cannot_have_is_told_at_the_start(shop_profile, clock):
    ledger, tools = MemoryLedger(), ToolRegistry([])
    committer, profiles = Committer(ledger, tools, clock), LoadedProfiles(shop_profile)
    parts = AgentParts(profiles=profiles, tools=tools, ledger=ledger, committer=committer, clock=clock)
    planned = PlannedAgent(parts)
    chosen = ChosenAgent(profiles, planned, ModelAgent(_Unasked(), parts))

    with pytest.raises(ConfigError, match=r"desk\.search"):
        chosen.check(replace(shop_profile, intents=()))


class _Unasked:
    def begin(self, brief):
        raise AssertionError(brief)
