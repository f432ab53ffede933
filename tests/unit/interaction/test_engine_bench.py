"""What `voiceagent bench engine` says about a model."""

from collections.abc import Iterator

import numpy as np
import pytest

from voiceagent.core.clock import SystemClock
from voiceagent.interaction.backends.native import NativeModel
from voiceagent.interaction.contract import SessionContext
from voiceagent.interaction.evaluation.engine_bench import (
    BatchTime,
    Held,
    as_report,
    hold_a_call,
    sessions_with_speech,
    time_batches,
)
from voiceagent.interaction.evaluation.speech_bench import SpeechCost, speech_cost
from voiceagent.interaction.model.network import DuplexNetwork
from voiceagent.speech.contract import Hints, SpeechChunk
from voiceagent.testing.scripted_recogniser import ScriptedRecogniser


def timed(batch: int, *, missed: float = 0.0, cpu_ms: float = 10.0) -> BatchTime:
    return BatchTime(
        batch=batch, steps=1000, median_ms=15.0, p99_ms=20.0, missed=missed, cpu_ms=cpu_ms, cpu_missed=missed / 2
    )


def test_a_core_carries_the_largest_batch_that_is_in_time() -> None:
    report = as_report("tiny", 80, [timed(8), timed(16, missed=0.001), timed(32, missed=0.002)], {}, None)

    assert report["sessions_per_core"] == 16
    assert report["deadline_miss_rate"] == 0.001
    assert report["sessions_per_core_by_cpu_time"] == 32  # half of what was late was other people's work


def test_a_core_that_is_always_late_carries_none() -> None:
    report = as_report("tiny", 80, [timed(1, missed=1.0)], {}, None)

    assert (report["sessions_per_core"], report["deadline_miss_rate"]) == (0, 1.0)


def test_the_report_has_the_published_format() -> None:
    held = {name: Held(call_s=60, state_bytes=7, process_bytes=9) for name in ("1min", "2h")}
    report = as_report("tiny", 80, [timed(8)], held, SpeechCost(recogniser=0.05, voice=0.01))

    assert set(report) >= {"preset", "threads", "sessions_per_core", "deadline_miss_rate", "batches"}
    assert report["bytes_per_session"] == {"1min": 7, "2h": 7}
    assert report["with_speech"]["sessions_per_core"] == 8


def test_ears_and_voices_leave_a_fifth_of_the_core_free() -> None:
    times = [timed(1, cpu_ms=4.0), timed(101, cpu_ms=44.0)]  # 3.6 ms and 0.4 ms a call

    # by hand: 3.6 / 80 + n (0.4 / 80 + 0.05) = 0.8
    assert sessions_with_speech(80, times, SpeechCost(recogniser=0.04, voice=0.01)) == 13
    assert sessions_with_speech(80, times, SpeechCost(recogniser=0.9, voice=0.0)) == 0


def test_speech_is_charged_to_the_length_of_the_call() -> None:
    class HalfASecond:
        """Every text takes half a second to say."""

        name = "half"

        def speak(self, text: str) -> Iterator[SpeechChunk]:  # noqa: ARG002
            yield SpeechChunk(pcm=np.zeros(8_000, np.int16))

    ticking = iter(range(100))
    cost = speech_cost(
        ScriptedRecogniser([]), Hints(), HalfASecond(), HalfASecond(), lambda: next(ticking) / 100, rounds=2
    )

    assert cost == SpeechCost(recogniser=0.01, voice=0.01)  # a hundredth each, in every second of questions and answers


@pytest.mark.parametrize(("step_s", "measured"), [(0.001, [1, 2]), (0.1, [1])])
def test_larger_batches_are_not_tried_once_most_steps_are_late(
    step_s: float, measured: list[int], toy: DuplexNetwork
) -> None:
    ticking = iter(range(1000))  # every look at the clock costs a step's time
    times = time_batches(
        lambda batch: NativeModel(toy, slots=batch),
        (1, 2),
        SystemClock(),
        lambda: next(ticking) * step_s,
        10,
        lambda _: None,
    )

    assert [time.batch for time in times] == measured
    assert times[0].cpu_ms == step_s * 1000
    assert times[0].cpu_missed == (step_s > 0.08)


def test_a_call_holds_the_same_after_a_while_as_after_a_second(toy: DuplexNetwork) -> None:
    model = NativeModel(toy, slots=1)
    held = hold_a_call(model, {"first": 1, "later": 6})

    assert held["first"].state_bytes == held["later"].state_bytes > 0
    assert (held["first"].call_s, held["later"].call_s) == (1, 6)
    model.open(SessionContext())  # its slot was given back
