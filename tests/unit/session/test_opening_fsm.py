"""What must hold in every call, in whatever order things happen. `benchmarks/bench_opening_fsm.py` runs 100,000."""

import random

import pytest

from voiceagent.session.capturing import Capturing
from voiceagent.session.commands import Say
from voiceagent.session.recording_consent import RecordingConsent
from voiceagent.telephony.events import DisclosurePlayed
from voiceagent.testing.floors import CALLER_WANTS_IN, NOBODY, OUR_TURN
from voiceagent.testing.memory_call import MemoryCall
from voiceagent.testing.random_call import RandomCall
from voiceagent.testing.sample_profile import SAMPLE_REPLIES
from voiceagent.testing.talk_stage import TalkStage


def broken_in(calls: int) -> list[str]:
    return [f"{what} (seed {seed})" for seed in range(calls) for what in RandomCall(seed).run().broken]


def test_T_FSM_1_no_recording_without_consent_no_words_before_the_disclosure_and_no_way_back():
    assert broken_in(400) == []


def test_the_calls_get_everywhere():
    kinds = set().union(*(RandomCall(seed).run().kinds for seed in range(200)))

    assert {"consent.granted", "consent.denied", "consent.withdrawn", "transfer.requested"} <= kinds
    assert {"capture.started", "capture.ended", "delegation.started"} <= kinds


def test_a_withdrawal_that_is_forgotten_would_be_found(monkeypatch):
    monkeypatch.setattr(RecordingConsent, "stands", property(lambda self: self._opening.granted))

    assert any("(iv)" in what for what in broken_in(200))


def test_a_key_that_is_noted_in_a_capture_would_be_found(monkeypatch):
    monkeypatch.setattr(Capturing, "takes", lambda *_: False)

    assert any("(iii)" in what for what in broken_in(200))


@pytest.mark.parametrize("ms", range(0, 1900, 100))
def test_T_FSM_2_barging_in_at_any_moment_of_the_preamble_lets_nothing_out_before_the_disclosure(ms):
    stage = TalkStage(SAMPLE_REPLIES)
    stage.begin()
    stage.run(ms // 20 * 20)
    stage.caller_says("opening hours", 800, CALLER_WANTS_IN)
    stage.recogniser_closes()
    stage.key("5")
    stage.run(2000, CALLER_WANTS_IN)

    disclosed = next(
        place
        for place, (_, what) in enumerate(stage.timeline)
        if isinstance(getattr(what, "event", None), DisclosurePlayed)
    )
    before = [what.plan.text for _, what in stage.timeline[:disclosed] if isinstance(what, Say)]
    assert stage.noted(DisclosurePlayed)[0].completed
    assert before == ["I am an assistant"]


def an_opening_with(dice: random.Random) -> TalkStage:
    """Six seconds in which a caller talks, presses keys and is silent as they please."""
    stage = TalkStage(SAMPLE_REPLIES)
    stage.begin()
    while stage.now_ms < 6000 and stage.ended is None:
        match dice.randrange(4):
            case 0:
                stage.caller_says(
                    dice.choice(("opening hours", "yes", "no", "")), dice.randrange(100, 1500), CALLER_WANTS_IN
                )
                stage.recogniser_closes()
            case 1:
                stage.key(dice.choice("0123456789*#"))
            case _:
                stage.run(dice.randrange(20, 1000), dice.choice((NOBODY, CALLER_WANTS_IN, OUR_TURN)))
    return stage


def test_T_AI_1_the_disclosure_comes_first_within_two_seconds_and_whole_whatever_the_caller_does():
    dice = random.Random(1)
    for _ in range(100):
        stage = an_opening_with(dice)

        first = next(what.plan for _, what in stage.timeline if isinstance(what, Say))
        disclosure = stage.noted(DisclosurePlayed)[0]
        assert first.text == stage.profile.opening.disclosure
        assert disclosure.prompt == "disclosure"
        assert disclosure.completed
        assert disclosure.start_ms <= 2000
        assert [at_ms for at_ms, what in stage.timeline if isinstance(what, Say)][1] >= disclosure.end_ms


async def test_T_FSM_3_the_opening_needs_no_voice_of_the_worker():
    call = MemoryCall()
    async with call.answered():
        await call.leg.listen(2000)
        call.leg.leave()

    assert call.stream.spoken == []
    assert [event.completed for event in call.journal.events if isinstance(event, DisclosurePlayed)] == [True, True]


async def test_T_FSM_4_without_a_place_for_the_consent_nothing_is_recorded_and_the_call_goes_on():
    call = MemoryCall()
    call.journal.reachable = False
    async with call.answered():
        await call.until_open()
        await call.ask("opening hours")
        await call.leg.listen(1200)
        call.leg.leave()

    assert call.recorders == call.clips == []
    assert "recording.started" not in call.journal.types
    assert "consent.granted" in call.journal.types  # what was said is written down when it can be
    assert call.stream.spoken == ["eight to six every day"]
