from voiceagent.api.metrics import Metrics
from voiceagent.core.ids import CallId
from voiceagent.records.statistics import CallFigures


def ended(call_id: str, *, refused: bool = False) -> CallFigures:
    return CallFigures(
        call_id=CallId(call_id),
        transport="sip",
        refused=refused,
        result="client" if refused else "success",
        reason="unknown_number" if refused else "caller_hung_up",
        duration_ms=42_000,
        worker_losses=1,
        barge_ins=2,
        response_latencies_ms=(250, 450),
    )


def test_a_call_is_counted_once_however_often_a_scrape_sees_it() -> None:
    metrics = Metrics()
    metrics.count_calls([ended("call_1"), ended("call_2", refused=True)])
    metrics.count_calls([ended("call_1")])

    text = metrics.render().decode()

    assert 'voiceagent_calls_total{reason="caller_hung_up",result="success",transport="sip"} 1.0' in text
    assert 'voiceagent_calls_refused_total{reason="unknown_number",transport="sip"} 1.0' in text
    assert 'voiceagent_response_latency_seconds_bucket{le="0.3"} 1.0' in text
    assert "voiceagent_response_latency_seconds_count 2.0" in text
    assert "voiceagent_barge_ins_total 2.0" in text
    assert "voiceagent_workers_lost_total 1.0" in text


def test_gauges_and_queues_show_the_moment() -> None:
    metrics = Metrics()

    metrics.set_gauges({"calls_running": 3, "redis_up": 1})
    metrics.set_queues({"records": 7})
    text = metrics.render().decode()

    assert "voiceagent_calls_running 3.0" in text
    assert 'voiceagent_queue_length{queue="records"} 7.0' in text


def test_nothing_names_a_call() -> None:
    metrics = Metrics()
    metrics.count_calls([ended("call_1")])

    assert "call_1" not in metrics.render().decode()
