"""Where the media thread and the session meet, and how frames become micro-turns."""

import asyncio
from threading import Thread

import numpy as np
import pytest

from voiceagent.audio.frame import FRAME_BYTES, from_bytes
from voiceagent.audio.playout import PulledFrame
from voiceagent.core.ids import UtteranceId
from voiceagent.session.media import CallMedia, MediaFrame
from voiceagent.session.micro_turns import MicroTurns
from voiceagent.session.turn_clock import TurnClock
from voiceagent.testing.tone_voice import rendered

A, B = UtteranceId("utt_a"), UtteranceId("utt_b")


def frame(number: int) -> bytes:
    return bytes([number % 251, 0]) * (FRAME_BYTES // 2)


async def take(media: CallMedia, count: int) -> list[MediaFrame]:
    """The next frames."""
    taken: list[MediaFrame] = []
    async with asyncio.timeout(30):
        async for item in media.frames():
            taken.append(item)
            if len(taken) == count:
                break
    return taken


async def test_frames_from_another_thread_come_in_order_with_what_was_played():
    media = CallMedia(asyncio.get_running_loop())
    media.open(A)
    media.append(A, rendered("one two").pcm, (), last=True)

    def beat() -> None:
        for number in range(100):
            media.pull()
            media.push(frame(number))

    thread = Thread(target=beat)
    thread.start()
    taken = await take(media, 100)
    thread.join()

    assert [item.caller for item in taken] == [frame(number) for number in range(100)]
    assert [item.end_ms for item in taken] == list(range(20, 2001, 20))
    assert [(item.end_ms, item.started) for item in taken if item.started] == [(20, (A,))]
    assert [(item.end_ms, item.ended[0].end_ms) for item in taken if item.ended] == [(400, 400)]


async def test_a_frame_of_a_wrong_size_is_heard_as_silence_and_counted():
    media = CallMedia(asyncio.get_running_loop())
    media.push(b"short")
    (taken,) = await take(media, 1)

    assert taken.caller == bytes(FRAME_BYTES)
    assert media.bad_frames == 1


async def test_a_session_that_lags_loses_the_oldest_sound_but_not_what_began_or_ended_in_it():
    media = CallMedia(asyncio.get_running_loop())
    for utterance in (A, B):
        media.open(utterance)
        media.append(utterance, rendered("one").pcm, (), last=True)
    for number in range(300):
        media.pull()
        media.push(frame(number))
    taken = await take(media, 250)

    assert media.dropped_frames == 50
    assert taken[0].end_ms == 51 * 20
    assert taken[0].started == (A, B)
    assert [ended.utterance_id for ended in taken[0].ended] == [A, B]


async def test_two_pulls_between_pushes_lose_no_beginning_and_no_end():
    media = CallMedia(asyncio.get_running_loop())
    media.open(A)
    media.append(A, rendered("").pcm, (), last=True)
    media.pull()
    media.pull()
    media.push(frame(1))
    (taken,) = await take(media, 1)

    assert (taken.started, len(taken.ended)) == ((A,), 1)


async def test_after_the_end_the_rest_can_still_be_had():
    media = CallMedia(asyncio.get_running_loop())
    for number in range(3):
        media.push(frame(number))
    media.close()

    assert [item.caller for item in media.rest()] == [frame(number) for number in range(3)]
    assert list(media.rest()) == []


async def test_a_closed_media_ends_its_frames():
    media = CallMedia(asyncio.get_running_loop())
    asyncio.get_running_loop().call_soon(media.close)

    async with asyncio.timeout(30):
        assert [item async for item in media.frames()] == []


@pytest.mark.parametrize(("tick_ms", "turns"), [(80, 5), (200, 2), (20, 20)])
def test_as_many_frames_as_the_tick_asks_for_make_a_micro_turn(tick_ms, turns):
    collecting = MicroTurns(tick_ms)
    made = []
    for number in range(20):
        played = PulledFrame(pcm=from_bytes(frame(number + 1)), words=(f"w{number}",), more_to_say=number < 19)
        turn = collecting.add(MediaFrame(end_ms=20 * number + 20, caller=frame(number), played=played))
        if turn is not None:
            made.append(turn)

    assert len(made) == turns
    assert {len(turn.caller_pcm) for turn in made} == {len(turn.agent_pcm) for turn in made} == {tick_ms * 16}
    heard = np.concatenate([turn.caller_pcm for turn in made]).tobytes()
    assert heard == b"".join(frame(number) for number in range(20))
    assert [word for turn in made for word in turn.agent_words] == [f"w{number}" for number in range(20)]
    assert made[-1].more_to_say is False


def test_an_answer_is_about_the_micro_turn_it_names():
    clock = TurnClock()
    for number in range(4):
        clock.sent(80 * (number + 1))

    assert clock.answered(0) == 80
    assert clock.answered(2) == 240  # 1 was dropped by an overloaded worker
    assert clock.answered(2) == 240
    assert clock.answered(99) == 320


def test_a_worker_is_stalled_when_its_oldest_answer_is_5_s_late():
    clock = TurnClock()
    for number in range(63):
        clock.sent(80 * (number + 1))
        assert not clock.stalled
    clock.sent(80 * 64)

    assert clock.stalled
    clock.answered(10)
    assert not clock.stalled
