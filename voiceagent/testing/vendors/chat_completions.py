"""A server that speaks OpenAI's chat completions, as its reference documents them, without streaming.

Its answers are given by the test; what it checks is what a real one refuses: no key, another model, tool calls of which
one is left without an answer.
"""

import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from voiceagent.testing.vendors.server import VendorServer, reply

_Message = dict[str, Any]


def says(text: str) -> _Message:
    """A message of words alone."""
    return {"role": "assistant", "content": text, "refusal": None}


def wants(*calls: tuple[str, Mapping[str, Any] | str]) -> _Message:
    """A message that asks for tools: names with arguments, which a text gives as it is."""
    wished = [
        {
            "id": f"call_{index}",
            "type": "function",
            "function": {
                "name": name,
                "arguments": arguments if isinstance(arguments, str) else json.dumps(arguments),
            },
        }
        for index, (name, arguments) in enumerate(calls)
    ]
    return {"role": "assistant", "content": None, "refusal": None, "tool_calls": wished}


@dataclass
class ChatCompletions(VendorServer):
    """`messages` are its answers in turn; `bodies` what it was sent. A key is accepted once it is in `tokens`."""

    model: str = "small-1"
    messages: deque[_Message] = field(default_factory=deque)
    bodies: list[dict[str, Any]] = field(default_factory=list)

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"

    def routes(self) -> Sequence[BaseRoute]:
        return [Route("/v1/chat/completions", self._complete, methods=["POST"])]

    async def _complete(self, request: Request) -> JSONResponse:
        if not self.accepts(request):
            return _error(401, "Incorrect API key provided.", "invalid_api_key")
        body = await request.json()
        self.bodies.append(body)
        if body.get("model") != self.model:
            return _error(404, f"The model `{body.get('model')}` does not exist.", "model_not_found")
        if body.get("stream"):
            return _error(400, "This server does not stream.", "unsupported_value")
        if open_calls := _unanswered(body.get("messages", [])):
            return _error(400, f"tool_call_ids did not have response messages: {', '.join(open_calls)}", None)
        message = self.messages.popleft()
        finish = "tool_calls" if message.get("tool_calls") else "stop"
        return reply(
            200,
            {
                "id": f"chatcmpl-{len(self.bodies)}",
                "object": "chat.completion",
                "created": 1_790_000_000,
                "model": self.model,
                "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": finish}],
                "usage": {"prompt_tokens": 200, "completion_tokens": 20, "total_tokens": 220},
            },
        )


def _unanswered(messages: Sequence[_Message]) -> list[str]:
    answered = {message.get("tool_call_id") for message in messages if message["role"] == "tool"}
    asked = [call["id"] for message in messages for call in message.get("tool_calls") or ()]
    return [call for call in asked if call not in answered]


def _error(status: int, message: str, code: str | None) -> JSONResponse:
    """As the reference has it: everything in `error`."""
    kind = "invalid_request_error" if status < 500 else "server_error"
    return reply(status, {"error": {"message": message, "type": kind, "param": None, "code": code}})
