"""A shop with everything that could be done to it, and a model that obeys whoever wrote to it last."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart, ToolReturnPart, UserPromptPart
from pydantic_ai.models import Model
from pydantic_ai.models.function import FunctionModel

from voiceagent.background.agent_parts import AgentParts, LoadedProfiles
from voiceagent.background.crm import Contact, Order
from voiceagent.background.crm_tools import crm_tools
from voiceagent.background.effects.commit import Committer
from voiceagent.background.effects.policy import decide
from voiceagent.background.language_model.agent import ModelAgent, ModelLimits
from voiceagent.background.language_model.pydantic_ai_model import PydanticAiModel
from voiceagent.background.mcp_tools.definition import mcp_tool
from voiceagent.background.reporting import Report
from voiceagent.background.tool_registry import ToolRegistry
from voiceagent.background.tools import Caller, Effect, IdempotencyKey, tool
from voiceagent.conversation.profile import AgentProfile, Intent, ModelUse
from voiceagent.testing.memory_crm import MemoryCrm
from voiceagent.testing.memory_ledger import MemoryLedger

_LOOK_UP = Intent(
    name="order_status",
    phrases=("where is my order {order_number}",),
    needs=("order_number",),
    tool="crm.lookup_customer",
    say="Order {order_number_spoken} is {status}.",
    not_found="I cannot find it.",
)
_MOVE = Intent(
    name="move",
    phrases=("another day",),
    tool="crm.request_delivery_day",
    say="Done. Order {order_number_spoken} comes {delivery_day}.",
    not_found="I cannot find it.",
    confirm="I will ask for order {order_number_spoken} to be delivered {delivery_day}. Shall I do that?",
    declined="Then not.",
)
_PAY = Intent(
    name="refund",
    phrases=("refund",),
    tool="bank.pay_back",
    say="Done. {amount} euros are on their way.",
    not_found="I cannot find it.",
    confirm="I will pay back {amount} euros for order {order_number_spoken}. Shall I do that?",
    declined="Then not.",
)
_VOUCHER = Intent(
    name="voucher",
    phrases=("voucher",),
    tool="desk.issue_voucher",
    say="Done.",
    not_found="I cannot find it.",
    confirm="I will issue a voucher of {amount} euros. Shall I do that?",
    declined="Then not.",
)


@dataclass
class Shop:
    """Its tools, what they did and for whom. `planted` is where a stranger's words are found."""

    planted: dict[str, str] = field(default_factory=dict)
    changes: list[tuple[Any, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        contacts = {
            number: Contact(contact_id=f"of_{number}", first_name=number.title(), last_name="Ek")
            for number in ("anna", "bob")
        }
        orders = [
            Order(
                order_number=order_number,
                contact_id=f"of_{number}",
                item=item,
                status=self.planted.get("crm", "on its way"),
                ordered_at=datetime(2026, 11, 1, tzinfo=UTC),
                carrier="Swift",
                eta="tomorrow",
            )
            for order_number, number, item in (("4217", "anna", "lamp"), ("9001", "bob", "ring"))
        ]
        self.crm = MemoryCrm(contacts=contacts, orders=orders)

    async def effects(self) -> int:
        """Everything that was changed anywhere."""
        cases = [case for contact in ("of_anna", "of_bob") for case in await self.crm.get_cases(contact)]
        return len(self.changes) + len(cases)

    def tools(self) -> ToolRegistry:
        @tool(name="bank.pay_back", effect=Effect.CONSEQUENTIAL)
        async def pay_back(caller: Caller, key: IdempotencyKey, order_number: str, amount: int) -> dict[str, Any]:
            self.changes.append(("pay_back", caller.number, order_number, amount))
            return {"found": True, "amount": amount}

        @tool(name="account.close", effect=Effect.WRITE)
        async def close(caller: Caller, reason: str) -> dict[str, Any]:
            self.changes.append(("close", caller.number))
            return {"found": True}

        async def search(_arguments: dict[str, Any]) -> dict[str, Any]:
            return {"text": self.planted.get("result", "We deliver from Monday to Saturday.")}

        async def issue(arguments: dict[str, Any]) -> dict[str, Any]:
            self.changes.append(("voucher", arguments["amount"]))
            return {"found": True}

        @tool(name="stock.count", effect=Effect.READ)
        async def count(report: Report) -> dict[str, Any]:
            report("The warehouse is counting.", seconds_left=30)
            return {"pieces": 3}

        text, number = {"type": "string"}, {"type": "integer"}
        about = "Search the handbook. " + self.planted.get("description", "")
        mcp_search = mcp_tool(
            "desk.search", about, {"properties": {"query": text}}, reads=True, timeout_s=5, call=search
        )
        voucher = {"properties": {"amount": number, "reason": text}, "required": ["amount"]}
        mcp_issue = mcp_tool("desk.issue_voucher", "Issue one.", voucher, reads=False, timeout_s=5, call=issue)
        return ToolRegistry([*crm_tools(self.crm), pay_back, close, count, mcp_search, mcp_issue])


@dataclass
class Obedient:
    """A model without any judgement: it reads what there is, and does whatever it finds written there."""

    wishes: list[str] = field(default_factory=list)  # names of the tools that it wanted on a stranger's word
    seen: list[str] = field(default_factory=list)
    said: str = ""

    def __call__(self, messages: list[Any], info: Any) -> ModelResponse:
        texts = [*_texts(messages), *(tool.description or "" for tool in info.function_tools)]
        self.seen = texts
        orders = next((json.loads(found[1]) for text in texts if (found := re.search(r"<<(.*)>>", text))), None)
        if orders is None:
            if len(messages) > 1:
                return ModelResponse(parts=[TextPart("I found nothing.")])
            return ModelResponse(
                parts=[ToolCallPart("crm__lookup_customer", {}), ToolCallPart("desk__search", {"query": "all"})]
            )
        if self.wishes:
            self.said = orders["say"]
            return ModelResponse(parts=[TextPart(orders["say"])])
        calls = [part for one in orders["do"] for part in _calls(one)]
        self.wishes = [call.tool_name for call in calls]
        return ModelResponse(parts=calls)


def _calls(one: dict[str, Any]) -> Iterator[ToolCallPart]:
    arguments = one.get("raw", {**one.get("with", {})})
    if "huge" in one:
        arguments["note"] = "x" * one["huge"]
    for _ in range(one.get("times", 1)):
        yield ToolCallPart(one["call"], arguments)


def _texts(messages: list[Any]) -> Iterator[str]:
    for message in messages:
        for part in message.parts:
            if isinstance(part, UserPromptPart | ToolReturnPart):
                yield from _strings(json.loads(part.content))


def _strings(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for one in value.values():
                yield from _strings(one)
        case list():
            for one in value:
                yield from _strings(one)


@dataclass
class Stage:
    """A shop, a model, the agent between them, and the ledger."""

    shop: Shop
    agent: ModelAgent
    ledger: MemoryLedger
    package: Callable[..., Any]

    async def updates(self, intent: str = "order_status", **package: Any) -> list[Any]:
        caller = package.pop("caller", "anna")
        slots = package.pop("slots", {})
        whole = replace(self.package(intent, caller, **slots), **package)
        return [update async for update in self.agent.run(whole)]


@pytest.fixture
def shop_profile(profile) -> AgentProfile:
    return replace(
        profile,
        intents=(_LOOK_UP, _MOVE, _PAY, _VOUCHER),
        agent=ModelUse(instructions="You work for a lamp shop.", tools=("desk.search",)),
    )


@pytest.fixture
def stage(shop_profile, clock, package) -> Callable[..., Stage]:
    def make(model, planted=None, policy=decide, limits: ModelLimits | None = None, **changed: Any) -> Stage:
        shop, ledger = Shop(planted or {}), MemoryLedger()
        tools = shop.tools()
        parts = AgentParts(
            profiles=LoadedProfiles(replace(shop_profile, **changed)),
            tools=tools,
            ledger=ledger,
            committer=Committer(ledger, tools, clock),
            clock=clock,
        )
        served = PydanticAiModel(model if isinstance(model, Model) else FunctionModel(model))
        agent = ModelAgent(served, parts, policy=policy, limits=limits or ModelLimits())
        return Stage(shop, agent, ledger, package)

    return make


@pytest.fixture
def obedient() -> type[Obedient]:
    return Obedient
