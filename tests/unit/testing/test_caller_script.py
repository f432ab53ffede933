import numpy as np
import pytest

from voiceagent.audio.frame import FRAME_BYTES, SAMPLE_RATE_HZ, SILENCE, from_bytes, to_bytes
from voiceagent.audio.tone import make_tone
from voiceagent.core.errors import BadInput
from voiceagent.testing.caller.media import CallerMedia
from voiceagent.testing.caller.runner import CallerTurn, ScriptRunner, SpokenLine
from voiceagent.testing.caller.script import (
    HangUp,
    Pause,
    Press,
    Role,
    Say,
    SayOver,
    Script,
    Step,
    WaitForAgent,
    WaitForEnd,
    read_script,
    write_script,
)

_SPEECH = to_bytes(make_tone(300.0, 0.06)[320:640])
_LINE = np.concatenate([np.zeros(160, np.int16), make_tone(500.0, 0.1), np.zeros(40, np.int16)])  # 10 ms, 100 ms


def _runner(*steps: Step) -> ScriptRunner:
    return ScriptRunner(Script(name="test", steps=steps), {"a line": _LINE})


def _hear(runner: ScriptRunner, *stretches: tuple[str, int]) -> list[CallerTurn]:
    """Let the runner hear ("speech" | "silence", ms) in order."""
    frames = [_SPEECH if what == "speech" else SILENCE for what, ms in stretches for _ in range(ms // 20)]
    return [runner.step(frame) for frame in frames]


def _begins_ms(turns: list[CallerTurn]) -> list[int]:
    return [index * 20 for index, turn in enumerate(turns) if turn.said is not None]


def test_the_caller_speaks_once_the_agent_has_finished() -> None:
    runner = _runner(WaitForAgent(silence_ms=900), Say(text="a line"))

    turns = _hear(runner, ("silence", 400), ("speech", 2000), ("silence", 2000))

    assert _begins_ms(turns) == [400 + 2000 + 900]


def test_a_pause_between_two_sentences_is_not_the_end() -> None:
    runner = _runner(WaitForAgent(silence_ms=900), Say(text="a line"))

    turns = _hear(runner, ("speech", 1000), ("silence", 500), ("speech", 1000), ("silence", 880))

    assert _begins_ms(turns) == []


def test_a_short_filler_is_not_the_awaited_answer() -> None:
    runner = _runner(WaitForAgent(silence_ms=600, spoken_ms=2000), Say(text="a line"))

    turns = _hear(runner, ("speech", 800), ("silence", 1500), ("speech", 1200), ("silence", 700))

    assert _begins_ms(turns) == [800 + 1500 + 1200 + 600]


def test_a_line_over_the_agent_waits_until_it_has_spoken_long_enough_and_is_audible() -> None:
    runner = _runner(SayOver(text="a line", role=Role.BACKCHANNEL, after_ms=1000))

    turns = _hear(runner, ("speech", 600), ("silence", 800), ("speech", 900), ("silence", 300), ("speech", 100))

    assert _begins_ms(turns) == [600 + 800 + 900 + 300]


def test_a_caller_who_pauses_goes_on_whatever_is_heard() -> None:
    runner = _runner(Say(text="a line", role=Role.GOES_ON), Pause(ms=600), Say(text="a line"))

    turns = _hear(runner, ("silence", 300), ("speech", 1000))

    said_ms = -(-len(_LINE) // 320) * 20
    assert _begins_ms(turns) == [0, said_ms + 600]


def test_a_spoken_line_knows_where_its_sound_lies() -> None:
    runner = _runner(WaitForAgent(silence_ms=100), Say(text="a line", role=Role.ANSWER))

    _hear(runner, ("speech", 300), ("silence", 300))

    begin = (300 + 100 + 20) * SAMPLE_RATE_HZ // 1000  # heard, and answered in the next tick
    assert runner.spoken == [SpokenLine(text="a line", role=Role.ANSWER, start=begin + 160, end=begin + 1760)]


def test_what_is_sent_is_the_line_in_whole_frames_then_silence() -> None:
    runner = _runner(Say(text="a line"))

    sent = b"".join(turn.frame for turn in _hear(runner, ("silence", 200)))

    assert from_bytes(sent)[: len(_LINE)].tolist() == _LINE.tolist()
    assert not from_bytes(sent)[len(_LINE) :].any()
    assert len(sent) == 10 * FRAME_BYTES


def test_the_next_step_begins_when_the_line_is_over() -> None:
    runner = _runner(Say(text="a line"), Press(keys="1"), HangUp())

    turns = _hear(runner, ("silence", 220))

    assert [index for index, turn in enumerate(turns) if turn.keys == "1"] == [6]  # a line of 112 ms fills six frames
    assert [index for index, turn in enumerate(turns) if turn.hang_up] == [7]


def test_an_agent_that_stays_silent_fails_the_script_and_the_caller_hangs_up() -> None:
    runner = _runner(WaitForAgent(timeout_ms=1000), Say(text="a line"))

    turns = _hear(runner, ("silence", 1200))

    assert [index * 20 for index, turn in enumerate(turns) if turn.hang_up] == [1000]
    assert runner.failure == "hear the agent speak for 0.3 s and finish: not within 1 s"


def test_at_the_end_only_the_far_ends_hanging_up_is_awaited() -> None:
    runner = _runner(Say(text="a line"), WaitForEnd())
    before = runner.at_end

    _hear(runner, ("silence", 200))

    assert (before, runner.at_end, runner.waiting_for) == (False, True, "hear the agent hang up")


def test_both_directions_are_kept_on_one_clock() -> None:
    told: list[CallerTurn] = []
    media = CallerMedia(_runner(WaitForAgent(silence_ms=40, spoken_ms=20), Say(text="a line")), told.append)

    sent = b""
    for frame in [_SPEECH, SILENCE, SILENCE, *[SILENCE] * 6]:
        sent += media.pull()
        media.push(frame)

    said, heard = media.recorded()
    assert to_bytes(said) == sent
    assert to_bytes(heard)[:FRAME_BYTES] == _SPEECH
    assert [turn.said.text for turn in told if turn.said] == ["a line"]


def test_a_script_survives_the_wire() -> None:
    script = Script(
        name="x", caller="+1", steps=(WaitForAgent(spoken_ms=5), SayOver(text="a", role=Role.BARGE_IN, after_ms=3))
    )

    assert read_script(write_script(script)) == script


def test_a_wrong_script_says_where_it_is_wrong() -> None:
    with pytest.raises(BadInput, match=r"steps\[0\]"):
        read_script(b'{"name": "x", "steps": [{"step": "shout"}]}')
