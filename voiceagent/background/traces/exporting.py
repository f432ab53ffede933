"""Traces as OTLP over HTTP, made by OpenTelemetry's SDK: `pip install 'voiceagent[otel]'`.

A trace leaves the house for a system that knows nothing of consent. So only the facts that are listed here leave it: no
text, no arguments, no numbers of callers, whatever a library puts into its spans. Of what the SDK looks for in the
environment, only OTEL_EXPORTER_OTLP_HEADERS counts: no proxy, no password of a .netrc, no attributes.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final

import requests
import structlog
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, Status

_log = structlog.get_logger(__name__)
OURS: Final = "voiceagent."
OPERATION: Final = "gen_ai.operation.name"
MODEL: Final = "gen_ai.request.model"
_THEIRS: Final = frozenset(  # names of OpenTelemetry's conventions for generative models
    {
        OPERATION,
        MODEL,
        "gen_ai.provider.name",
        "gen_ai.request.max_tokens",
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.output_tokens",
        "server.address",
        "server.port",
    }
)
_REQUEST_S: Final = 5.0
_QUEUE, _BATCH, _EVERY_MS = 1024, 128, 5000.0  # more are dropped
_LAST_S: Final = 5.0  # for what is left when the process stops: the supervisor kills it 20 s after asking


class OnlyFacts(SpanExporter):
    """Hands spans on without whatever is not listed: events, texts of exceptions, other attributes, foreign names."""

    def __init__(self, into: SpanExporter) -> None:
        self._into = into
        self._arriving = True

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._into.export([_facts_of(span) for span in spans])
        arriving = result is SpanExportResult.SUCCESS
        if not arriving and self._arriving:  # once, not for every batch
            _log.warning("traces do not arrive: is `agent.traces_url` right, and its collector running?")
        self._arriving = arriving
        return result

    def shutdown(self) -> None:
        self._into.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._into.force_flush(timeout_millis)


@asynccontextmanager
async def open_traces(url: str, token: str = "") -> AsyncIterator[TracerProvider]:
    """Where spans are made; they are sent to `url` in the background, and dropped while nobody answers there.

    token: sent as a bearer token.
    """
    session = requests.Session()
    session.trust_env = False  # a proxy from the environment, or a password in a .netrc
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    exporter = OnlyFacts(OTLPSpanExporter(endpoint=url, timeout=_REQUEST_S, headers=headers, session=session))
    resource = Resource({"service.name": "voiceagent-background"})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(
        BatchSpanProcessor(
            exporter,
            max_queue_size=_QUEUE,
            max_export_batch_size=_BATCH,
            schedule_delay_millis=_EVERY_MS,
            export_timeout_millis=_REQUEST_S * 1000,
        )
    )
    try:
        yield provider
    finally:
        last = threading.Thread(target=provider.shutdown, daemon=True)  # sends what is left, for as long as that takes
        last.start()
        await asyncio.to_thread(last.join, _LAST_S)


def _facts_of(span: ReadableSpan) -> ReadableSpan:
    attributes = span.attributes or {}
    kept = {name: value for name, value in attributes.items() if name in _THEIRS or name.startswith(OURS)}
    scope = span.instrumentation_scope
    return ReadableSpan(
        name=span.name if f"{OURS}call_id" in kept else _name_of(kept),
        context=_without_state(span.context),
        parent=_without_state(span.parent),
        resource=span.resource,
        attributes=kept,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=InstrumentationScope(scope.name) if scope else None,
    )


def _name_of(kept: Mapping[str, object]) -> str:
    """Of a span that a library made, whose own name may be anything."""
    return f"{kept.get(OPERATION, 'request')} {kept.get(MODEL, '')}".strip()


def _without_state(context: SpanContext | None) -> SpanContext | None:
    if context is None:
        return None
    return SpanContext(context.trace_id, context.span_id, context.is_remote, context.trace_flags)
