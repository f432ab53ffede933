"""A folder with an agent in it: agent.yaml, tools.py if it has one, and what its rehearsals need."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import yaml

from voiceagent.background.crm import Contact, CrmConnector, Order
from voiceagent.background.crm_tools import crm_tools
from voiceagent.background.demo_tools import demo_tools
from voiceagent.background.tool_files import tools_beside
from voiceagent.background.tool_registry import ToolRegistry
from voiceagent.background.tools import Tool
from voiceagent.config.profile_file import load_profile
from voiceagent.conversation.profile import AgentProfile
from voiceagent.core.clock import Clock
from voiceagent.core.errors import ConfigError, UpstreamUnavailable
from voiceagent.testing.clock import ManualClock
from voiceagent.testing.memory_crm import MemoryCrm
from voiceagent.testing.planned import planned_agent

SCENARIOS = "scenarios"
CRM_FILE = "crm.yaml"


class _OrderRow(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    order_number: str
    item: str
    status: str
    ordered_at: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    carrier: str = ""
    eta: str = ""
    delivery_window: str = ""


class _ContactRow(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    numbers: list[str]
    first_name: str
    last_name: str = ""
    email: str = ""
    orders: list[_OrderRow] = []


class Answer(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a tool answers in a scenario instead of running. `unavailable`: its system does not answer."""

    returns: dict[str, Any] = {}
    takes_s: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    unavailable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFolder:
    """What is read once for all rehearsals of an agent."""

    profile: AgentProfile
    tools: tuple[Tool, ...]  # of tools.py
    contacts: tuple[_ContactRow, ...]  # of scenarios/crm.yaml

    @property
    def tool_names(self) -> frozenset[str]:
        """What a scenario or a test may name."""
        return frozenset(tool.name for tool in (*_house_tools(MemoryCrm(contacts={})), *self.tools))

    def all_tools(self, clock: Clock, answers: Mapping[str, Answer]) -> tuple[Tool, ...]:
        """The tools of tools.py and those over a CRM with the folder's contacts, fresh. Raises ConfigError."""
        tools = {tool.name: tool for tool in (*_house_tools(self._crm(clock)), *self.tools)}
        for name, answer in answers.items():
            if name not in tools:
                known = ", ".join(sorted(tools))
                raise ConfigError(f"a scenario answers for the tool {name}, which there is not; known: {known}")
            tools[name] = _answering(tools[name], answer)
        return tuple(tools.values())

    def _crm(self, clock: Clock) -> CrmConnector:
        contacts: dict[str, Contact] = {}
        orders: list[Order] = []
        for number, row in enumerate(self.contacts, start=1):
            contact = Contact(
                contact_id=str(number), first_name=row.first_name, last_name=row.last_name, email=row.email
            )
            contacts |= dict.fromkeys(row.numbers, contact)
            orders += [Order(contact_id=contact.contact_id, **msgspec.structs.asdict(order)) for order in row.orders]
        return MemoryCrm(contacts=contacts, orders=orders, clock=clock)


def read_agent(path: Path) -> AgentFolder:
    """Read an agent's folder, or the agent.yaml in it. Raises ConfigError with the place of each mistake."""
    tools = tools_beside([path])
    every = ToolRegistry((*_house_tools(MemoryCrm(contacts={})), *tools))
    profile = load_profile(path, tool_fields={tool.name: tool.result_fields for tool in every})
    planned_agent(profile, every, ManualClock()).check(profile)
    return AgentFolder(
        profile=profile,
        tools=tools,
        contacts=_contacts((path if path.is_dir() else path.parent) / SCENARIOS / CRM_FILE),
    )


def _house_tools(crm: CrmConnector) -> tuple[Tool, ...]:
    """What the background process brings besides."""
    return (*crm_tools(crm), *demo_tools(crm))


def _contacts(path: Path) -> tuple[_ContactRow, ...]:
    if not path.exists():
        return ()
    try:
        return tuple(msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), list[_ContactRow]))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: {error}; it is a list of contacts, as in examples/orders/scenarios") from error


def _answering(tool: Tool, answer: Answer) -> Tool:
    async def answered(**_: Any) -> dict[str, Any]:
        await asyncio.sleep(answer.takes_s)
        if answer.unavailable:
            raise UpstreamUnavailable("the scenario says that its system does not answer")
        return answer.returns

    return replace(tool, function=answered)
