import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from voiceagent.apps.demo.api_client import ApiClient
from voiceagent.core.errors import Unavailable
from voiceagent.core.termination import Reason, Result
from voiceagent.telephony.events import CallEnded, LegRinging

_ENDED = {"result": "success", "reason": "agent_hung_up", "duration_ms": 7}


def _sse(*events: tuple[str, dict[str, Any]]) -> str:
    lines = [": still here\n\n"]
    for seq, (kind, data) in enumerate(events, start=1):
        lines.append(f"id: {seq}\nevent: {kind}\ndata: {json.dumps({'seq': seq, 'type': kind, 'data': data})}\n\n")
    return "".join(lines)


def _api(answer: Callable[[httpx.Request], httpx.Response]) -> ApiClient:
    return ApiClient("http://api", "va_live_key", httpx.MockTransport(answer))


async def test_a_call_is_found_by_its_sip_call_id() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers["authorization"])
        calls = [{"id": "call_1", "sip": {"call_id": "x"}}, {"id": "call_2", "sip": {"call_id": "wanted"}}]
        return httpx.Response(200, json={"items": calls if len(asked) > 1 else calls[:1]})

    async with _api(answer) as api:
        found = await api.find_call("wanted", 5.0)

    assert found == "call_2"
    assert asked == ["Bearer va_live_key"] * 2


async def test_a_call_that_never_appears_is_an_error_that_says_so() -> None:
    async with _api(lambda _: httpx.Response(200, json={"items": []})) as api:
        with pytest.raises(Unavailable, match=r"did not appear in GET /v1/calls within 0\.1 s"):
            await api.find_call("wanted", 0.1)


async def test_live_events_end_with_the_call_and_unknown_types_are_passed_over() -> None:
    stream = _sse(("leg.ringing", {"leg_id": "leg_1"}), ("from.the_future", {}), ("call.ended", _ENDED))

    async with _api(lambda _: httpx.Response(200, text=stream + _sse(("leg.ringing", {"leg_id": "late"})))) as api:
        events = [event async for event in api.events("call_1")]

    ended = CallEnded(result=Result.SUCCESS, reason=Reason.AGENT_HUNG_UP, duration_ms=7)
    assert events == [LegRinging(leg_id="leg_1"), ended]


async def test_a_refused_request_says_what_was_answered() -> None:
    async with _api(lambda _: httpx.Response(401, text="no")) as api:
        with pytest.raises(Unavailable, match="GET /v1/calls/call_1/transcript answered 401: no"):
            await api.transcript("call_1")


async def test_a_call_without_a_recording_has_none() -> None:
    async with _api(lambda _: httpx.Response(404)) as api:
        assert await api.recording("call_1") is None
