"""A delegation as a span: facts of the listed names, never a word of the call."""

import asyncio
from dataclasses import replace

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode, get_current_span

from voiceagent.background.traces.agent import TracedAgent
from voiceagent.background.traces.exporting import OnlyFacts
from voiceagent.conversation.delegation import Commentary, Line, ToolRan, WorkDone
from voiceagent.core.ids import DelegationId, ToolCallId

_SECRET = "my mother's maiden name"
_RAN = ToolRan(
    tool_call_id=ToolCallId("t"),
    name="crm.lookup_customer",
    arguments={"note": _SECRET},
    status="ok",
    result={"note": _SECRET},
    duration_ms=120,
    error=_SECRET,
)


@pytest.fixture
def sent() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracer(sent):
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(OnlyFacts(sent)))
    return provider.get_tracer("test")


class _Agent:
    def __init__(self, *updates, failure: Exception | None = None) -> None:
        self._updates = updates
        self._failure = failure
        self.closed = False
        self.stopped: list[str] = []
        self.under: list[bool] = []

    async def run(self, _package):
        try:
            for update in self._updates:
                await asyncio.sleep(0)
                self.under.append(get_current_span().is_recording())
                yield update
            if self._failure is not None:
                raise self._failure
        finally:
            self.closed = True

    async def stop(self, delegation_id) -> None:
        self.stopped.append(delegation_id)


async def test_a_delegation_becomes_a_span_with_its_end_and_its_tools(sent, tracer, package):
    agent = _Agent(_RAN, Commentary(text="it comes tomorrow"), WorkDone(outcome="ok"))
    updates = [update async for update in TracedAgent(agent, tracer).run(package(order_number="4217"))]

    (span,) = sent.get_finished_spans()
    assert updates == [_RAN, Commentary(text="it comes tomorrow"), WorkDone(outcome="ok")]
    assert span.name == "delegation order_status"
    assert dict(span.attributes) == {
        "voiceagent.call_id": "call_1",
        "voiceagent.delegation_id": "del_1",
        "voiceagent.tenant_id": "ten_1",
        "voiceagent.profile": "orders",
        "voiceagent.profile_version": 1,
        "voiceagent.intent": "order_status",
        "voiceagent.confirms": False,
        "voiceagent.outcome": "ok",
        "voiceagent.tools": ("crm.lookup_customer ok 120 ms",),
    }
    assert span.status.status_code is StatusCode.OK
    assert agent.under == [True, True, True]
    assert not get_current_span().is_recording()


async def test_no_word_of_the_call_and_no_number_of_the_caller_is_in_a_span(sent, tracer, package):
    said = (Line(speaker="caller", text=_SECRET),)
    asked = replace(package(order_number=_SECRET, caller="+15551234"), conversation=said)
    agent = _Agent(_RAN, Commentary(text=_SECRET), WorkDone(outcome="failed", detail=_SECRET))
    _updates = [update async for update in TracedAgent(agent, tracer).run(asked)]

    (span,) = sent.get_finished_spans()
    assert span.status.status_code is StatusCode.ERROR
    assert _SECRET not in span.to_json()
    assert "15551234" not in span.to_json()


async def test_a_failure_goes_through_as_it_is_and_leaves_no_text_in_the_span(sent, tracer, package):
    with pytest.raises(ValueError, match="maiden"):
        _updates = [update async for update in TracedAgent(_Agent(failure=ValueError(_SECRET)), tracer).run(package())]

    (span,) = sent.get_finished_spans()
    assert _SECRET not in span.to_json()
    assert (span.attributes["voiceagent.outcome"], span.status.status_code) == ("broke_off", StatusCode.ERROR)


async def test_who_leaves_before_the_end_ends_the_work_and_the_span(sent, tracer, package):
    agent = _Agent(_RAN, WorkDone(outcome="ok"))
    updates = TracedAgent(agent, tracer).run(package())
    await anext(updates)
    await updates.aclose()

    assert agent.closed
    assert len(sent.get_finished_spans()) == 1


async def test_a_stop_is_handed_on(tracer):
    agent = _Agent()
    await TracedAgent(agent, tracer).stop(DelegationId("del_1"))

    assert agent.stopped == ["del_1"]


def test_whatever_a_library_puts_into_its_spans_only_listed_facts_leave(sent, tracer):
    with tracer.start_as_current_span(_SECRET) as span:
        span.set_attributes({"gen_ai.operation.name": "chat", "gen_ai.request.model": "small-1", "odd": _SECRET})
        span.set_attribute("gen_ai.input.messages", _SECRET)
        span.add_event("prompt", {"text": _SECRET})
        span.record_exception(ValueError(_SECRET))
        span.set_status(StatusCode.ERROR, _SECRET)

    (left,) = sent.get_finished_spans()
    assert left.name == "chat small-1"
    assert dict(left.attributes) == {"gen_ai.operation.name": "chat", "gen_ai.request.model": "small-1"}
    assert left.status.status_code is StatusCode.ERROR
    assert _SECRET not in left.to_json()
