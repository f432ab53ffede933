"""What is said in waits. Times are ms on the call's clock; the property runs the real talk on it."""

import itertools

from hypothesis import given, settings, strategies as st

from voiceagent.conversation.delegation import Commentary, Progress, WorkDone
from voiceagent.conversation.profile import Waits
from voiceagent.conversation.waiting import Wait, Waiting, spoken_wait
from voiceagent.telephony.events import AgentSaid
from voiceagent.testing.talk_stage import TalkStage, talking

_WAITS = Waits(fillers=("one moment", "still looking"), estimate="that takes {left}")
_LONGEST_GAP_MS = 2500


def heard(wait: Wait, *, until_ms: int) -> list[str]:
    """What a silent caller hears who is told each text in no time."""
    waiting, quiet_since_ms, said = Waiting(_WAITS), 0, []
    for now_ms in range(0, until_ms, 80):
        if waiting.due(wait, now_ms, quiet_since_ms):
            if waiting.spent(wait, now_ms):
                return [*said, "the truth"]
            said.append(waiting.words(wait, now_ms))
            quiet_since_ms = now_ms
    return said


def test_news_is_said_before_an_estimate_and_an_estimate_before_a_filler():
    wait = Wait(_WAITS, 0)
    wait.report(Progress(text="the warehouse is counting", seconds_left=30), 0)

    assert heard(wait, until_ms=6000) == ["the warehouse is counting", "that takes about half a minute", "one moment"]


def test_an_estimate_is_said_again_only_when_it_has_become_another_one():
    wait = Wait(_WAITS, 0)
    wait.report(Progress(seconds_left=30), 0)
    estimates = [text for text in heard(wait, until_ms=30_000) if text.startswith("that takes")]

    assert estimates == [
        "that takes about half a minute",
        "that takes about fifteen seconds",
        "that takes a few seconds",
    ]


def test_a_wait_without_news_ends_with_the_truth_after_six_fillers():
    assert heard(Wait(_WAITS, 0), until_ms=60_000) == [*("one moment", "still looking") * 3, "the truth"]


def test_while_a_promise_runs_the_fillers_do_not_run_out():
    wait = Wait(_WAITS, 0)
    wait.report(Progress(seconds_left=60), 0)

    assert "the truth" not in heard(wait, until_ms=60_000)


def test_a_promise_moves_the_end_of_a_wait_but_not_beyond_two_minutes():
    wait = Wait(_WAITS, 0)
    wait.report(Progress(seconds_left=30), 10_000)
    assert not wait.over(54_000)
    assert wait.over(55_000)

    wait.report(Progress(seconds_left=1e9), 10_000)
    assert not wait.over(119_000)
    assert wait.over(120_000)


def test_lengths_of_time_are_said_as_people_say_them():
    assert [spoken_wait(seconds) for seconds in (3, 14, 28, 60, 110, 600)] == [
        "a few seconds",
        "about fifteen seconds",
        "about half a minute",
        "about a minute",
        "about two minutes",
        "a few minutes",
    ]


_report = st.builds(
    Progress,
    text=st.sampled_from(["", "still counting", "nearly there"]),
    seconds_left=st.none() | st.floats(0, 90),
)


def _waits_of(stage: TalkStage) -> list[AgentSaid]:
    """The fillers, and what came after the last of them."""
    spoken = stage.noted(AgentSaid)
    first = next(index for index, event in enumerate(spoken) if event.kind == "filler")
    return spoken[first:]


@settings(max_examples=60)
@given(
    reports=st.lists(st.tuples(st.integers(0, 6000), _report), max_size=8),
    ends=st.booleans(),
    fillers=st.sampled_from([("one moment", "still looking"), ("one", "two", "three"), ("one", "two", "one", "three")]),
)
def test_no_wait_is_silent_for_2500_ms_and_no_filler_comes_twice_in_a_row(
    reports: list[tuple[int, Progress]], ends: bool, fillers: tuple[str, ...]
) -> None:
    stage = talking(waits={"fillers": fillers, "estimate": "that takes {left}", "work_timeout_s": 60.0})
    stage.caller_asks("where is my order")
    work = stage.packages[-1].delegation_id
    stage.run(1600)
    for pause_ms, report in reports:
        stage.run(pause_ms)
        stage.report(work, report)
    if ends:
        stage.report(work, Commentary(text="it comes tomorrow"))
        stage.report(work, WorkDone(outcome="ok"))
    stage.run(125_000)
    spoken = _waits_of(stage)
    last = next(index for index, event in enumerate(spoken) if event.kind != "filler")  # the result, or the truth
    covered = spoken[: last + 1]

    assert all(after.start_ms - before.end_ms <= _LONGEST_GAP_MS for before, after in itertools.pairwise(covered))
    assert all(before.played != after.played for before, after in itertools.pairwise(covered))
    assert covered[-1].played in ("it comes tomorrow", stage.profile.unreachable)
