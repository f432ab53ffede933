"""Which tools a model is offered: those that the profile names, and none besides."""

from dataclasses import dataclass
from typing import Final

from voiceagent.background.language_model.contract import ToolOffer
from voiceagent.background.rendering import SPELLED, fields, optional_fields
from voiceagent.background.tool_registry import ToolRegistry
from voiceagent.background.tool_results import clean_text
from voiceagent.background.tools import Effect, Tool
from voiceagent.conversation.profile import AgentProfile, Intent
from voiceagent.core.errors import ConfigError, NotFound

_LONGEST_NAME: Final = 64  # what OpenAI and Anthropic allow


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A tool and the intent that has its words: `confirm` before a change and `say` after it. None for a read alone."""

    tool: Tool
    intent: Intent | None

    @property
    def told(self) -> frozenset[str]:
        """The arguments that the caller hears before a change."""
        return (
            frozenset(name.removesuffix(SPELLED) for name in fields(self.intent.confirm))
            if self.intent
            else frozenset()
        )


def offered_tools(profile: AgentProfile, tools: ToolRegistry) -> dict[str, Offered]:
    """By the name that the model uses. Raises NotFound for a tool that is not there, ConfigError for names alike."""
    intents = {intent.tool: intent for intent in reversed(profile.intents) if intent.tool}
    names = dict.fromkeys([*intents, *(profile.agent.tools if profile.agent else ())])
    offered = {outside_name(name): Offered(tool=tools.get(name), intent=intents.get(name)) for name in names}
    if len(offered) < len(names):
        raise ConfigError(f"profile {profile.name}: two of {', '.join(names)} are one name to a model; rename one")
    return offered


def outside_name(name: str) -> str:
    """`crm.lookup_customer` as providers allow it: `crm__lookup_customer`."""
    return name.replace(".", "__")


def as_offer(name: str, offered: Offered) -> ToolOffer:
    """Descriptions may come from strangers (MCP), so they are data like results: short and without controls."""
    tool = offered.tool
    changes = "" if tool.effect is Effect.READ else " This changes something: the caller is asked before it is done."
    return ToolOffer(name=name, description=clean_text(tool.description) + changes, schema=tool.schema())


def check_offers(profile: AgentProfile, tools: ToolRegistry) -> None:
    """Make sure at start that the model can be offered the profile's tools. Raises ConfigError."""
    where = f"profile {profile.name}"
    if profile.agent is not None and not profile.language.startswith("en"):
        raise ConfigError(
            f"{where}: what a model says is looked through in English only, so `agent` needs `language: en`; remove it"
        )
    try:
        offers = offered_tools(profile, tools)
    except NotFound as error:
        raise ConfigError(f"{where}, agent.tools: {error}") from error
    for name, offered in offers.items():
        if len(name) > _LONGEST_NAME:
            raise ConfigError(f"{where}: tool {offered.tool.name} has a name that models do not take; shorten it")
        if offered.tool.effect is not Effect.READ:
            _check_change(where, offered)


def _check_change(where: str, offered: Offered) -> None:
    tool, intent = offered.tool, offered.intent
    if intent is None or not intent.confirm:
        raise ConfigError(
            f"{where}: tool {tool.name} changes something ({tool.effect}): give it an intent with `tool: {tool.name}` "
            "and a `confirm` that reads everything back"
        )
    needed = {name.removesuffix(SPELLED) for name in fields(intent.confirm)} - {
        name.removesuffix(SPELLED) for name in optional_fields(intent.confirm)
    }
    strange = sorted(needed - tool.parameters)
    if strange:
        raise ConfigError(
            f"{where}, intent {intent.name}: confirm asks for {', '.join(strange)}, which {tool.name} does not "
            "take; a model can only fill the tool's own arguments"
        )
