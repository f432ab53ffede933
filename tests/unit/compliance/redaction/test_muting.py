"""From masked words to silence."""

import io
import wave
from itertools import pairwise

import pytest
from hypothesis import given, settings, strategies as st

from voiceagent.compliance.redaction.muting import HEAD_MS, TAIL_MS, Muted, MuteSpan, masked_turns, merged
from voiceagent.core.errors import BadInput
from voiceagent.records.values import TranscriptSegment

RATE_HZ = 16_000


class Sound:
    def __init__(self, data: bytes) -> None:
        self._data, self.size = data, len(data)

    def read(self, start: int, length: int) -> bytes:
        return self._data[start : start + length]

    def close(self) -> None:
        pass


def wav(frames: bytes, rate_hz: int = RATE_HZ) -> Sound:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((2, 2, rate_hz, 0, "NONE", ""))
        sound.writeframes(frames)
    return Sound(file.getvalue())


def turn(text: str, start_ms: int, end_ms: int, *, planned: str = "") -> TranscriptSegment:
    return TranscriptSegment(
        seq=1,
        speaker="caller",
        kind="final",
        text=text,
        planned=planned,
        start_ms=start_ms,
        end_ms=end_ms,
        completed=True,
        understood=True,
        confidence=1.0,
        intent="",
        utterance_id="",
        withheld=False,
    )


def frames_of(sound: Sound | Muted, block: int) -> bytes:
    data = b"".join(sound.read(at, block) for at in range(0, sound.size, block))
    with wave.open(io.BytesIO(data)) as file:
        return file.readframes(file.getnframes())


def test_a_turn_with_a_masked_word_is_muted_with_a_head_and_a_tail_and_others_are_heard():
    turns = [turn("hello", 0, 900), turn("my pin is [CODE] okay", 1000, 4000), turn("thank you", 6000, 6500)]

    assert masked_turns(turns) == (MuteSpan(start_ms=850, end_ms=4250),)


@pytest.mark.parametrize("unknown", [turn("", 100, 900), turn("it is", 100, 900, planned="it is [PHONE]")])
def test_what_nobody_knows_the_words_of_and_what_was_about_to_be_read_back_is_muted(unknown):
    assert masked_turns([unknown]) == (MuteSpan(start_ms=0, end_ms=1150),)


def test_square_brackets_of_ours_only_are_marks():
    assert masked_turns([turn("the [laughs] parcel", 0, 900)]) == ()


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 90), st.integers(1, 30)), max_size=4),
    st.integers(0, 20),
    st.integers(0, 1500),
    st.integers(1, 700),
)
def test_block_by_block_it_is_the_recording_with_silence_within_the_spans(spans, start_ms, frames, block):
    wanted = [MuteSpan(start_ms=start, end_ms=start + length) for start, length in spans]
    muted = Muted(wav(bytes([1, 2, 3, 4]) * frames), wanted, start_ms)

    heard = frames_of(muted, block)

    for at in range(frames):
        at_ms = start_ms + at * 1000 / RATE_HZ
        silent = any(one.start_ms <= at_ms < one.end_ms for one in wanted)
        assert heard[at * 4 : at * 4 + 4] == (bytes(4) if silent else bytes([1, 2, 3, 4])), at_ms


def test_what_is_no_sound_cannot_be_muted():
    with pytest.raises(BadInput):
        Muted(Sound(b"no sound at all"), [], 0)


@given(st.lists(st.tuples(st.integers(0, 9000), st.integers(1, 900)), max_size=12))
def test_merged_spans_cover_the_same_time_and_do_not_touch(pairs: list[tuple[int, int]]):
    spans = [MuteSpan(start_ms=start, end_ms=start + length) for start, length in pairs]
    done = merged(spans)

    assert {ms for span in spans for ms in range(span.start_ms, span.end_ms)} == {
        ms for span in done for ms in range(span.start_ms, span.end_ms)
    }
    assert all(before.end_ms < after.start_ms for before, after in pairwise(done))


def test_the_padding_is_that_of_the_specification():
    assert (HEAD_MS, TAIL_MS) == (150, 250)
