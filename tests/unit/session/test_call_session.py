"""The call session on asyncio: what is written, in which order, and that a call ends cleanly however it ends."""

import asyncio
from dataclasses import replace

import pytest

from voiceagent.audio.frame import FRAME_BYTES
from voiceagent.compliance.redaction.call import CallRedaction
from voiceagent.conversation.delegation import Commentary, WorkDone
from voiceagent.conversation.profile import RecordsChoice, WordsKept
from voiceagent.conversation.reply import Reply
from voiceagent.core.errors import (
    BadInput,
    InternalError,
    NoCapacity,
    StoreUnavailable,
    UpstreamUnavailable,
    WorkerLost,
)
from voiceagent.core.termination import Reason, Termination
from voiceagent.session.session import CallSession
from voiceagent.telephony.events import (
    AgentSaid,
    CallEnded,
    CallerSaid,
    CallRefused,
    ConsentDenied,
    DelegationEnded,
    DtmfReceived,
    LegEnded,
    RecordingDiscarded,
    RecordingSealed,
    RecordingSilenced,
    RecordingStarted,
    WorkerLeased,
    WorkerWasLost,
)
from voiceagent.testing.floors import CALLER_WANTS_IN
from voiceagent.testing.memory_call import MemoryCall, rendered_prompts
from voiceagent.testing.memory_leg import MemoryLeg
from voiceagent.testing.memory_recorder import MemoryRecorder
from voiceagent.testing.memory_stream import MemoryStream, MemoryWorkers
from voiceagent.testing.sample_profile import sample_profile

pytestmark = pytest.mark.usefixtures("no_leaked_tasks")


def ending(call: MemoryCall) -> CallEnded:
    """The last event, which is the only one of its kind."""
    ends = [event for event in call.journal.events if isinstance(event, CallEnded)]
    assert len(ends) == 1
    assert call.journal.events[-1] is ends[0]
    return ends[0]


def noted(call: MemoryCall, kind: type) -> list:
    return [event for event in call.journal.events if isinstance(event, kind)]


# -- a whole call --------------------


async def test_a_call_is_written_down_in_the_order_it_happened():
    call = MemoryCall()
    async with call.answered():
        await call.until_open()
        await call.ask("opening hours")
        await call.leg.listen(1200)
        call.leg.leave()

    assert call.journal.types == [
        "leg.ringing",
        "worker.leased",
        "leg.answered",
        "agent.said",
        "disclosure.played",
        "agent.said",
        "disclosure.played",
        "agent.said",
        "leg.dtmf_received",
        "consent.granted",
        "recording.started",
        "agent.said",
        "caller.said",
        "floor.taken",
        "agent.said",
        "recording.sealed",
        "leg.ended",
        "call.ended",
    ]
    assert [recorded.seq for recorded in call.journal.log] == list(range(1, 19))
    assert call.journal.flushes == 2  # before the recording begins, and at the end


async def test_what_was_said_reaches_the_caller_as_sound():
    call = MemoryCall()
    async with call.answered():
        await call.leg.listen(1800)
        call.leg.leave()

    assert len(call.leg.heard) == 90 * FRAME_BYTES
    assert any(call.leg.heard[: 40 * FRAME_BYTES])
    assert call.stream.spoken == []  # the opening was rendered ahead


async def test_the_model_hears_what_was_really_played_with_its_words():
    call = MemoryCall()
    async with call.answered():
        await call.leg.listen(800)
        call.leg.leave()
    words = [word for turn in call.stream.turns for word in turn.agent_words]

    assert words == ["I", "am", "an", "assistant"]
    assert [turn.more_to_say for turn in call.stream.turns] == [True] * 9 + [False]
    assert b"".join(turn.agent_pcm.tobytes() for turn in call.stream.turns) == bytes(call.leg.heard)


async def test_the_recogniser_is_told_what_may_be_said_now():
    call = MemoryCall()
    async with call.answered():
        await call.leg.listen(1000)
        assert call.stream.hints == ["consent"]
        await call.until_open()
        call.leg.leave()

    assert call.stream.hints == ["consent", "talk"]


# -- how it ends --------------------


async def test_a_caller_who_hangs_up_ends_the_call():
    call = MemoryCall()
    async with call.answered():
        await call.leg.listen(1000)
        call.leg.leave()

    assert ending(call).reason is Reason.CALLER_HUNG_UP
    assert ending(call).duration_ms == 1000
    assert call.termination == Termination.because(Reason.CALLER_HUNG_UP)


async def test_an_operator_ends_the_call():
    call = MemoryCall()
    async with call.answered():
        await call.leg.listen(400)
        call.session.request_end(Termination.because(Reason.OPERATOR_HUNG_UP))
        call.session.request_end(Termination.because(Reason.SHUTDOWN))

    assert ending(call).reason is Reason.OPERATOR_HUNG_UP
    assert call.leg.ended == [Termination.because(Reason.OPERATOR_HUNG_UP)]


async def test_more_requests_to_end_than_anybody_needs_do_no_harm():
    call = MemoryCall()
    for _ in range(20):
        call.session.request_end(Termination.because(Reason.SHUTDOWN))

    assert (await call.session.run()).reason is Reason.SHUTDOWN
    assert not call.leg.answered.is_set()  # nobody is answered only to be sent away


async def test_the_agent_hangs_up_after_its_goodbye_was_heard():
    call = MemoryCall()
    async with call.answered():
        await call.until_open()
        await call.ask("goodbye")
        await call.leg.listen(2000)

    assert ending(call).reason is Reason.AGENT_HUNG_UP
    assert noted(call, AgentSaid)[-1].played == "thank you bye"
    assert call.leg.ended[0].reason is Reason.AGENT_HUNG_UP


async def test_what_was_being_said_when_the_caller_left_is_written_down_as_far_as_it_was_heard():
    call = MemoryCall()
    async with call.answered():
        await call.leg.listen(500)
        call.leg.leave()
    (said,) = noted(call, AgentSaid)

    assert (said.played, said.completed) == ("I am an", False)
    assert call.journal.types[-4:] == ["agent.said", "disclosure.played", "leg.ended", "call.ended"]


async def test_an_utterance_that_ended_in_a_frame_nobody_looked_at_is_still_written_down():
    call = MemoryCall()
    async with call.answered():
        await call.leg.listen(780)
        call.leg.leave()
        exchange = call.leg._media
        assert exchange is not None
        exchange.pull()  # the last frame of the disclosure, in the instant in which the caller hangs up
        exchange.push(bytes(FRAME_BYTES))

    assert [(event.played, event.completed) for event in noted(call, AgentSaid)] == [("I am an assistant", True)]


async def test_a_cancelled_session_still_closes_its_record_and_its_leg():
    call = MemoryCall()
    running = asyncio.get_running_loop().create_task(call.session.run())
    await call.leg.answered.wait()
    await call.leg.listen(200)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert ending(call).reason is Reason.SHUTDOWN
    assert len(call.leg.ended) == 1
    assert call.stream.closed


async def test_a_call_whose_media_clock_stands_still_is_ended():
    call = MemoryCall()
    call.session = CallSession(replace(call.parts(), clock_limit_s=0.05))

    async with call.answered():
        await call.leg.listen(200)  # and then nothing comes any more, and nobody hangs up

    assert ending(call).reason is Reason.MEDIA_LOST


class SlowLeg(MemoryLeg):
    """The far end takes its time to answer a hang-up."""

    async def hang_up(self, termination: Termination) -> None:
        await super().hang_up(termination)
        await asyncio.sleep(0.05)


async def test_a_session_that_is_cancelled_while_it_ends_still_writes_its_end():
    call = MemoryCall(leg=SlowLeg())
    running = asyncio.get_running_loop().create_task(call.session.run())
    await call.leg.answered.wait()
    await call.leg.listen(200)
    call.leg.leave()
    while not call.leg.ended:
        await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert ending(call).reason is Reason.CALLER_HUNG_UP
    assert call.journal.types[-2:] == ["leg.ended", "call.ended"]


# -- calls that never begin --------------------


@pytest.mark.parametrize("error", [NoCapacity("every line is taken"), StoreUnavailable("Redis is away")])
async def test_a_call_for_which_there_is_no_worker_is_refused_with_the_reason(error):
    call = MemoryCall(workers=MemoryWorkers(error=error))
    ended = await call.session.run()

    assert call.journal.types == ["leg.ringing", "call.refused", "leg.ended", "call.ended"]
    (refused,) = noted(call, CallRefused)
    assert (refused.sip_code, refused.explanation) == (503, str(error))
    assert ended.reason is ending(call).reason is Reason.NO_CAPACITY
    assert call.leg.ended == [ended]


async def test_a_caller_who_left_before_the_answer_cancelled():
    call = MemoryCall()
    call.leg.leave(Reason.CANCELLED)
    await call.session.run()

    assert call.journal.types == ["leg.ringing", "worker.leased", "leg.ended", "call.ended"]
    assert ending(call).reason is Reason.CANCELLED
    assert call.stream.closed


async def test_a_leg_without_common_media_is_ended_as_such():
    call = MemoryCall(leg=MemoryLeg(refuse=BadInput("no codec in common")))
    await call.session.run()

    assert ending(call).reason is Reason.UNSUPPORTED_CODEC
    assert ending(call).detail == "no codec in common"
    assert call.stream.closed


async def test_a_call_that_had_to_be_refused_at_the_answer_is_written_down_with_code_and_explanation():
    call = MemoryCall(leg=MemoryLeg(refuse=BadInput("no way to that address")))
    call.leg.be_refused(488, Reason.UNSUPPORTED_REQUEST)
    await call.session.run()

    (refused,) = noted(call, CallRefused)
    assert (refused.sip_code, refused.explanation) == (488, "no way to that address")
    assert refused.reason is ending(call).reason is Reason.UNSUPPORTED_REQUEST
    assert call.stream.closed


# -- consent and recording --------------------


def numbered(number: int) -> bytes:
    return number.to_bytes(2, "little") * (FRAME_BYTES // 2)


async def test_recording_begins_with_consent_and_holds_nothing_from_before():
    call = MemoryCall()
    async with call.answered():
        for number in range(100):
            await call.leg.listen(20, frame=numbered(number))
        call.leg.press("1")
        for number in range(100, 140):
            await call.leg.listen(20, frame=numbered(number))
        call.leg.leave()
    (started,) = noted(call, RecordingStarted)
    first = started.at_ms // 20

    assert first in (100, 101)  # the key needs a round of the loop to arrive
    assert [frame[0] for frame in call.recorder.caller] == list(range(first, 140))
    assert len(call.recorder.agent) == len(call.recorder.caller)
    assert b"".join(call.recorder.agent) == bytes(call.leg.heard[first * FRAME_BYTES :])
    (sealed,) = noted(call, RecordingSealed)
    assert (sealed.start_ms, sealed.duration_ms) == (started.at_ms, (140 - first) * 20)


async def test_sound_from_before_the_consent_that_comes_late_is_not_recorded():
    call = MemoryCall()
    async with call.answered():
        await call.leg.listen(1900)
        exchange = call.leg._media
        assert exchange is not None
        call.leg.press("1")
        for _ in range(5):  # the session is busy elsewhere while these come in, and only then learns of the key
            exchange.pull()
            exchange.push(numbered(7))
        await call.leg.listen(100, frame=numbered(9))
        call.leg.leave()

    assert {frame[0] for frame in call.recorder.caller} == {9}


async def test_a_consent_that_is_taken_back_leaves_nothing_of_the_recording():
    call = MemoryCall()
    async with call.answered():
        await call.leg.listen(2000)
        call.leg.press("1")
        await call.leg.listen(200)
        call.leg.press("2")
        await call.leg.listen(2000)
        call.leg.leave()

    assert [event.method for event in noted(call, ConsentDenied)] == ["dtmf"]
    assert len(noted(call, RecordingDiscarded)) == 1
    assert noted(call, RecordingSealed) == []
    assert call.recorder.caller == call.recorder.agent == []


async def test_a_call_that_is_ended_while_a_consent_is_taken_back_leaves_nothing_either():
    call = MemoryCall(removal_s=0.05)
    async with call.answered():
        await call.leg.listen(2000)
        call.leg.press("1")
        await call.leg.listen(200)
        call.leg.press("2")
        await asyncio.sleep(0.01)
        call.session.request_end(Termination.because(Reason.OPERATOR_HUNG_UP))

    assert [event.method for event in noted(call, ConsentDenied)] == ["dtmf"]
    assert len(noted(call, RecordingDiscarded)) == 1
    assert noted(call, RecordingSealed) == []
    assert call.recorder.caller == call.recorder.agent == []


@pytest.mark.parametrize("words", WordsKept)
async def test_a_card_that_is_said_unasked_is_silent_in_the_recording_and_the_log_tells_when(words):
    call = MemoryCall()
    call.session = CallSession(replace(call.parts(), redaction=CallRedaction(RecordsChoice(words=words))))
    async with call.answered():
        await call.until_open()
        await call.leg.listen(2000, frame=numbered(7))
        call.stream.hear("my card is 4539 5787 6362 1486", ms=800)
        await call.leg.listen(2000, frame=numbered(7))
        call.leg.leave()

    (said,) = noted(call, CallerSaid)
    (silenced,) = noted(call, RecordingSilenced)
    assert (silenced.start_ms, silenced.end_ms) == (said.start_ms - 150, said.end_ms + 250)
    heard = dict(enumerate(call.recorder.caller, start=call.recorder.start_ms // 20))
    silent = {at for at, frame in heard.items() if frame == bytes(len(frame))}
    spoken = range(said.start_ms // 20, said.end_ms // 20)
    assert set(spoken) <= silent
    assert all(heard[at] == numbered(7) for at in heard if silenced.end_ms < at * 20)
    assert not any(any(call.recorder.agent[at - call.recorder.start_ms // 20]) for at in spoken)


async def test_without_consent_there_is_no_recorder_and_no_word_in_the_record():
    call = MemoryCall()
    async with call.answered():
        await call.until_open("2")
        await call.ask("opening hours")
        await call.leg.listen(1200)
        call.leg.press("7")
        await call.leg.listen(100)
        call.leg.leave()

    assert call.recorders == []
    assert call.stream.spoken == ["eight to six every day"]  # the call was served
    assert [event.digit for event in noted(call, DtmfReceived)] == ["", ""]
    assert [(event.text, event.withheld) for event in noted(call, CallerSaid)] == [("", True)]
    assert [event.played for event in noted(call, AgentSaid)] == [
        "I am an assistant",
        "calls are recorded",
        "may we",
        "",
        "",
    ]


# -- work elsewhere --------------------


async def test_work_is_done_elsewhere_and_its_result_is_spoken():
    call = MemoryCall()
    async with call.answered():
        await call.until_open()
        await call.ask("where is my order")
        call.agent.report(Commentary(text="it comes tomorrow"), WorkDone(outcome="ok"))
        await call.leg.listen(1000)
        call.leg.leave()

    assert call.agent.packages[0].slots == {"number": "4821"}
    assert call.stream.spoken == ["it comes tomorrow"]
    assert [event.outcome for event in noted(call, DelegationEnded)] == ["woven"]


@pytest.mark.parametrize(
    "failure", [UpstreamUnavailable("no route"), InternalError("a bug"), ValueError("another bug")]
)
async def test_an_agent_that_fails_does_not_take_the_call_with_it(failure):
    call = MemoryCall()
    async with call.answered():
        await call.until_open()
        await call.ask("where is my order")
        call.agent.report(failure)
        await call.leg.listen(1500)
        await call.ask("opening hours")
        await call.leg.listen(1200)
        call.leg.leave()

    assert call.stream.spoken == ["the system is down", "eight to six every day"]
    assert [event.outcome for event in noted(call, DelegationEnded)] == ["failed"]
    assert ending(call).reason is Reason.CALLER_HUNG_UP


async def test_work_that_is_superseded_is_told_to_stop():
    call = MemoryCall()
    async with call.answered():
        await call.until_open()
        await call.ask("where is my order")
        await call.ask("another order")
        await call.leg.listen(200)
        call.leg.leave()

    old, _new = call.agent.packages
    assert call.agent.stopped == [old.delegation_id]
    assert [event.outcome for event in noted(call, DelegationEnded)] == ["superseded", "dropped"]


@pytest.mark.parametrize("failure", [UpstreamUnavailable("no route"), RuntimeError("the pool is closed")])
async def test_work_that_cannot_be_told_to_stop_does_not_take_the_call_with_it(failure):
    call = MemoryCall()
    call.agent.stop_fails_with = failure
    async with call.answered():
        await call.until_open()
        await call.ask("where is my order")
        await call.ask("another order")
        await call.leg.listen(200)
        call.leg.leave()

    assert ending(call).reason is Reason.CALLER_HUNG_UP


async def test_work_that_outlives_the_call_is_stopped_and_recorded_as_dropped():
    call = MemoryCall()
    async with call.answered():
        await call.until_open()
        await call.ask("where is my order")
        call.leg.leave()

    assert [event.outcome for event in noted(call, DelegationEnded)] == ["dropped"]


# -- parts that fail --------------------


class Broken(Exception):
    """What a part raises that has a bug."""


def broken(*_given: object, **_named: object) -> None:
    raise Broken


async def broken_later(*_given: object, **_named: object) -> None:
    raise Broken


BREAKS = {
    "leg.answer": lambda call: setattr(call.leg, "answer", broken_later),
    "leg.hang_up": lambda call: setattr(call.leg, "hang_up", broken_later),
    "leg.quality": lambda call: setattr(call.leg, "quality", broken_later),
    "leg.events": lambda call: setattr(call.leg, "events", broken),
    "workers.open": lambda call: setattr(call.workers, "open", broken_later),
    "stream.turn": lambda call: setattr(call.stream, "turn", broken_later),
    "stream.events": lambda call: setattr(call.stream, "events", broken),
    "stream.speak": lambda call: setattr(call.stream, "speak", broken_later),
    "stream.set_hints": lambda call: setattr(call.stream, "set_hints", broken_later),
    "stream.finish_hearing": lambda call: setattr(call.stream, "finish_hearing", broken_later),
    "stream.close": lambda call: setattr(call.stream, "close", broken_later),
    "responder.commit": lambda call: setattr(call.responder, "commit", broken),
    "responder.hints": lambda call: setattr(call.responder, "hints", broken),
    "recorder.write": lambda _call: setattr(MemoryRecorder, "write", broken),
    "recorder.seal": lambda _call: setattr(MemoryRecorder, "seal", broken_later),
}
# The call goes on as if nothing had been: these fail only when it is over, or are not worth a call.
_HARMLESS = {"leg.hang_up", "leg.quality", "stream.close", "recorder.seal"}


@pytest.mark.parametrize("part", BREAKS)
async def test_whichever_part_breaks_the_call_ends_with_its_last_event(part, monkeypatch):
    for name in ("write", "seal"):
        monkeypatch.setattr(MemoryRecorder, name, getattr(MemoryRecorder, name))  # put back what is broken below
    call = MemoryCall()
    BREAKS[part](call)
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(call.session.run())
        for _ in range(5):
            await asyncio.sleep(0)
        await call.until_open()
        await call.ask("opening hours")
        await call.leg.listen(1200)
        call.leg.leave()
        ended = await running

    assert ending(call).reason is (Reason.CALLER_HUNG_UP if part in _HARMLESS else Reason.INTERNAL)
    assert ending(call).detail == ("" if part in _HARMLESS else "Broken")
    assert ended.reason is ending(call).reason
    assert isinstance(call.journal.events[-2], LegEnded)
    if part != "leg.hang_up":
        assert len(call.leg.ended) == 1
    if part not in ("workers.open", "stream.close"):
        assert call.stream.closed
        assert noted(call, WorkerLeased)


async def test_a_journal_that_cannot_be_flushed_does_not_hold_up_the_end():
    call = MemoryCall()
    call.journal.reachable = False
    async with call.answered():
        call.leg.leave()

    assert ending(call).reason is Reason.CALLER_HUNG_UP


# -- the worker goes away --------------------


async def test_a_lost_worker_is_apologised_for_from_what_was_rendered_ahead():
    call = MemoryCall()
    async with call.answered():
        await call.until_open()
        await call.ask("opening hours")
        await call.leg.listen(200)
        call.stream.die()
        await call.leg.listen(1500)

    assert ending(call).reason is Reason.WORKER_LOST
    assert [event.played for event in noted(call, AgentSaid)][-2:] == ["eight to", "sorry something broke"]
    assert len(noted(call, WorkerWasLost)) == 1
    assert call.termination is not None


async def test_a_worker_that_dies_while_the_agent_is_being_cut_off_takes_no_record_with_it():
    call = MemoryCall()
    async with call.answered():
        await call.until_open()
        await call.ask("opening hours")
        await call.leg.listen(200)
        call.stream.view = CALLER_WANTS_IN
        await call.leg.listen(400)
        call.stream.hear("goodbye")
        call.stream.cancel = call.stream.speak = _lost  # type: ignore[method-assign,assignment]
        await call.leg.listen(2000)

    said = [event.played for event in noted(call, AgentSaid)]
    assert [event.text for event in noted(call, CallerSaid)] == ["opening hours", "goodbye"]
    assert said[-3:] == ["eight to", "", "sorry something broke"]
    assert ending(call).reason is Reason.WORKER_LOST


async def _lost(*_given: object) -> None:
    raise WorkerLost


async def test_a_worker_that_dies_when_a_result_is_to_be_spoken_leaves_the_books_closed():
    call = MemoryCall()
    async with call.answered():
        await call.until_open()
        await call.ask("where is my order")
        call.stream.speak = _lost  # type: ignore[method-assign,assignment]
        call.agent.report(Commentary(text="it comes tomorrow"), WorkDone(outcome="ok"))
        await call.leg.listen(2000)

    assert len(noted(call, DelegationEnded)) == 1
    assert ending(call).reason is Reason.WORKER_LOST


async def test_a_worker_that_stays_connected_but_never_answers_is_given_up():
    stream = MemoryStream()
    call = MemoryCall(workers=MemoryWorkers(stream))
    async with call.answered():
        await call.until_open()
        stream.mute = True
        await call.leg.listen(8000)

    assert ending(call).reason is Reason.WORKER_LOST
    assert noted(call, WorkerWasLost)[0].detail.endswith("has not answered for 5000 ms")


async def test_with_nothing_left_to_speak_with_the_call_ends_rather_than_falls_silent():
    profile = sample_profile()
    prompts = rendered_prompts(profile)
    del prompts[profile.apology]
    call = MemoryCall(profile=profile, prompts=prompts)
    async with call.answered():
        await call.leg.listen(400)
        call.stream.die()
        await call.leg.listen(100)

    assert ending(call).reason is Reason.WORKER_LOST


# -- redaction --------------------


async def test_T_GD_2_what_a_call_keeps_of_words_is_redacted_unless_the_profile_asks_for_more():
    noting = Reply(say="I have noted 4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1")
    call = MemoryCall(replies={"my card is 4111 1111 1111 1111": noting})
    async with call.answered():
        await call.until_open()
        await call.ask("my card is 4111 1111 1111 1111")
        await call.leg.listen(9000)
        call.leg.leave()

    assert [event.text for event in noted(call, CallerSaid)] == ["my card is [CARD]"]
    assert [event.redactions for event in noted(call, CallerSaid)] == [{"card": 1}]
    assert "I have noted [CARD]" in [event.planned for event in noted(call, AgentSaid)]
    assert "4 1 1 1" not in " ".join(event.played for event in noted(call, AgentSaid))
