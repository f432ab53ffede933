"""What `voiceagent bench engine` says about a model."""

import pytest

from voiceagent.core.clock import SystemClock
from voiceagent.interaction.backends.native import load_native
from voiceagent.interaction.contract import SessionContext
from voiceagent.interaction.evaluation.engine_bench import (
    BatchTime,
    as_report,
    hold_a_call,
    time_batches,
)


def timed(batch: int, *, missed: float) -> BatchTime:
    return BatchTime(batch=batch, steps=1000, median_ms=10.0, p99_ms=20.0, missed=missed)


def test_a_core_carries_the_largest_batch_that_is_in_time():
    report = as_report("tiny", 80, [timed(8, missed=0.0), timed(16, missed=0.001), timed(32, missed=0.002)], [])

    assert report["sessions_per_core"] == 16


def test_a_core_that_is_always_late_carries_none():
    assert as_report("tiny", 80, [timed(1, missed=1.0)], [])["sessions_per_core"] == 0


@pytest.mark.parametrize(("step_s", "measured"), [(0.0, [1, 2]), (0.1, [1])])
def test_larger_batches_are_not_tried_once_most_steps_are_late(step_s, measured):
    class SlowClock(SystemClock):
        """Every look at it costs time."""

        now_s = 0.0

        def monotonic(self) -> float:
            self.now_s += step_s
            return self.now_s

    times = time_batches(lambda batch: load_native("tiny", slots=batch), (1, 2), SlowClock(), 10, lambda _: None)

    assert [time.batch for time in times] == measured


def test_a_call_holds_the_same_after_a_while_as_after_a_second():
    model = load_native("tiny", slots=1)
    first, later = hold_a_call(model, (1, 20))

    assert first.state_bytes == later.state_bytes > 0
    assert (first.call_s, later.call_s) == (1, 20)
    model.open(SessionContext())  # its slot was given back
