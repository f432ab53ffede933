"""The sound of a spoken yes is kept, and nothing else from before it."""

import pytest

from voiceagent.audio.frame import FRAME_BYTES
from voiceagent.conversation.consent_answer import RULE
from voiceagent.telephony.events import ConsentAnswerKept, ConsentGranted
from voiceagent.testing.floors import CALLER_SPEAKS, NOBODY, OUR_TURN
from voiceagent.testing.memory_call import MemoryCall


def numbered(number: int) -> bytes:
    return number.to_bytes(2, "little") * (FRAME_BYTES // 2)


async def answered(call: MemoryCall, words: str, then: str = "") -> None:
    """The question is over at 1800 ms; the caller speaks from 2000 to 2400."""
    frames = iter(range(1000))
    for _ in range(100):
        await call.leg.listen(20, frame=numbered(next(frames)))
    call.stream.words.append(words)
    call.stream.view = CALLER_SPEAKS
    for _ in range(20):
        await call.leg.listen(20, frame=numbered(next(frames)))
    call.stream.view = NOBODY
    for _ in range(20):
        await call.leg.listen(20, frame=numbered(next(frames)))
    call.stream.view = OUR_TURN
    await call.leg.listen(160)
    call.stream.view = NOBODY
    for key in then:
        call.leg.press(key)
    await call.leg.listen(1600)


async def test_T_GD_4_a_spoken_yes_leaves_its_own_sound_and_how_it_was_asked_for():
    call = MemoryCall()
    async with call.answered():
        await answered(call, "yes")
        call.leg.leave()
    (granted,) = [event for event in call.journal.events if isinstance(event, ConsentGranted)]
    (kept,) = [event for event in call.journal.events if isinstance(event, ConsentAnswerKept)]
    (clip,) = call.clips
    first, last = granted.answer_start_ms - 200, granted.answer_end_ms + 200

    assert (granted.question_start_ms, granted.question_end_ms) == (1420, 1800)
    assert (granted.answer, granted.rule, granted.language) == ("yes", RULE, "en")
    assert 0 <= granted.answer_start_ms < granted.answer_end_ms <= granted.at_ms
    assert first - 20 <= kept.start_ms <= first + 20
    assert kept.start_ms + kept.duration_ms <= last + 20
    assert kept.duration_ms <= 15_000
    assert clip.sealed


@pytest.mark.parametrize(("words", "then"), [("no", ""), ("yes", "*9"), ("what is that", "2"), ("what is that", "1")])
async def test_no_other_answer_leaves_a_sound(words, then):
    call = MemoryCall()
    async with call.answered():
        await answered(call, words, then)
        call.leg.leave()

    assert call.clips == []


async def test_who_hangs_up_in_the_opening_leaves_nothing():
    call = MemoryCall()
    async with call.answered():
        await call.leg.listen(2000, frame=numbered(7))
        call.leg.leave()

    assert call.clips == call.recorders == []
    assert not any(event.TYPE.startswith(("consent", "recording")) for event in call.journal.events)


async def test_the_recorder_gets_no_frame_after_a_withdrawal():
    call = MemoryCall()
    async with call.answered():
        await call.until_open()
        await call.leg.listen(1000, frame=numbered(1))
        call.leg.press("*")
        call.leg.press("9")
        await call.leg.listen(60, frame=numbered(1))
        await call.leg.listen(2000, frame=numbered(2))
        call.leg.leave()

    assert 2 not in {frame[0] for recorder in call.recorders for frame in recorder.caller}
    assert "recording.discarded" in call.journal.types
    assert call.journal.types.index("consent.withdrawn") < call.journal.types.index("recording.discarded")
