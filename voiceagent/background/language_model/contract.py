"""What the agent needs from a language model: it is told something, and answers with words or with wishes for tools.

A model is given no function. What it wants comes back as data, and the `gate` decides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolOffer:
    """A tool as the model sees it. `name` has letters, digits and underscores only, as all providers allow."""

    name: str
    description: str
    schema: dict[str, Any]  # JSON Schema of the arguments


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What a model is told at the start. `instructions` are ours and the profile's; `task` is data about the call."""

    instructions: str
    task: str
    tools: tuple[ToolOffer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolWish:
    """The model wants a tool. `arguments` is None for something that is no JSON object."""

    wish_id: str
    name: str
    arguments: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WishAnswer:
    """What the model is told of a wish; `content` is JSON."""

    wish: ToolWish
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelTurn:
    """What a model said. `tokens`: sent and received in this turn, 0 where the provider does not tell."""

    text: str = ""
    wishes: tuple[ToolWish, ...] = ()
    tokens: int = 0


class Exchange(Protocol):
    """One delegation's talk with a model. It has the history, in the provider's own terms."""

    async def turn(self, answers: Sequence[WishAnswer]) -> ModelTurn:
        """Answer all wishes of the turn before, none at the start, and hear more. Raises UpstreamUnavailable."""
        ...


class LanguageModel(Protocol):
    """A model that a provider serves; any number of exchanges at once."""

    def begin(self, brief: Brief) -> Exchange: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChoice:
    """Which model. `model` is `provider:name`; with `base_url` a server that speaks OpenAI's chat completions."""

    model: str
    api_key: str = field(default="", repr=False)
    base_url: str = ""
    request_seconds: float = 8.0
    answer_tokens: int = 1000
