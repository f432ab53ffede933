import numpy as np
from hypothesis import given, strategies as st

from voiceagent.audio.g711 import decode_a, decode_mu, encode_a, encode_mu

_EVERY_CODE = bytes(range(256))


def test_mu_law_decodes_to_the_values_of_table_2():
    # positive values at the segment ends of G.711 table 2a/2b, on the 16-bit scale: y0, y1, y16, y32 ... y127
    codes = bytes([0xFF, 0xFE, 0xEF, 0xDF, 0xCF, 0xBF, 0xAF, 0x9F, 0x8F, 0x80])

    assert decode_mu(codes).tolist() == [0, 8, 132, 396, 924, 1980, 4092, 8316, 16764, 32124]


def test_a_law_decodes_to_the_values_of_table_1():
    # first and last interval of each segment; 0xD5 is the smallest positive value
    codes = bytes([0xD5, 0xC5, 0xF5, 0xE5, 0x95, 0x85, 0xB5, 0xA5, 0xAA])

    assert decode_a(codes).tolist() == [8, 264, 528, 1056, 2112, 4224, 8448, 16896, 32256]


def test_both_laws_are_odd_functions():
    assert (decode_mu(_EVERY_CODE[:128]) == -decode_mu(_EVERY_CODE[128:])).all()
    assert (decode_a(_EVERY_CODE[:128]) == -decode_a(_EVERY_CODE[128:])).all()


def test_decoding_and_encoding_again_changes_nothing():
    assert encode_a(decode_a(_EVERY_CODE)) == _EVERY_CODE
    assert encode_mu(decode_mu(_EVERY_CODE)) == _EVERY_CODE[:127] + b"\xff" + _EVERY_CODE[128:]  # -0 becomes +0


@given(st.lists(st.integers(-32768, 32767), max_size=50))
def test_mu_law_is_off_by_at_most_half_a_step(samples):
    pcm = np.array(samples, dtype=np.int16)
    heard = decode_mu(encode_mu(pcm)).astype(int)
    clipped = np.clip(pcm.astype(int), -32635, 32635)

    assert (np.abs(heard - clipped) <= np.maximum(8, (np.abs(clipped) + 132) // 32 + 4)).all()


@given(st.lists(st.integers(-32768, 32767), max_size=50))
def test_a_law_is_off_by_at_most_half_a_step(samples):
    pcm = np.array(samples, dtype=np.int16)
    heard = decode_a(encode_a(pcm)).astype(int)

    assert (np.abs(heard - pcm) <= np.maximum(16, np.abs(pcm.astype(int)) // 32 + 1)).all()


def test_encoding_never_falls_as_the_sample_rises():
    rising = np.arange(-32768, 32768).astype(np.int16)

    assert (np.diff(decode_mu(encode_mu(rising)).astype(int)) >= 0).all()
    assert (np.diff(decode_a(encode_a(rising)).astype(int)) >= 0).all()
