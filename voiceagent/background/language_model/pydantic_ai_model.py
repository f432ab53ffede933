"""The one door to pydantic-ai, which knows how each provider wants to be asked: `pip install 'voiceagent[llm]'`.

It is given descriptions of tools and no functions, so whatever a model answers, nothing runs in here.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpx2
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.trace import TracerProvider
from pydantic_ai.direct import model_request
from pydantic_ai.exceptions import AgentRunError, ModelHTTPError, UserError
from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelRequestPart,
    ModelResponse,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.models import Model, ModelRequestParameters, infer_model
from pydantic_ai.models.instrumented import InstrumentationSettings
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers import Provider, infer_provider_class
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import ToolDefinition

from voiceagent.background.language_model.contract import Brief, ModelChoice, ModelTurn, ToolWish, WishAnswer
from voiceagent.core.errors import ConfigError, UpstreamUnavailable

_RETRIES: Final = 1  # of one request, by the provider's own client: a caller waits, so a second would come too late


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLimits:
    """Of one request. `answer_tokens` bounds what a model may write at once."""

    seconds: float = 8.0
    answer_tokens: int = 1000


class PydanticAiModel:
    """Implements `LanguageModel` over any model that pydantic-ai has."""

    def __init__(
        self, model: Model, limits: RequestLimits = RequestLimits(), traces: TracerProvider | None = None
    ) -> None:
        """`traces` must let no text through: what callers say is left out of spans, but an error may quote it."""
        self._model = model
        self._traced = traces is not None and _without_content(traces)
        self._settings = ModelSettings(timeout=limits.seconds, max_tokens=limits.answer_tokens)

    def begin(self, brief: Brief) -> "_Exchange":
        return _Exchange(self, brief)

    async def request(self, messages: Sequence[ModelMessage], parameters: ModelRequestParameters) -> ModelResponse:
        """One request. Raises UpstreamUnavailable, whose text has nothing of what was sent or came back."""
        try:
            return await model_request(
                self._model,
                messages,
                model_settings=self._settings,
                model_request_parameters=parameters,
                instrument=self._traced,
            )
        except ModelHTTPError as error:
            raise UpstreamUnavailable(f"the model's provider answered {error.status_code}{_hint(error)}") from error
        except (AgentRunError, UserError) as error:
            raise UpstreamUnavailable(f"the model does not answer: {type(error).__name__}") from error
        except Exception as error:  # a provider's library raises what it likes on an answer that is none
            raise UpstreamUnavailable(f"the model answered what cannot be read: {type(error).__name__}") from error


class _Exchange:
    """One delegation's messages, as the provider wants to see them again."""

    def __init__(self, model: PydanticAiModel, brief: Brief) -> None:
        self._model = model
        self._instructions = brief.instructions
        self._messages: list[ModelMessage] = []
        self._next: list[ModelRequestPart] = [UserPromptPart(content=brief.task)]
        self._parameters = ModelRequestParameters(
            function_tools=[
                ToolDefinition(name=tool.name, description=tool.description, parameters_json_schema=tool.schema)
                for tool in brief.tools
            ]
        )

    async def turn(self, answers: Sequence[WishAnswer]) -> ModelTurn:
        """Implements `Exchange`."""
        returned = [_returned(answer) for answer in answers]
        self._messages.append(ModelRequest(parts=[*self._next, *returned], instructions=self._instructions))
        self._next = []
        response = await self._model.request(self._messages, self._parameters)
        self._messages.append(response)
        return ModelTurn(
            text=" ".join(part.content for part in response.parts if isinstance(part, TextPart)),
            wishes=tuple(_wish(part) for part in response.parts if isinstance(part, ToolCallPart)),
            tokens=response.usage.input_tokens + response.usage.output_tokens,
        )


def _without_content(traces: TracerProvider) -> InstrumentationSettings:
    return InstrumentationSettings(
        tracer_provider=traces,
        meter_provider=NoOpMeterProvider(),
        include_content=False,
        include_model_request_parameters=False,
    )


def _returned(answer: WishAnswer) -> ToolReturnPart[Any]:
    return ToolReturnPart(tool_name=answer.wish.name, content=answer.content, tool_call_id=answer.wish.wish_id)


def _wish(part: ToolCallPart[Any]) -> ToolWish:
    try:
        arguments = part.args_as_dict(raise_if_invalid=True)
    except (ValueError, AssertionError, RecursionError):
        arguments = None
    return ToolWish(wish_id=part.tool_call_id, name=part.tool_name, arguments=arguments)


def _hint(error: ModelHTTPError) -> str:
    match error.status_code:
        case 401 | 403:
            return ": look at the key that `agent.api_key_env` names"
        case 404:
            return ": look at `agent.model` and `agent.base_url`"
        case 429:
            return ": too many requests, or the quota is used up"
        case _:
            return ""


@asynccontextmanager
async def open_model(choice: ModelChoice, traces: TracerProvider | None = None) -> AsyncIterator[PydanticAiModel]:
    """A model by name, with connections of its own. Raises ConfigError."""
    limits = RequestLimits(seconds=choice.request_seconds, answer_tokens=choice.answer_tokens)
    # A proxy from the environment would see what callers say
    async with httpx2.AsyncClient(timeout=httpx2.Timeout(limits.seconds, connect=3.0), trust_env=False) as http:
        try:
            model = _model(choice, http)
        except (UserError, ImportError, ValueError, TypeError) as error:
            raise ConfigError(f"agent.model {choice.model!r} cannot be used: {error}") from error
        yield PydanticAiModel(model, limits, traces)


def _model(choice: ModelChoice, http: httpx2.AsyncClient) -> Model:
    if choice.base_url:
        name = choice.model.partition(":")[2] or choice.model
        own = OpenAICompatibleProvider(
            "own", base_url=choice.base_url, api_key=choice.api_key or "none", http_client=http
        )
        own.client.max_retries = _RETRIES
        return OpenAIChatModel(name, provider=own)
    maker: Any = infer_provider_class(choice.model.partition(":")[0])
    provider: Provider[Any] = maker(api_key=choice.api_key, http_client=http)
    if hasattr(provider.client, "max_retries"):
        provider.client.max_retries = _RETRIES
    return infer_model(choice.model, provider_factory=lambda _name: provider)
