"""How a talk ends. It is open and silent at 2640 ms; a word is 200 ms, a micro-turn 80."""

from voiceagent.core.termination import Reason
from voiceagent.session.commands import (
    Note,
)
from voiceagent.telephony.events import (
    AgentSaid,
    BargedIn,
    DtmfReceived,
    WorkerWasLost,
)
from voiceagent.testing.floors import (
    CALLER_SPEAKS,
    CALLER_WANTS_IN,
    OUR_TURN,
)
from voiceagent.testing.talk_stage import TalkStage, talking

# -- silence and the end --------------------


def test_dead_air_is_asked_about_twice_and_then_ended_with_a_goodbye():
    stage = talking()
    stage.run(60_000)

    # We ended at 2600; each question is 400 ms and each silence 8 s.
    assert [(event.played, event.start_ms) for event in stage.noted(AgentSaid)][4:] == [
        ("still there", 10_640),
        ("still there", 19_040),
        ("bye then", 27_440),
    ]
    assert stage.ended is not None
    assert (stage.ended.reason, stage.now_ms) == (Reason.DEAD_AIR, 27_840)


def test_a_caller_who_answers_the_reprompt_starts_afresh():
    stage = talking()
    stage.run(10_000)
    stage.caller_asks()
    stage.run(30_000)

    assert stage.said.count("still there") == 3
    assert stage.ended is not None


def test_a_goodbye_into_dead_air_that_the_caller_interrupts_is_forgotten():
    stage = talking()
    stage.run(24_880)  # 27520: goodbye is being said
    stage.caller_says("opening hours", 800, CALLER_WANTS_IN)
    stage.run(12_000)  # answered, silence, and asked again

    assert stage.said[-2:] == ["eight to six every day", "still there"]
    assert stage.ended is None


def test_a_call_ends_politely_at_its_time_limit():
    stage = talking(max_call_s=5.0)
    stage.run(4000)

    assert stage.ended is not None
    assert (stage.ended.reason, stage.now_ms) == (Reason.TIME_LIMIT, 5440)
    assert stage.said[-1] == "bye then"
    assert stage.noted(AgentSaid)[-1].kind == "goodbye"


def test_a_caller_who_talks_on_and_on_is_ended_all_the_same():
    stage = talking(max_call_s=5.0)
    stage.run(60_000, CALLER_WANTS_IN)

    assert stage.ended is not None
    assert stage.ended.reason is Reason.TIME_LIMIT
    assert stage.now_ms < 22_000


def test_after_goodbye_the_agent_hangs_up_when_it_was_heard():
    stage = talking()
    stage.caller_asks("goodbye")
    assert stage.ended is None
    stage.run(4000)

    assert stage.ended is not None
    assert (stage.ended.reason, stage.now_ms) == (Reason.AGENT_HUNG_UP, 4120)
    assert stage.said[-1] == "thank you bye"


def test_a_goodbye_that_is_interrupted_does_not_hang_up():
    stage = talking()
    stage.caller_asks("goodbye")
    stage.run(80)
    stage.caller_says("opening hours", 800, CALLER_WANTS_IN)
    stage.run(4000)

    assert stage.ended is None
    assert stage.said[-1] == "eight to six every day"


def test_after_the_end_nothing_is_decided_any_more():
    stage = talking()
    stage.caller_asks("goodbye")
    stage.run(4000)

    assert stage.talk.on_floor(OUR_TURN, 9000, heard_ms=9000) == []
    assert stage.talk.on_digit("1", 9000) == [Note(event=DtmfReceived(digit="1", at_ms=9000))]


# -- the worker goes away --------------------


def test_a_lost_worker_is_apologised_for_and_the_call_ends_honestly():
    stage = talking()
    stage.caller_asks()
    stage.run(320)
    stage.lose_worker()
    stage.run(2000)

    assert stage.noted(WorkerWasLost)[0].worker_id == "wrk_1"
    assert stage.said[-2:] == ["eight to ...", "sorry something broke"]
    assert stage.ended is not None
    assert (stage.ended.reason, stage.now_ms) == (Reason.WORKER_LOST, 4440)


def test_the_apology_cannot_be_interrupted_by_voice_or_key():
    stage = talking()
    stage.lose_worker()
    stage.run(160, CALLER_WANTS_IN)
    stage.key("1")
    stage.run(2000, CALLER_WANTS_IN)

    assert stage.said[-1] == "sorry something broke"
    assert stage.noted(BargedIn) == []
    assert stage.ended is not None


def test_an_apology_after_a_held_utterance_is_heard():
    stage = talking()
    stage.caller_asks()
    stage.run(320)
    stage.run(400, CALLER_WANTS_IN)
    stage.lose_worker()
    stage.run(2000, CALLER_SPEAKS)

    assert stage.said[-1] == "sorry something broke"


def test_a_worker_lost_in_the_opening_ends_the_call_too():
    stage = TalkStage()
    stage.begin()
    stage.run(400)
    stage.lose_worker()
    stage.run(2000)

    assert stage.said == ["I am ...", "sorry something broke"]
    assert stage.ended is not None
    assert stage.ended.reason is Reason.WORKER_LOST
