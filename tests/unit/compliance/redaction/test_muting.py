"""From masked words to silence."""

from itertools import pairwise

import numpy as np
from hypothesis import given, strategies as st

from voiceagent.compliance.redaction.muting import HEAD_MS, TAIL_MS, MuteSpan, TimedWord, merged, mute, mute_spans
from voiceagent.compliance.redaction.redact import redact

SAID = "my pin is 4711 okay"
WORDS = tuple(
    TimedWord(start=start, end=end, start_ms=1000 + at * 400, end_ms=1300 + at * 400)
    for at, (start, end) in enumerate(((0, 2), (3, 6), (7, 9), (10, 14), (15, 19)))
)


def test_a_masked_word_is_muted_with_a_head_and_a_tail():
    spans = mute_spans(redact(SAID).spans, WORDS, 1000, 4000)

    assert spans == (MuteSpan(start_ms=2200 - 150, end_ms=2500 + 250),)


def test_without_times_of_words_the_whole_turn_is_muted():
    assert mute_spans(redact(SAID).spans, (), 1000, 4000) == (MuteSpan(start_ms=850, end_ms=4250),)
    assert mute_spans(redact(SAID).spans, WORDS[:3], 1000, 4000) == (MuteSpan(start_ms=850, end_ms=4250),)


def test_a_turn_without_anything_masked_is_heard():
    assert mute_spans((), WORDS, 1000, 4000) == ()


def test_both_channels_are_silent_within_the_spans_and_untouched_outside():
    audio = np.ones((2, 16_000), dtype=np.int16)

    muted = mute(audio, [MuteSpan(start_ms=250, end_ms=500), MuteSpan(start_ms=900, end_ms=5000)], 16_000)

    assert not muted[:, 4000:8000].any()
    assert not muted[:, 14_400:].any()
    assert muted.sum() == 2 * (4000 + 6400)
    assert audio.all()


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
