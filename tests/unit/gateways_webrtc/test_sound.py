"""Opus, the inbound path and the pump: sound goes in as packets and comes out as sound."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from voiceagent.audio.frame import FRAME_BYTES, FRAME_SAMPLES, SILENCE, from_bytes, to_bytes
from voiceagent.core.errors import BadInput, InternalError
from voiceagent.gateways.webrtc.inbound import InboundAudio
from voiceagent.gateways.webrtc.opus import OpusDecoder, OpusEncoder, packet_duration
from voiceagent.gateways.webrtc.track import MediaPump, Pacer


def tone_frame(index: int, frequency_hz: float = 1_000) -> bytes:
    t = (index * FRAME_SAMPLES + np.arange(FRAME_SAMPLES)) / 16_000
    return to_bytes((np.sin(2 * np.pi * frequency_hz * t) * 12_000).astype(np.int16))


def encoded_tone(frames: int) -> list[bytes]:
    encoder = OpusEncoder()
    packets = [encoder.encode(tone_frame(n)) for n in range(frames)]
    encoder.close()
    return packets


def loudest_hz(pcm: bytes) -> float:
    samples = from_bytes(pcm).astype(np.float64)
    return float(np.argmax(np.abs(np.fft.rfft(samples * np.hanning(samples.size))))) * 16_000 / samples.size


def level(pcm: bytes) -> float:
    return float(np.sqrt(np.mean(from_bytes(pcm).astype(np.float64) ** 2)))


@dataclass(frozen=True)
class FakeRtp:
    """The three fields of an RTP packet that the inbound path reads."""

    sequence_number: int
    timestamp: int
    payload: bytes


def rtp(number: int, payload: bytes) -> FakeRtp:
    return FakeRtp(sequence_number=number & 0xFFFF, timestamp=number * 960, payload=payload)


def test_an_encoded_frame_lasts_20_ms_and_a_tone_survives() -> None:
    packets = encoded_tone(50)
    decoder = OpusDecoder()

    pcm = b"".join(decoder.decode(packet) for packet in packets)
    decoder.close()

    assert {packet_duration(packet) for packet in packets} == {960}
    assert loudest_hz(pcm[FRAME_BYTES * 10 :]) == pytest.approx(1_000, abs=5)


def test_a_lost_frame_comes_back_from_its_successor() -> None:
    packets = encoded_tone(20)
    decoder = OpusDecoder()
    for packet in packets[:10]:
        decoder.decode(packet)

    recovered = decoder.recover(packets[11], FRAME_SAMPLES)
    decoder.close()

    assert len(recovered) == FRAME_BYTES
    assert level(recovered) == pytest.approx(12_000 / np.sqrt(2), rel=0.3)


def test_concealment_fades_out() -> None:
    decoder = OpusDecoder()
    for packet in encoded_tone(20):
        decoder.decode(packet)

    gap = [decoder.conceal(FRAME_SAMPLES) for _ in range(20)]
    decoder.close()

    assert level(gap[0]) > 1_000
    assert level(gap[-1]) < level(gap[0]) / 4


@given(junk=st.binary(max_size=100))
def test_junk_is_bad_input_or_sound_but_never_a_crash(junk: bytes) -> None:
    decoder = OpusDecoder()
    try:
        packet_duration(junk)
        decoder.decode(junk)
    except BadInput:
        pass
    finally:
        decoder.close()


def test_wrong_frame_sizes_and_closed_coders_are_refused() -> None:
    encoder, decoder = OpusEncoder(), OpusDecoder()
    with pytest.raises(BadInput):
        encoder.encode(b"\0\0")
    encoder.close()
    decoder.close()
    encoder.close()

    with pytest.raises(InternalError):
        encoder.encode(SILENCE)
    with pytest.raises(InternalError):
        decoder.decode(b"\0")


def test_inbound_sound_is_always_one_whole_frame() -> None:
    inbound = InboundAudio()
    frames = [inbound.take()]
    for number, packet in enumerate(encoded_tone(60)):
        if number % 7:
            inbound.add(rtp(number, packet))
        frames.append(inbound.take())
    inbound.close()

    assert {len(frame) for frame in frames} == {FRAME_BYTES}
    assert frames[0] == SILENCE
    assert loudest_hz(b"".join(frames[-30:])) == pytest.approx(1_000, abs=10)
    assert inbound.counters.lost > 0
    assert inbound.take() == SILENCE


def test_junk_packets_and_keep_alives_do_not_disturb_the_sound() -> None:
    inbound = InboundAudio()
    inbound.add(rtp(0, b""))
    inbound.add(rtp(1, b"\xff"))

    assert inbound.take() == SILENCE
    assert inbound.malformed == 1
    inbound.close()


@settings(max_examples=25)
@given(order=st.permutations(range(6)))
def test_packets_reordered_in_one_breath_come_out_as_the_tone(order: list[int]) -> None:
    packets = encoded_tone(30)
    inbound = InboundAudio()
    inbound.add(rtp(0, packets[0]))
    for number in order:
        inbound.add(rtp(number + 1, packets[number + 1]))
    pcm = bytearray()
    for number in range(7, 30):
        inbound.add(rtp(number, packets[number]))
        pcm += inbound.take()
    inbound.close()

    assert inbound.counters.lost == 0
    assert loudest_hz(bytes(pcm)) == pytest.approx(1_000, abs=30)


class Loop:
    """A media side that says what it heard one frame ago."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []

    def push(self, frame: bytes) -> None:
        self.heard.append(frame)

    def pull(self) -> bytes:
        return self.heard[-1]


def test_a_beat_hands_on_one_frame_each_way() -> None:
    media, inbound = Loop(), InboundAudio()
    pump = MediaPump(media, inbound)

    packets = []
    for number, packet in enumerate(encoded_tone(50)):
        inbound.add(rtp(number, packet))
        packets.append(pump.beat())
    pump.close()

    decoder = OpusDecoder()
    said = b"".join(decoder.decode(packet) for packet in packets)
    decoder.close()
    assert len(media.heard) == 50
    assert loudest_hz(said[FRAME_BYTES * 10 :]) == pytest.approx(1_000, abs=5)


def test_the_pacer_keeps_to_20_ms_whatever_the_callers_delay() -> None:
    pacer = Pacer()

    assert pacer.wait_s(10.0) == 0
    assert pacer.wait_s(10.001) == pytest.approx(0.019)
    assert pacer.wait_s(10.050) == pytest.approx(-0.010)
    assert pacer.wait_s(10.051) == pytest.approx(0.009)


def test_the_pacer_gives_up_on_media_time_after_half_a_second() -> None:
    pacer = Pacer()
    pacer.wait_s(10.0)

    assert pacer.wait_s(11.0) == 0
    assert pacer.wait_s(11.0) == pytest.approx(0.02)
    assert pacer.skipped == 1
