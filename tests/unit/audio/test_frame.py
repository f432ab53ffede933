import numpy as np
import pytest
from hypothesis import given, strategies as st

from voiceagent.audio.frame import (
    FRAME_BYTES,
    FRAME_SAMPLES,
    SILENCE,
    from_bytes,
    from_float,
    ms_to_samples,
    samples_to_ms,
    to_bytes,
    to_float,
)
from voiceagent.core.errors import BadInput


def test_a_frame_is_20_ms_of_16_khz():
    assert (FRAME_SAMPLES, FRAME_BYTES, len(SILENCE)) == (320, 640, 640)
    assert samples_to_ms(FRAME_SAMPLES) == 20
    assert ms_to_samples(20) == FRAME_SAMPLES


@given(st.binary(max_size=1000).filter(lambda data: len(data) % 2 == 0))
def test_samples_are_bytes_and_back(data):
    assert to_bytes(from_bytes(data)) == data


def test_samples_are_little_endian():
    assert from_bytes(b"\x01\x00\xff\xff").tolist() == [1, -1]
    assert to_bytes(np.array([258], dtype=">i2")) == b"\x02\x01"


def test_half_a_sample_is_refused():
    with pytest.raises(BadInput, match="3 bytes"):
        from_bytes(b"abc")


def test_what_is_out_of_range_is_clipped_and_what_is_no_number_is_silence():
    signal = np.array([0.0, 1.0, -1.0, 2.0, -3.0, np.nan, np.inf, -np.inf])

    assert from_float(signal).tolist() == [0, 32767, -32767, 32767, -32767, 0, 32767, -32767]


@given(st.lists(st.integers(-32768, 32767), max_size=50))
def test_floats_are_within_one_step_of_the_samples(samples):
    pcm = np.array(samples, dtype=np.int16)
    there = to_float(pcm)

    assert np.all(there >= -1.0)
    assert np.all(there < 1.0)
    assert np.all(np.abs(from_float(there).astype(int) - pcm) <= 1)


@given(st.integers(0, 10**7))
def test_a_time_in_whole_milliseconds_survives_the_way_to_samples_and_back(ms):
    assert samples_to_ms(ms_to_samples(ms)) == ms
