"""Traces as a collector gets them: the delegation, the model's requests under it, and no word of the call."""

import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from structlog.testing import capture_logs

from voiceagent.apps.language_model import chosen_agent
from voiceagent.apps.traces import opened_traces, traced
from voiceagent.background.agent import PlannedAgent
from voiceagent.background.agent_parts import AgentParts, LoadedProfiles
from voiceagent.background.crm_tools import crm_tools
from voiceagent.background.effects.commit import Committer
from voiceagent.background.tool_registry import ToolRegistry
from voiceagent.config.agent_settings import AgentSettings
from voiceagent.config.profile_file import default_profile
from voiceagent.conversation.delegation import Commentary, DelegationPackage, Line, WorkDone
from voiceagent.conversation.profile import ModelUse
from voiceagent.core.clock import SystemClock
from voiceagent.core.ids import CallId, DelegationId, TenantId
from voiceagent.testing.memory_crm import MemoryCrm
from voiceagent.testing.memory_ledger import MemoryLedger
from voiceagent.testing.vendors.chat_completions import ChatCompletions, says, wants
from voiceagent.testing.vendors.server import answers
from voiceagent.testing.vendors.serving import hosting

_SAID = "what about the lamp for my mother"
PACKAGE = DelegationPackage(
    delegation_id=DelegationId("del_1"),
    call_id=CallId("call_1"),
    tenant_id=TenantId("ten_1"),
    profile="orders",
    profile_version=1,
    caller="+12025550101",
    intent="order_status",
    slots={"order_number": "4821"},
    conversation=(Line(speaker="caller", text=_SAID),),
)
PROFILE = replace(default_profile(), agent=ModelUse(instructions="We deliver from Monday to Saturday."))


class _Collector(BaseHTTPRequestHandler):
    """Keeps what is posted."""

    bodies: deque[bytes] = deque()
    tokens: deque[str | None] = deque()

    def do_POST(self) -> None:
        self.tokens.append(self.headers["authorization"])
        self.bodies.append(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keeps still."""


@pytest.fixture
def collector() -> Iterator[str]:
    """The address of a collector."""
    _Collector.bodies.clear()
    _Collector.tokens.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Collector) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1/traces"
        server.shutdown()
        thread.join(5)


@pytest.fixture
def model() -> Iterator[ChatCompletions]:
    with hosting() as host:
        yield host.put(ChatCompletions(tokens={"sk-test"}))


def collected() -> list[Span]:
    sent = [ExportTraceServiceRequest.FromString(body) for body in _Collector.bodies]
    return [
        span
        for one in sent
        for resource in one.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


async def run(traces_url: str, model: ChatCompletions, traces_token_env: str = "") -> list[object]:
    """One delegation for a model behind the server."""
    settings = AgentSettings(
        model="small-1",
        base_url=model.base_url,
        api_key_env="MY_KEY",
        request_seconds=1,
        traces_url=traces_url,
        traces_token_env=traces_token_env,
    )
    ledger, clock, tools = MemoryLedger(), SystemClock(), ToolRegistry(crm_tools(MemoryCrm(contacts={}, orders=[])))
    profiles = LoadedProfiles(PROFILE)
    parts = AgentParts(
        profiles=profiles, tools=tools, ledger=ledger, committer=Committer(ledger, tools, clock), clock=clock
    )
    async with (
        opened_traces(settings) as traces,
        chosen_agent(settings, PlannedAgent(parts), parts, traces) as agent,
    ):
        return [update async for update in traced(agent, traces).run(PACKAGE)]


async def test_a_collector_sees_the_delegation_and_the_requests_that_the_model_took(collector, model, monkeypatch):
    monkeypatch.setenv("MY_KEY", "sk-test")
    model.messages = deque([wants(("crm__lookup_customer", {"order_number": "4821"})), says("I can not find it.")])
    updates = await run(collector, model)

    spans = {span.name: span for span in collected()}
    whole, asked = spans["delegation order_status"], spans["chat small-1"]
    tokens = {one.key: one.value.int_value for one in asked.attributes if one.key.startswith("gen_ai.usage.")}
    assert updates[-1] == WorkDone(outcome="ok")
    assert len(collected()) == 3
    assert asked.parent_span_id == whole.span_id
    assert tokens.keys() == {"gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"}


async def test_no_word_key_or_number_of_the_call_reaches_the_collector(collector, model, monkeypatch):
    monkeypatch.setenv("MY_KEY", "sk-test")
    model.messages = deque([wants((_SAID, {"order_number": "4821"})), says(f"You said {_SAID}.")])
    await run(collector, model)
    model.faults = deque([answers(400, {"error": {"message": f"cannot answer {_SAID}"}})] * 2)
    await run(collector, model)

    whole = b"".join(_Collector.bodies)
    assert b"call_1" in whole
    assert [word for word in (_SAID, "mother", "4821", "12025550101", "sk-test") if word.encode() in whole] == []


async def test_the_environment_has_no_say_in_where_they_go_and_what_they_hold(collector, model, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password secret\n")
    surroundings = {
        "MY_KEY": "sk-test",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "NETRC": str(tmp_path / "netrc"),
        "OTEL_RESOURCE_ATTRIBUTES": "caller=+12025550101",
        "OTEL_BSP_MAX_QUEUE_SIZE": "1",
    }
    for name, value in surroundings.items():
        monkeypatch.setenv(name, value)
    model.messages = deque([says("We deliver from Monday to Saturday.")])
    await run(collector, model)

    assert set(_Collector.tokens) == {None}
    assert b"12025550101" not in b"".join(_Collector.bodies)


async def test_a_token_is_read_from_the_variable_that_the_settings_name(collector, model, monkeypatch):
    monkeypatch.setenv("MY_KEY", "sk-test")
    monkeypatch.setenv("COLLECTOR_TOKEN", "for the collector")
    model.messages = deque([says("We deliver from Monday to Saturday.")])
    await run(collector, model, traces_token_env="COLLECTOR_TOKEN")

    assert set(_Collector.tokens) == {"Bearer for the collector"}


async def test_a_collector_that_is_away_changes_nothing(model, monkeypatch):
    monkeypatch.setenv("MY_KEY", "sk-test")
    model.messages = deque([says("We deliver from Monday to Saturday.")])
    with capture_logs() as logs:
        updates = await run("http://127.0.0.1:9/v1/traces", model)

    assert updates == [Commentary(text="We deliver from Monday to Saturday."), WorkDone(outcome="ok")]
    assert [entry["event"] for entry in logs] == [
        "traces do not arrive: is `agent.traces_url` right, and its collector running?"
    ]
