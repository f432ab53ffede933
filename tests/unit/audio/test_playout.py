"""The playout buffer: what is heard, when, and what became of it. Words are 200 ms each unless said otherwise."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from voiceagent.audio.frame import FRAME_SAMPLES
from voiceagent.audio.playout import PlayoutBuffer, PulledFrame
from voiceagent.audio.words import WordTiming
from voiceagent.core.ids import UtteranceId

A, B = UtteranceId("utt_a"), UtteranceId("utt_b")
_LOUD = 10_000


def constant(ms: int, level: int = _LOUD) -> np.ndarray:
    return np.full(ms * 16, level, dtype=np.int16)


def words(text: str, ms: int = 200) -> tuple[WordTiming, ...]:
    return tuple(
        WordTiming(text=word, start_ms=index * ms, end_ms=(index + 1) * ms) for index, word in enumerate(text.split())
    )


def speaking(text: str, utterance: UtteranceId = A) -> PlayoutBuffer:
    buffer = PlayoutBuffer()
    add(buffer, text, utterance)
    return buffer


def add(buffer: PlayoutBuffer, text: str, utterance: UtteranceId) -> None:
    buffer.open(utterance)
    buffer.append(utterance, constant(200 * len(text.split())), words(text), last=True)


def pull_ms(buffer: PlayoutBuffer, ms: int) -> list[PulledFrame]:
    return [buffer.pull() for _ in range(ms // 20)]


def sound(frames: list[PulledFrame]) -> np.ndarray:
    return np.concatenate([frame.pcm for frame in frames])


def biggest_step(pcm: np.ndarray) -> int:
    return int(np.abs(np.diff(pcm.astype(np.int32))).max())


# -- exactness ------------------------------------------------------------------------------------------------------


@given(
    sizes=st.lists(st.integers(0, 1000), min_size=1, max_size=12),
    pulls=st.lists(st.integers(0, 4), min_size=12, max_size=12),
)
def test_every_sample_comes_out_once_and_in_order_however_it_came_in(sizes, pulls):
    total = sum(sizes)
    source = (np.arange(total) % 30_000 + 1).astype(np.int16)  # never 0, so that silence can be told from it
    buffer = PlayoutBuffer()
    buffer.open(A)
    out: list[PulledFrame] = []
    at = 0
    for index, size in enumerate(sizes):
        buffer.append(A, source[at : at + size], (), last=index == len(sizes) - 1)
        at += size
        out += [buffer.pull() for _ in range(pulls[index])]
    while buffer.current is not None:
        out.append(buffer.pull())

    heard = sound(out)
    assert all(frame.pcm.shape == (FRAME_SAMPLES,) and frame.pcm.dtype == np.int16 for frame in out)
    assert np.array_equal(heard[heard != 0], source)
    assert [frame.started for frame in out if frame.started] == [A]
    assert [frame.ended.completed for frame in out if frame.ended] == [True]


@given(lengths=st.lists(st.integers(1, 50), min_size=1, max_size=8), cut=st.integers(0, 80))
def test_every_word_begins_once_and_heard_words_are_a_prefix(lengths, cut):
    starts = np.cumsum([0, *lengths])
    timed = tuple(
        WordTiming(text=str(index), start_ms=int(starts[index]), end_ms=int(starts[index + 1]))
        for index in range(len(lengths))
    )
    buffer = PlayoutBuffer()
    buffer.open(A)
    buffer.append(A, constant(int(starts[-1])), timed, last=True)
    begun = [word for frame in [buffer.pull() for _ in range(cut)] for word in frame.words]
    gone = buffer.drop()

    assert begun == [str(index) for index in range(len(begun))]
    if gone:
        heard = [word.text for word in gone[0].played]
        assert heard == [str(index) for index in range(len(heard))]
        assert len(heard) <= len(begun)
    else:
        assert len(begun) == len(lengths)


def test_an_odd_chunk_leaves_no_gap_before_the_next():
    buffer = PlayoutBuffer()
    buffer.open(A)
    buffer.append(A, constant(13), (), last=False)
    buffer.append(A, constant(27), (), last=True)

    assert np.all(sound(pull_ms(buffer, 40)) == _LOUD)


def test_utterances_play_one_after_the_other():
    buffer = speaking("one two")
    add(buffer, "three", B)
    frames = pull_ms(buffer, 700)

    assert [(frame.started, index * 20) for index, frame in enumerate(frames) if frame.started] == [(A, 0), (B, 400)]
    ended = [frame.ended for frame in frames if frame.ended]
    assert [(end.utterance_id, end.start_ms, end.end_ms) for end in ended] == [(A, 0, 400), (B, 400, 600)]


def test_audio_for_an_utterance_that_is_gone_is_dropped():
    buffer = speaking("one")
    buffer.drop()
    buffer.append(A, constant(200), (), last=True)

    assert not np.any(buffer.pull().pcm)
    assert buffer.current is None


def test_an_empty_utterance_begins_and_ends():
    buffer = PlayoutBuffer()
    buffer.open(A)
    buffer.append(A, constant(0), (), last=True)
    frame = buffer.pull()

    assert frame.started == A
    assert frame.ended is not None
    assert (frame.ended.start_ms, frame.ended.end_ms, frame.ended.completed) == (0, 0, True)


# -- the word clock -------------------------------------------------------------------------------------------------


def test_words_are_told_in_the_frame_they_begin_in():
    frames = pull_ms(speaking("one two three"), 600)

    assert [(index * 20, frame.words) for index, frame in enumerate(frames) if frame.words] == [
        (0, ("one",)),
        (200, ("two",)),
        (400, ("three",)),
    ]


@pytest.mark.parametrize(("played_ms", "heard"), [(80, []), (100, ["one"]), (280, ["one"]), (300, ["one", "two"])])
def test_a_word_counts_as_heard_from_its_middle(played_ms, heard):
    buffer = speaking("one two three")
    pull_ms(buffer, played_ms)

    assert [word.text for word in buffer.drop()[0].played] == heard


def test_dropping_tells_what_became_of_each_utterance():
    buffer = speaking("one two three")
    add(buffer, "four", B)
    pull_ms(buffer, 300)
    first, second = buffer.drop()

    assert (first.start_ms, first.end_ms, first.completed) == (0, 300, False)
    assert (second.start_ms, second.end_ms, second.played, second.completed) == (300, 300, (), False)
    assert not np.any(buffer.pull().pcm)


def test_more_to_say_is_false_only_in_the_last_frame():
    frames = pull_ms(speaking("one"), 200)

    assert [frame.more_to_say for frame in frames] == [True] * 9 + [False]


# -- starving -------------------------------------------------------------------------------------------------------


def test_starving_is_silence_and_is_counted_and_the_clock_of_words_waits():
    buffer = PlayoutBuffer()
    buffer.open(A)
    buffer.append(A, constant(200), words("one two"), last=False)
    pull_ms(buffer, 200)
    hungry = pull_ms(buffer, 60)
    buffer.append(A, constant(200), (), last=True)
    after = pull_ms(buffer, 200)

    assert not np.any(sound(hungry))
    assert buffer.starved_frames == 3
    assert after[0].words == ("two",)
    assert after[-1].ended is not None
    assert (after[-1].ended.start_ms, after[-1].ended.end_ms) == (0, 460)


def test_waiting_for_the_first_sound_is_not_starving():
    buffer = PlayoutBuffer()
    buffer.open(A)
    pull_ms(buffer, 100)

    assert buffer.starved_frames == 0


def test_a_half_filled_frame_counts_as_starving():
    buffer = PlayoutBuffer()
    buffer.open(A)
    buffer.append(A, constant(30), (), last=False)
    pull_ms(buffer, 40)

    assert buffer.starved_frames == 1


def test_an_end_that_is_told_late_does_not_lengthen_the_utterance():
    buffer = PlayoutBuffer()
    buffer.open(A)
    buffer.append(A, constant(100), (), last=False)
    pull_ms(buffer, 200)
    buffer.append(A, constant(0), (), last=True)
    ended = buffer.pull().ended

    assert ended is not None
    assert (ended.start_ms, ended.end_ms) == (0, 100)


# -- ducking --------------------------------------------------------------------------------------------------------


def test_ducking_is_10_db_down_after_two_frames_and_never_clicks():
    buffer = speaking("one two three")
    before = pull_ms(buffer, 100)
    buffer.duck()
    ducked = pull_ms(buffer, 200)
    buffer.unduck()
    after = pull_ms(buffer, 200)

    assert ducked[2].pcm.tolist() == [3000] * FRAME_SAMPLES
    assert after[2].pcm.tolist() == [_LOUD] * FRAME_SAMPLES
    # 30 ms from full to silent are 480 samples: no step is larger than a 480th of the level, rounding aside.
    assert biggest_step(sound([*before, *ducked, *after])) <= _LOUD / 480 + 2


def test_ducking_does_not_outlive_the_utterance_it_was_meant_for():
    buffer = speaking("one")
    buffer.duck()
    pull_ms(buffer, 200)
    add(buffer, "two", B)

    assert buffer.pull().pcm.tolist() == [_LOUD] * FRAME_SAMPLES


def test_ducking_nothing_does_not_quieten_what_comes():
    buffer = PlayoutBuffer()
    buffer.duck()
    add(buffer, "one", A)

    assert buffer.pull().pcm.tolist() == [_LOUD] * FRAME_SAMPLES


# -- stopping and going on ------------------------------------------------------------------------------------------


def test_a_pause_is_silent_after_one_faded_frame():
    buffer = speaking("one two three")
    pull_ms(buffer, 100)
    buffer.pause()
    frames = pull_ms(buffer, 60)

    assert frames[0].pcm[0] == _LOUD
    assert frames[0].pcm[-1] == 0
    assert biggest_step(frames[0].pcm) <= _LOUD / 320 + 2
    assert not np.any(sound(frames[1:]))


def test_going_on_begins_at_the_word_that_was_cut_and_fades_in():
    buffer = PlayoutBuffer()
    buffer.open(A)
    ramp = np.repeat(np.arange(1, 4, dtype=np.int16) * 1000, 3200)  # the level tells the word
    buffer.append(A, ramp, words("one two three"), last=True)
    pull_ms(buffer, 300)
    buffer.pause()
    held = pull_ms(buffer, 500)
    buffer.proceed()
    frames = pull_ms(buffer, 400)

    assert not np.any(sound(held[1:]))
    assert frames[0].words == ("two",)
    assert biggest_step(frames[0].pcm) <= 2000 / 320 + 2
    assert frames[2].pcm.tolist() == [2000] * FRAME_SAMPLES
    assert frames[-1].ended is not None
    assert [word.text for word in frames[-1].ended.played] == ["one", "two", "three"]


def test_a_stop_between_two_words_repeats_nothing():
    buffer = PlayoutBuffer()
    buffer.open(A)
    timed = (WordTiming(text="one", start_ms=0, end_ms=200), WordTiming(text="two", start_ms=500, end_ms=700))
    buffer.append(A, constant(700), timed, last=True)
    pull_ms(buffer, 300)
    buffer.pause()
    pull_ms(buffer, 100)
    buffer.proceed()
    frames = pull_ms(buffer, 400)

    assert [word for frame in frames for word in frame.words] == ["two"]


def test_a_voice_without_word_times_goes_on_from_its_start():
    buffer = PlayoutBuffer()
    buffer.open(A)
    buffer.append(A, constant(200), (), last=True)
    pull_ms(buffer, 100)
    buffer.pause()
    pull_ms(buffer, 100)
    buffer.proceed()

    assert sum(frame.ended is None for frame in pull_ms(buffer, 200)) == 9


def test_a_word_that_was_heard_before_the_stop_stays_heard():
    buffer = speaking("one two three")
    pull_ms(buffer, 300)
    buffer.pause()
    pull_ms(buffer, 100)
    buffer.proceed()

    assert [word.text for word in buffer.drop()[0].played] == ["one", "two"]


def test_going_on_without_a_pause_changes_nothing():
    buffer = speaking("one two")
    pull_ms(buffer, 100)
    buffer.proceed()

    assert np.all(sound(pull_ms(buffer, 300)) == _LOUD)


def test_a_pause_taken_back_at_once_is_not_heard():
    buffer = speaking("one two")
    pull_ms(buffer, 100)
    buffer.pause()
    buffer.proceed()
    frames = pull_ms(buffer, 300)

    assert np.all(sound(frames) == _LOUD)
    assert frames[-1].ended is not None  # nothing was said twice


def test_nothing_that_arrives_during_a_pause_is_heard():
    buffer = PlayoutBuffer()
    buffer.open(A)
    buffer.append(A, constant(100), (), last=False)
    pull_ms(buffer, 120)
    buffer.pause()
    pull_ms(buffer, 40)
    buffer.append(A, constant(100), (), last=True)

    assert not np.any(sound(pull_ms(buffer, 200)))


def test_an_utterance_that_ends_in_the_pause_holds_up_nobody():
    buffer = speaking("one")
    pull_ms(buffer, 180)
    buffer.pause()
    last = buffer.pull()
    add(buffer, "two", B)

    assert last.ended is not None
    assert buffer.pull().pcm.tolist() == [_LOUD] * FRAME_SAMPLES


def test_pausing_nothing_does_not_hold_up_what_comes():
    buffer = PlayoutBuffer()
    buffer.pause()
    add(buffer, "one", A)

    assert np.all(sound(pull_ms(buffer, 200)) == _LOUD)


# -- backchannels ---------------------------------------------------------------------------------------------------


def test_a_backchannel_lies_over_silence_without_being_an_utterance():
    buffer = PlayoutBuffer()
    buffer.overlay(constant(50, 1000))
    frames = pull_ms(buffer, 80)

    assert np.count_nonzero(sound(frames)) == 800
    assert all(frame.audible is None and frame.started is None for frame in frames)


def test_a_backchannel_over_speech_is_added_and_clipped_without_wrapping():
    buffer = PlayoutBuffer()
    buffer.open(A)
    buffer.append(A, constant(40, 30_000), (), last=True)
    buffer.overlay(constant(20, 10_000))
    first, second = pull_ms(buffer, 40)

    assert first.pcm.tolist() == [32_767] * FRAME_SAMPLES
    assert second.pcm.tolist() == [30_000] * FRAME_SAMPLES
