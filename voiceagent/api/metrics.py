"""What Prometheus sees. Counters count since this process started; no label carries a tenant, a call or a person.

Calls are counted when their record says that they ended. A scrape reads the calls of the last minutes and counts the
ones it has not seen, so a writer that was away for less than that loses no count.
"""

from collections import deque
from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from voiceagent.records.statistics import CallFigures

_REACTION_S = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0)
_DURATION_S = (5, 15, 30, 60, 120, 300, 600, 1200, 3600)
_REMEMBERED_CALLS = 50_000  # more than end within the minutes that a scrape looks back


class Metrics:
    """Holds the numbers of one process."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._calls = Counter(
            "voiceagent_calls", "Calls that ended.", ["transport", "result", "reason"], registry=registry
        )
        self._refused = Counter(
            "voiceagent_calls_refused", "Calls turned away.", ["transport", "reason"], registry=registry
        )
        self._duration = Histogram(
            "voiceagent_call_duration_seconds", "Length of answered calls.", buckets=_DURATION_S, registry=registry
        )
        self._reaction = Histogram(
            "voiceagent_response_latency_seconds",
            "From the end of the caller's speech to the agent's first sample.",
            buckets=_REACTION_S,
            registry=registry,
        )
        self._barge_ins = Counter("voiceagent_barge_ins", "Times a caller took the floor.", registry=registry)
        self._losses = Counter("voiceagent_workers_lost", "Workers lost in mid-call.", registry=registry)
        self._requests = Counter("voiceagent_http_requests", "API requests.", ["method", "status"], registry=registry)
        self._gauges = {
            name: Gauge(f"voiceagent_{name}", text, registry=registry)
            for name, text in {
                "calls_running": "Calls that run now.",
                "lines": "Calls that the gateways present now can carry.",
                "workers": "Interaction workers present.",
                "worker_slots": "Calls that the workers present can hold.",
                "worker_slots_leased": "Slots that calls hold.",
                "redaction_unaided_texts": "Texts that gateways masked without Presidio, though it is on.",
                "live_watchers": "Connections that follow a call live.",
                "postgres_up": "Whether Postgres answers.",
                "redis_up": "Whether Redis answers.",
            }.items()
        }
        self._queues = Gauge("voiceagent_queue_length", "Entries that wait.", ["queue"], registry=registry)
        self._seen: set[str] = set()
        self._order: deque[str] = deque()

    def count_calls(self, calls: Iterable[CallFigures]) -> None:
        """Count each call once, however often it is handed in."""
        for call in calls:
            if call.call_id in self._seen:
                continue
            self._remember(call.call_id)
            if call.refused:
                self._refused.labels(call.transport, call.reason).inc()
                continue
            self._calls.labels(call.transport, call.result, call.reason).inc()
            self._duration.observe(call.duration_ms / 1000)
            self._barge_ins.inc(call.barge_ins)
            self._losses.inc(call.worker_losses)
            for latency_ms in call.response_latencies_ms:
                self._reaction.observe(latency_ms / 1000)

    def count_request(self, method: str, status: int) -> None:
        self._requests.labels(method, str(status)).inc()

    def set_gauges(self, values: Mapping[str, int]) -> None:
        """Gauges by their name without the prefix; those left out keep their value."""
        for name, value in values.items():
            self._gauges[name].set(value)

    def set_queues(self, lengths: Mapping[str, int]) -> None:
        for queue, length in lengths.items():
            self._queues.labels(queue).set(length)

    def render(self) -> bytes:
        """The exposition text."""
        return generate_latest(self._registry)

    def _remember(self, call_id: str) -> None:
        self._seen.add(call_id)
        self._order.append(call_id)
        if len(self._order) > _REMEMBERED_CALLS:
            self._seen.discard(self._order.popleft())
