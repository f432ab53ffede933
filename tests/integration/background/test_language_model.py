"""A model behind a real server that speaks chat completions: what is sent, and what comes of each answer and fault."""

import json
import socket
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from voiceagent.apps.language_model import chosen_agent
from voiceagent.background.agent import PlannedAgent
from voiceagent.background.agent_parts import AgentParts, LoadedProfiles
from voiceagent.background.crm import Contact, Order
from voiceagent.background.crm_tools import crm_tools
from voiceagent.background.effects.commit import Committer
from voiceagent.background.tool_registry import ToolRegistry
from voiceagent.config.agent_settings import AgentSettings
from voiceagent.config.profile_file import default_profile
from voiceagent.conversation.delegation import Commentary, DelegationPackage, Line, Proposed, ToolRan, WorkDone
from voiceagent.conversation.profile import ModelUse
from voiceagent.core.clock import SystemClock
from voiceagent.core.errors import ConfigError
from voiceagent.core.ids import CallId, DelegationId, TenantId
from voiceagent.testing.memory_crm import MemoryCrm
from voiceagent.testing.memory_ledger import MemoryLedger
from voiceagent.testing.vendors.chat_completions import ChatCompletions, says, wants
from voiceagent.testing.vendors.server import answers, hangs
from voiceagent.testing.vendors.serving import Host, hosting

PACKAGE = DelegationPackage(
    delegation_id=DelegationId("del_1"),
    call_id=CallId("call_1"),
    tenant_id=TenantId("ten_1"),
    profile="orders",
    profile_version=1,
    caller="+12025550101",
    intent="order_status",
    slots={"order_number": "4821"},
    conversation=(Line(speaker="caller", text="where is my order four eight two one"),),
)
_NO_JSON = "its arguments are no JSON object of at most 4096 bytes"
PROFILE = replace(default_profile(), agent=ModelUse(instructions="We deliver from Monday to Saturday."))


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with hosting() as one:
        yield one


@pytest.fixture
def server(host) -> ChatCompletions:
    return host.put(ChatCompletions(tokens={"sk-test"}))


@pytest.fixture
def crm():
    order = Order(
        order_number="4821",
        contact_id="mia",
        item="lamp",
        status="on its way",
        ordered_at=datetime(2026, 11, 1, tzinfo=UTC),
        carrier="Swift",
        eta="tomorrow",
        delivery_window="between two and four",
    )
    mia = Contact(contact_id="mia", first_name="Mia", last_name="Ek")
    return MemoryCrm(contacts={"+12025550101": mia}, orders=[order])


@pytest.fixture
def work(server, crm, monkeypatch):
    """Runs a delegation with a model behind the server."""
    monkeypatch.setenv("MY_KEY", "sk-test")
    ledger, clock, tools = MemoryLedger(), SystemClock(), ToolRegistry(crm_tools(crm))

    async def run(package=PACKAGE, profile=PROFILE, **settings):
        settings = {
            "model": "small-1",
            "base_url": server.base_url,
            "api_key_env": "MY_KEY",
            "request_seconds": 1.0,
            "seconds": 3.0,
        } | settings
        profiles, committer = LoadedProfiles(profile), Committer(ledger, tools, clock)
        parts = AgentParts(profiles=profiles, tools=tools, ledger=ledger, committer=committer, clock=clock)
        planned = PlannedAgent(parts)
        async with chosen_agent(AgentSettings(**settings), planned, parts) as agent:
            agent.check(profile)
            return [update async for update in agent.run(package)]

    return run


async def test_a_look_up_is_answered_in_the_models_words(server, work):
    server.messages = deque(
        [wants(("crm__lookup_customer", {"order_number": "4821"})), says("Order 4821 is **on its way**, Mia.")]
    )

    ran, told, done = await work()

    assert (ran.name, ran.status, ran.decision) == ("crm.lookup_customer", "ok", "reads need no confirmation")
    assert told == Commentary(text="Order 4821 is on its way, Mia.")
    assert done == WorkDone(outcome="ok")


async def test_the_model_is_told_the_call_and_the_tools_but_not_who_calls(server, work):
    server.messages = deque([wants(("crm__lookup_customer", {})), says("It is on its way.")])

    await work()

    first, second = server.bodies
    assert {tool["function"]["name"] for tool in first["tools"]} == {
        "crm__lookup_customer",
        "crm__request_delivery_day",
    }
    offered = next(tool["function"] for tool in first["tools"] if tool["function"]["name"] == "crm__lookup_customer")
    assert set(offered["parameters"]["properties"]) == {"order_number"}
    system, task = first["messages"]
    assert "We deliver from Monday to Saturday." in system["content"]
    assert json.loads(task["content"])["values"] == {"order_number": "4821"}
    assert "four eight two one" not in system["content"]
    assert "+12025550101" not in json.dumps(server.bodies)
    assert json.loads(second["messages"][-1]["content"])["data_from_outside"]["found"] is True
    assert not first.get("stream")


async def test_a_change_is_asked_for_and_committed_by_the_yes_alone(server, work, crm):
    wish = {"order_number": "4821", "delivery_day": "on Saturday"}
    server.messages = deque([wants(("crm__request_delivery_day", wish))])

    asked, waits = await work(replace(PACKAGE, intent="change_delivery"))
    before = await crm.get_cases("mia")
    ran, told, done = await work(replace(PACKAGE, intent="change_delivery", confirms=asked.proposal_id))

    assert isinstance(asked, Proposed)
    assert asked.read_back == "I will ask for order 4 8 2 1 to be delivered on Saturday. Shall I do that?"
    assert (waits.outcome, before) == ("proposed", ())
    assert [case.subject for case in await crm.get_cases("mia")] == ["Deliver order 4821 on Saturday"]
    assert ran.decision == "the caller confirmed it"
    assert told.text.startswith("Done. I have asked for order 4 8 2 1 to be delivered on Saturday.")
    assert done == WorkDone(outcome="ok")
    assert len(server.bodies) == 1  # nobody asked the model about the yes


async def test_an_unknown_tool_and_broken_arguments_are_refused_and_the_model_may_go_on(server, work):
    server.messages = deque(
        [wants(("crm__delete_all", {}), ("crm__lookup_customer", '{"order_number": ')), says("I can not tell.")]
    )

    *refused, told, done = await work()

    assert [(one.name, one.decision, one.error) for one in refused if isinstance(one, ToolRan)] == [
        ("unlisted", "the profile does not list it", "there is no tool crm__delete_all"),
        ("crm.lookup_customer", _NO_JSON, _NO_JSON),
    ]
    assert (told.text, done.outcome) == ("I can not tell.", "ok")


@pytest.mark.parametrize(
    ("fault", "detail"),
    [
        (answers(401, {"error": {"message": "no", "code": "invalid_api_key"}}), "answered 401: look at the key"),
        (answers(404, {"error": {"message": "no"}}), "answered 404: look at `agent.model`"),
        (answers(429, {"error": {"message": "slow down"}}), "answered 429: too many requests"),
        (answers(500, {"error": {"message": "oops"}}), "answered 500"),
        (answers(503, b"<html>busy</html>", content_type="text/html"), "answered 503"),
        (answers(200, b'{"choices": [', content_type="application/json"), "the model"),
        (answers(200, b"hello", content_type="text/plain"), "the model"),
        (answers(200, {"choices": []}), "the model"),
        (answers(200, {"choices": [{"index": 0, "message": {"role": "assistant", "content": 7}}]}), "the model"),
        (hangs(2.0), "the model"),
    ],
    ids=["401", "404", "429", "500", "503", "half_json", "no_json", "no_choices", "wrong_types", "slow"],
)
async def test_every_fault_of_the_server_ends_in_the_honest_sentence(server, work, fault, detail):
    server.faults = deque([fault, fault, fault, fault])

    (done,) = await work()

    assert done.outcome == "unreachable"
    assert detail in done.detail


async def test_one_fault_is_tried_again(server, work):
    server.faults = deque([answers(500, {"error": {"message": "oops"}})])
    server.messages = deque([says("We deliver on Saturday.")])

    told, done = await work()

    assert (told.text, done.outcome) == ("We deliver on Saturday.", "ok")


async def test_a_wrong_key_is_told_without_the_key(server, work, monkeypatch):
    monkeypatch.setenv("MY_KEY", "sk-wrong")

    (done,) = await work()

    assert done.detail == "the model's provider answered 401: look at the key that `agent.api_key_env` names"


async def test_a_slow_model_is_left_after_the_limit_of_the_delegation(server, work):
    server.faults = deque([hangs(2.0)] * 4)

    (done,) = await work(seconds=0.3)

    assert done == WorkDone(outcome="unreachable", detail="the model took too long")


async def test_nobody_listening_is_unreachable(work):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    (done,) = await work(base_url=f"http://127.0.0.1:{port}/v1")

    assert done.outcome == "unreachable"


async def test_tokens_have_a_limit(server, work):
    server.messages = deque([wants(("crm__lookup_customer", {})) for _ in range(6)])

    updates = await work(tokens=1000)

    assert updates[-1] == WorkDone(outcome="failed", detail="the model passed its limit of tools or tokens")
    assert len(server.bodies) == 5  # of 220 tokens each


async def test_turns_have_a_limit(server, work):
    server.messages = deque([wants(("crm__lookup_customer", {})) for _ in range(6)])

    updates = await work(turns=3)

    assert updates[-1] == WorkDone(outcome="failed", detail="the model passed its limit of turns")
    assert len(server.bodies) == 3


async def test_a_profile_without_words_for_a_model_is_planned(server, work):
    _ran, told, _done = await work(profile=default_profile())

    assert told.text.startswith("Thank you, Mia. I found order 4 8 2 1")
    assert server.bodies == []


async def test_without_a_model_everything_is_planned(server, work):
    _ran, told, _done = await work(model="", base_url="")

    assert told.text.startswith("Thank you, Mia.")
    assert server.bodies == []


async def test_a_key_that_is_not_set_is_told_at_the_start(work, monkeypatch):
    monkeypatch.delenv("MY_KEY")

    with pytest.raises(ConfigError, match="set the environment variable MY_KEY"):
        await work()


@pytest.mark.parametrize("model", ["openai:gpt-5-mini", "openai-chat:gpt-5-mini"])
async def test_a_known_provider_needs_no_address(work, monkeypatch, model):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")  # so that nothing leaves this machine

    (done,) = await work(model=model, base_url="", api_key_env="")

    assert done.detail == "the model does not answer: ModelConnectionError"
