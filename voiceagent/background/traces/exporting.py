"""Traces as OTLP over HTTP: the one door to OpenTelemetry's SDK, `pip install 'voiceagent[otel]'`.

A trace leaves the house for a system that knows nothing of consent. So only the facts that are listed here leave it: no
text, no arguments, no numbers of callers, whatever a library puts into its spans.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Status

OURS: Final = "voiceagent."
_THEIRS: Final = frozenset(  # names of OpenTelemetry's conventions for generative models
    {
        "gen_ai.operation.name",
        "gen_ai.provider.name",
        "gen_ai.request.max_tokens",
        "gen_ai.request.model",
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.output_tokens",
        "server.address",
        "server.port",
    }
)
_TIMEOUT_S: Final = 5.0  # of one request, and of the last one when the process stops


class OnlyFacts(SpanExporter):
    """Hands spans on without whatever is not listed: events, exceptions and their texts, other attributes."""

    def __init__(self, into: SpanExporter) -> None:
        self._into = into

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return self._into.export([_facts_of(span) for span in spans])

    def shutdown(self) -> None:
        self._into.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._into.force_flush(timeout_millis)


@asynccontextmanager
async def open_traces(url: str) -> AsyncIterator[TracerProvider]:
    """Where spans are made; they are sent to `url` in the background, and dropped while nobody answers there."""
    provider = TracerProvider(resource=Resource.create({"service.name": "voiceagent-background"}))
    provider.add_span_processor(BatchSpanProcessor(OnlyFacts(OTLPSpanExporter(endpoint=url, timeout=_TIMEOUT_S))))
    try:
        yield provider
    finally:
        await asyncio.to_thread(provider.shutdown)  # sends what is left, which blocks


def _facts_of(span: ReadableSpan) -> ReadableSpan:
    attributes = span.attributes or {}
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes={name: value for name, value in attributes.items() if name in _THEIRS or name.startswith(OURS)},
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )
