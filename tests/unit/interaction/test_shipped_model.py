"""The shipped checkpoint does its job on the telephone: callers whose voices it never heard, through mu-law, in closed
loop with the floor policy."""

import json

import numpy as np
import pytest

from voiceagent.audio.frame import SAMPLE_RATE_HZ, from_float
from voiceagent.audio.wav import encode_wav
from voiceagent.interaction.evaluation.played import Played, agent_starts, agent_stops
from voiceagent.interaction.evaluation.run import evaluate, load_on_one_thread
from voiceagent.interaction.model.checkpoint import shipped_checkpoint
from voiceagent.testing.caller.script import CallerVoice, Say, Script
from voiceagent.testing.caller.voice import render_lines, spoken_line

_CALLER = CallerVoice(name="en-us+f4", words_per_minute=160, pitch=50)  # a variant that training never heard


def _said(text: str) -> np.ndarray:
    pcm = spoken_line(text, _CALLER)
    audible = np.flatnonzero(np.abs(pcm) > 300)
    return pcm[audible[0] : audible[-1]].astype(np.float32) / 32768.0


def _asked() -> np.ndarray:
    """By the demo's caller, who sounds like a person: a robot's question may be the beginning of one."""
    text = "Where is my order four zero two one?"
    script = Script(name="question", voice=CallerVoice(recorded="sky"), steps=(Say(text=text),))
    return render_lines(script)[text].astype(np.float32) / 32768.0


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Played]:
    """Five calls, judged together."""
    folder = tmp_path_factory.mktemp("calls")
    items = []

    def call(name: str, scenario: str, pieces: list[tuple[float, np.ndarray]], **fields: object) -> None:
        end = max(start + len(sound) / SAMPLE_RATE_HZ for start, sound in pieces)
        track = np.zeros(int((end + 4.5) * SAMPLE_RATE_HZ), np.float32)
        for start, sound in pieces:
            at = int(start * SAMPLE_RATE_HZ)
            track[at : at + len(sound)] += sound
        (folder / f"{name}.wav").write_bytes(encode_wav(from_float(track)))
        seconds = len(track) / SAMPLE_RATE_HZ
        place = {"id": name, "scenario": scenario, "file": f"{name}.wav", "seconds": seconds, "speech_end": end}
        items.append({"type": scenario, "agent": [[0.0, seconds]] if scenario in "cde" else [], **place, **fields})

    question = _asked()
    call("turn", "a", [(1.5, question)], speech_start=1.5)
    first, second = _said("My order number is,"), _said("four seven one two.")
    pause = 1.5 + len(first) / SAMPLE_RATE_HZ
    call("pause", "b", [(1.5, first), (pause + 0.3, second)], pauses=[[pause, pause + 0.3]])
    call("barge_in", "c", [(3.0, _said("No wait, actually I meant the other order."))], onset=3.0)
    call("backchannel", "d", [(3.0, _said("uh huh"))], backchannels=[[3.0, 3.4, "uh huh"]])
    call("silence", "g", [(0.5, np.zeros(16_000, np.float32))])
    (folder / "truth.json").write_text(json.dumps({"items": items}))
    _, results = evaluate(load_on_one_thread(shipped_checkpoint()), folder, "tel")
    return {result.item.id: result for result in results}


def test_it_answers_after_a_turn(played: dict[str, Played]) -> None:
    start = agent_starts(played["turn"])

    assert start is not None
    assert -0.1 < start - played["turn"].item.speech_end < 1.5


def test_it_waits_through_a_short_pause_in_a_sentence(played: dict[str, Played]) -> None:
    start = agent_starts(played["pause"])

    assert start is not None
    assert start > played["pause"].item.critical[0][1]


def test_it_yields_to_a_barge_in(played: dict[str, Played]) -> None:
    assert 3.0 < agent_stops(played["barge_in"]) < 4.5


def test_it_goes_on_over_a_backchannel(played: dict[str, Played]) -> None:
    assert agent_stops(played["backchannel"]) > 5.0


def test_it_knows_when_the_caller_speaks(played: dict[str, Played]) -> None:
    turn = played["turn"]
    during = turn.trace[int(1.7 / 0.08) : int(turn.item.speech_end / 0.08)]
    before = turn.trace[2 : int(1.4 / 0.08)]

    assert np.mean([view.caller_active for view in during]) > 0.8
    assert np.mean([view.caller_active for view in before]) < 0.2
