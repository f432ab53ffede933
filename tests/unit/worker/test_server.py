"""A served worker and its real client over a real socket."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import httpx
import msgspec
import numpy as np
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve as websocket_server

from voiceagent.conversation.floor_signals import FloorProbabilities
from voiceagent.conversation.profile import RecogniserChoice
from voiceagent.conversation.speech_plan import SpeechPlan
from voiceagent.core.errors import NoCapacity, WorkerLost
from voiceagent.core.ids import UtteranceId
from voiceagent.interaction.contract import MicroTurnIn, SessionContext
from voiceagent.session.ports import FloorSignal, Heard, SpeechReady, StreamEvent
from voiceagent.speech.contract import Hints
from voiceagent.speech.espeak import EspeakVoice
from voiceagent.testing.floors import floor
from voiceagent.testing.scripted_model import ScriptedModel
from voiceagent.testing.scripted_recogniser import ScriptedRecogniser, ScriptedStream
from voiceagent.worker import messages
from voiceagent.worker.client import WorkerStream, open_stream

_SILENCE = np.zeros(1280, dtype=np.int16)
_TOKEN = "the workers' secret"


def turn(level: int = 0) -> MicroTurnIn:
    return MicroTurnIn(caller_pcm=_SILENCE + np.int16(level), agent_pcm=_SILENCE, agent_words=("hi",), more_to_say=True)


def loudness(_number: int, seen: MicroTurnIn) -> FloorProbabilities:
    """A model that repeats what it was given, so that mixing up calls shows."""
    return floor(speak=int(seen.caller_pcm[0]) / 1000, active=float(seen.more_to_say))


def plan(text: str, name: str = "utt_1") -> SpeechPlan:
    return SpeechPlan(utterance_id=UtteranceId(name), text=text)


async def until(stream: WorkerStream, wanted: Callable[[StreamEvent], bool]) -> list[StreamEvent]:
    """The worker's events up to the first wanted one."""
    seen: list[StreamEvent] = []
    async with asyncio.timeout(30):
        async for event in stream.events():
            seen.append(event)
            if wanted(event):
                break
    return seen


def is_last(event: StreamEvent) -> bool:
    return isinstance(event, SpeechReady) and event.last


def is_floor(event: StreamEvent) -> bool:
    return isinstance(event, FloorSignal)


# -- a session --------------------


async def test_a_session_tells_who_serves_it_and_at_which_tick(serve):
    async with serve(ScriptedModel(tick_ms=80)) as worker, worker.session() as stream:
        assert (stream.worker_id, stream.tick_ms, stream.fence) == ("wrk_TEST", 80, 7)


async def test_every_micro_turn_is_answered_with_its_number_and_the_models_view(serve):
    async with serve(ScriptedModel(loudness)) as worker, worker.session() as stream:
        for level in (100, 200, 300):
            await stream.turn(turn(level))
        events = await until(stream, lambda event: is_floor(event) and event.turn == 2)

    assert [(event.turn, event.floor.speak, event.floor.caller_active) for event in events] == [
        (0, 0.1, 1.0),
        (1, 0.2, 1.0),
        (2, 0.3, 1.0),
    ]


async def test_what_is_to_be_spoken_comes_as_sound_with_its_words_and_an_end(serve):
    async with serve(ScriptedModel()) as worker, worker.session() as stream:
        await stream.speak(plan("good morning"))
        *chunks, last = await until(stream, is_last)

    assert [[word.text for word in event.chunk.words] for event in chunks] == [["good"], ["morning"]]
    assert [event.chunk.words[0].start_ms for event in chunks] == [0, 200]
    assert sum(len(event.chunk.pcm) for event in chunks) == 6400
    assert (last.utterance_id, len(last.chunk.pcm), last.last) == ("utt_1", 0, True)


async def test_a_real_voice_speaks_over_the_wire(serve):
    async with serve(ScriptedModel(), make_voice=EspeakVoice) as worker, worker.session() as stream:
        await stream.speak(plan("Good morning. How are you?"))
        events = await until(stream, is_last)
    words = [word.text for event in events for word in event.chunk.words]
    sound = np.concatenate([event.chunk.pcm for event in events])

    assert words == ["Good", "morning.", "How", "are", "you?"]
    assert len(sound) > 16_000
    assert np.abs(sound).max() > 3000


async def test_utterances_come_one_after_the_other(serve):
    async with serve(ScriptedModel()) as worker, worker.session() as stream:
        await stream.speak(plan("a b c", "utt_1"))
        await stream.speak(plan("d e", "utt_2"))
        events = await until(stream, lambda event: is_last(event) and event.utterance_id == "utt_2")

    assert [event.utterance_id for event in events] == ["utt_1"] * 4 + ["utt_2"] * 3


async def test_a_cancelled_utterance_stops_and_the_next_is_spoken(serve):
    async with serve(ScriptedModel()) as worker, worker.session() as stream:
        await stream.speak(plan("word " * 5000, "utt_1"))
        await until(stream, lambda event: isinstance(event, SpeechReady))
        await stream.cancel(UtteranceId("utt_1"))
        await stream.speak(plan("next", "utt_2"))
        events = await until(stream, lambda event: is_last(event) and event.utterance_id == "utt_2")

    assert sum(event.utterance_id == "utt_1" for event in events) < 4000
    assert [event.utterance_id for event in events][-2:] == ["utt_2", "utt_2"]


async def test_an_utterance_that_was_cancelled_before_its_turn_makes_no_sound(serve):
    async with serve(ScriptedModel()) as worker, worker.session() as stream:
        await stream.speak(plan("word " * 50, "utt_1"))
        await stream.speak(plan("never heard", "utt_2"))
        await stream.cancel(UtteranceId("utt_2"))
        await stream.speak(plan("heard", "utt_3"))
        events = await until(stream, lambda event: is_last(event) and event.utterance_id == "utt_3")

    assert [len(event.chunk.pcm) for event in events if event.utterance_id == "utt_2"] in ([], [0])


async def test_cancelling_what_was_never_asked_for_does_no_harm(serve):
    async with serve(ScriptedModel()) as worker, worker.session() as stream:
        await stream.cancel(UtteranceId("utt_1"))
        await stream.speak(plan("heard", "utt_1"))

        assert len(await until(stream, is_last)) == 2


async def test_words_are_heard_while_the_model_hears_speech(serve):
    recogniser = ScriptedRecogniser(["where is my order"])
    async with serve(ScriptedModel(loudness), recogniser) as worker, worker.session() as stream:
        for _ in range(5):
            await stream.turn(turn())
        await stream.finish_hearing()
        *_, heard = await until(stream, lambda event: isinstance(event, Heard))

    assert isinstance(heard, Heard)
    assert (heard.recognised.text, heard.recognised.final, heard.recognised.understood) == (
        "where is my order",
        True,
        True,
    )
    assert (heard.recognised.start_ms, heard.recognised.end_ms) == (0, 400)


async def test_who_asks_for_words_where_none_were_said_is_told_so(serve):
    async with serve(ScriptedModel()) as worker, worker.session() as stream:
        await stream.finish_hearing()
        (heard,) = await until(stream, lambda event: isinstance(event, Heard))

    assert (heard.recognised.text, heard.recognised.final, heard.recognised.understood) == ("", True, False)


async def test_the_grammar_follows_the_talk(serve):
    recogniser = ScriptedRecogniser()
    async with serve(ScriptedModel(), recogniser) as worker, worker.session() as stream:
        await stream.set_hints(Hints(name="talk"))
        await stream.finish_hearing()
        await until(stream, lambda event: isinstance(event, Heard))

    assert recogniser.streams[0].hints == ["consent", "talk"]
    assert recogniser.streams[0].closed


class AttentiveRecogniser(ScriptedRecogniser):
    """Notes who is asked to listen."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[RecogniserChoice] = []

    def open(self, hints: Hints) -> ScriptedStream:
        self.asked.append(hints.recogniser)
        return super().open(hints)


async def test_the_worker_is_told_who_shall_listen(serve):
    recogniser = AttentiveRecogniser()
    choice = RecogniserChoice(name="sherpa-onnx", model="models/en", sample_rate_hz=8_000)
    async with serve(ScriptedModel(), recogniser) as worker:
        async with worker.session(hints=Hints(name="consent", recogniser=choice)):
            pass
        async with worker.session():
            pass

    assert recogniser.asked == [choice, RecogniserChoice()]


# -- who is let in --------------------


@pytest.mark.parametrize("token", ["", "wrong", "the workers' secre"])
async def test_a_wrong_token_is_refused(serve, token):
    model = ScriptedModel()
    async with serve(model) as worker:
        with pytest.raises(WorkerLost, match=r"4401.*worker token"):
            await worker.open(token=token)

        assert model.open_slots == 0


async def test_a_worker_without_a_free_slot_says_so_and_serves_on(serve):
    async with serve(ScriptedModel(loudness, slots=1)) as worker, worker.session() as stream:
        with pytest.raises(NoCapacity, match="slots are taken"):
            await worker.open()
        await stream.turn(turn(5))

        assert len(await until(stream, is_floor)) == 1
        assert worker.server.refused == 1


async def test_nobody_listens_where_there_is_no_worker():
    with pytest.raises(WorkerLost, match="does not answer"):
        await open_stream("ws://127.0.0.1:9/v1/sessions", _TOKEN, 1, SessionContext(), Hints())


@pytest.mark.parametrize(
    "how", [{"hints": Hints(name="x", grammar="broken")}, {"voice": "nobody"}], ids=["grammar", "voice"]
)
async def test_a_session_that_cannot_be_made_gives_its_slot_back_and_says_why(serve, how):
    model = ScriptedModel(slots=1)
    async with serve(model) as worker:
        for _ in range(3):
            with pytest.raises(WorkerLost, match=r"broken|nobody"):
                await worker.open(**how)

        async with worker.session():
            assert model.open_slots == 1
        await worker.until_running(0)
        assert model.open_slots == 0


# -- trouble in one session --------------------


async def raw(worker, first: bytes | str | None = None) -> ClientConnection:
    """A connection that can say anything."""
    headers = {"Authorization": f"Bearer {_TOKEN}"}
    connection = await connect(worker.url, additional_headers=headers, proxy=None)
    if first is not None:
        await connection.send(first)
    return connection


async def close_of(connection: ClientConnection) -> tuple[int | None, str | None]:
    """How the worker closed the connection."""
    async with asyncio.timeout(30):
        await connection.wait_closed()
    return connection.close_code, connection.close_reason


_OPEN = messages.encode(messages.Open())


@pytest.mark.parametrize(
    ("first", "why"),
    [
        (b"\xc1garbage", "malformed"),
        ("a text message", "binary"),
        (messages.encode(messages.FinishHearing()), "must be `open`"),
        (messages.encode(messages.Open(version=99)), "version 99"),
    ],
)
async def test_who_does_not_open_properly_is_sent_away(serve, first, why):
    model = ScriptedModel()
    async with serve(model) as worker:
        connection = await raw(worker, first)
        code, reason = await close_of(connection)

        assert code == 4400
        assert why in reason
        assert model.open_slots == 0


_BAD = {
    "garbage": b"\xc1",
    "text": "hello",
    "a second open": _OPEN,
    "half a sample": messages.encode(messages.Turn(number=0, caller=b"123", agent=b"123")),
    "a short micro-turn": messages.encode(messages.Turn(number=0, caller=b"12", agent=b"12")),
    "a broken grammar": messages.encode(messages.SetHints(name="x", grammar="broken")),
    "a message of the other side": messages.encode(messages.Refused(reason="")),
    "an unknown message": msgspec.msgpack.encode({"type": "teleport"}),
}


@pytest.mark.parametrize("bad", _BAD.values(), ids=_BAD)
async def test_a_malformed_message_closes_its_session_and_no_other(serve, bad):
    model = ScriptedModel(loudness)
    async with serve(model) as worker, worker.session() as neighbour:
        connection = await raw(worker, _OPEN)
        await connection.recv(decode=False)
        await connection.send(bad)
        code, reason = await close_of(connection)
        await worker.until_running(1)
        await neighbour.turn(turn(42))
        (signal,) = await until(neighbour, is_floor)

        assert code == 4400
        assert reason
        assert "sub-exception" not in reason
        assert signal.floor.speak == 0.042
        assert model.open_slots == 1


async def test_more_plans_than_anybody_can_speak_close_the_session(serve):
    async with serve(ScriptedModel()) as worker:
        connection = await raw(worker, _OPEN)
        await connection.recv(decode=False)
        for number in range(200):
            await connection.send(messages.encode(messages.Speak(utterance_id=str(number), text="word " * 3000)))

        code, reason = await close_of(connection)

        assert code == 4400
        assert "32 utterances" in reason


async def test_a_model_that_breaks_loses_that_session_and_serves_the_next(serve):
    model = ScriptedModel(loudness)
    async with serve(model) as worker:
        async with worker.session() as stream:
            model.fail = RuntimeError("out of memory")
            await stream.turn(turn())
            with pytest.raises(WorkerLost, match="RuntimeError"):
                await until(stream, lambda _event: False)
        model.fail = None
        async with worker.session() as stream:
            await stream.turn(turn(8))

            assert len(await until(stream, is_floor)) == 1
        await worker.until_running(0)
        assert model.open_slots == 0


# -- ends --------------------


async def test_a_session_that_ends_frees_its_slot_and_its_ears(serve):
    model, recogniser = ScriptedModel(slots=1), ScriptedRecogniser()
    async with serve(model, recogniser) as worker:
        for _ in range(3):
            async with worker.session() as stream:
                await stream.turn(turn())
                await stream.speak(plan("a long story that nobody waits for"))
            await worker.until_running(0)

        assert model.open_slots == 0
        assert [stream.closed for stream in recogniser.streams] == [True] * 3


async def test_a_gateway_that_vanishes_frees_its_slot(serve):
    model = ScriptedModel(slots=1)
    async with serve(model) as worker:
        stream = await worker.open()
        stream._connection.transport.abort()
        await worker.until_running(0)

        assert model.open_slots == 0
        await stream.close()


class SlowRecogniser(ScriptedRecogniser):
    """Its streams listen for as long as `gate` is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.listening = False
        self.freed_while_listening = False

    def open(self, hints: Hints) -> ScriptedStream:
        recogniser = self

        class Slow(ScriptedStream):
            def accept(self, _pcm: np.ndarray) -> None:
                recogniser.listening = True
                recogniser.gate.wait(5)
                recogniser.listening = False

            def close(self) -> None:
                recogniser.freed_while_listening |= recogniser.listening
                super().close()

        self.streams.append(Slow((), hints))
        return self.streams[-1]


async def test_the_view_of_the_model_and_other_voices_do_not_wait_for_words(serve):
    recogniser = SlowRecogniser()
    async with serve(ScriptedModel(loudness), recogniser) as worker, AsyncExitStack() as calls:
        streams = [await calls.enter_async_context(worker.session()) for _ in range(3)]
        for stream in streams:  # more than there are threads for ears
            await stream.turn(turn())
            await stream.turn(turn(5))
        views = [await until(stream, lambda event: is_floor(event) and event.turn == 1) for stream in streams]
        await streams[0].speak(plan("still here"))
        spoken = await until(streams[0], is_last)
        still_listening = recogniser.listening
        recogniser.gate.set()

    assert [len(view) for view in views] == [2, 2, 2]
    assert len(spoken) > 1
    assert still_listening


async def test_ears_are_never_freed_while_they_listen(serve):
    recogniser = SlowRecogniser()
    async with serve(ScriptedModel(loudness), recogniser) as worker:
        stream = await worker.open()
        await stream.turn(turn())
        await until(stream, is_floor)
        stream._connection.transport.abort()
        await asyncio.sleep(0.1)  # long enough for a worker that does not wait to free them
        assert not recogniser.streams[0].closed
        recogniser.gate.set()
        await worker.until_running(0)
        await stream.close()

    assert recogniser.streams[0].closed
    assert not recogniser.freed_while_listening


async def test_a_worker_that_is_killed_is_lost_to_all_its_callers(serve):
    async with serve(ScriptedModel()) as worker:
        streams = [await worker.open() for _ in range(3)]
        worker.kill()
        for stream in streams:
            with pytest.raises(WorkerLost, match="wrk_TEST"):
                await until(stream, lambda _event: False)
            with pytest.raises(WorkerLost, match="broke"):
                await stream.turn(turn())
            await stream.close()


async def test_a_worker_that_shuts_down_is_lost_too(serve):
    async with serve(ScriptedModel()) as worker:
        stream = await worker.open()

    with pytest.raises(WorkerLost):
        await until(stream, lambda _event: False)
    await stream.close()


async def speak_to(handler: Callable[[ServerConnection], Awaitable[None]]) -> WorkerStream:
    """Open a session on something that is no worker of ours."""
    async with websocket_server(handler, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        stream = await open_stream(f"ws://127.0.0.1:{port}/", _TOKEN, 1, SessionContext(), Hints())
        try:
            await until(stream, lambda _event: False)
        finally:
            await stream.close()
    return stream


async def test_a_worker_that_talks_nonsense_is_lost_rather_than_misunderstood():
    async def nonsense(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send(messages.encode(messages.Opened(worker_id="wrk_ODD", tick_ms=80)))
        await connection.send(b"\xc1")

    with pytest.raises(WorkerLost, match="wrk_ODD talks nonsense"):
        await speak_to(nonsense)


async def test_a_worker_that_opens_with_nonsense_is_lost():
    async def nonsense(connection: ServerConnection) -> None:
        await connection.send(b"\xc1")

    with pytest.raises(WorkerLost, match="refused the session"):
        await speak_to(nonsense)


async def test_a_worker_that_never_opens_is_not_waited_for(monkeypatch):
    monkeypatch.setattr("voiceagent.worker.client._CONNECT_S", 0.1)

    async def silent(connection: ServerConnection) -> None:
        await connection.wait_closed()

    with pytest.raises(WorkerLost, match="did not answer"):
        await speak_to(silent)


# -- many at once --------------------


async def test_twenty_sessions_at_once_get_what_is_theirs(serve):
    model = ScriptedModel(loudness, slots=20)

    async def call(worker, number: int) -> list[float]:
        async with worker.session() as stream:
            for repeat in range(10):
                await stream.turn(turn(number * 10 + repeat))
            await stream.speak(plan(f"number {number}"))
            events = await until(stream, lambda event: is_floor(event) and event.turn == 9)
            return [round(event.floor.speak * 1000) for event in events if isinstance(event, FloorSignal)]

    async with serve(model) as worker:
        async with asyncio.TaskGroup() as tasks:
            calls = [tasks.create_task(call(worker, number)) for number in range(20)]
        await worker.until_running(0)

        assert [task.result() for task in calls] == [
            [number * 10 + repeat for repeat in range(10)] for number in range(20)
        ]
        assert model.open_slots == 0
        assert worker.server.dropped_turns == 0


async def test_health_and_metrics_tell_what_runs(serve):
    async with serve(ScriptedModel(slots=3)) as worker, worker.session() as stream:
        await stream.turn(turn())
        await until(stream, is_floor)
        no_tls = {"trust_env": False, "verify": False}  # loading certificates takes longer than the test
        async with httpx.AsyncClient(base_url=worker.http_url, **no_tls) as client:
            health = (await client.get("/healthz")).json()
            metrics = dict(line.rsplit(" ", 1) for line in (await client.get("/metrics")).text.splitlines())

    assert health == {"worker_id": "wrk_TEST", "slots": 3, "running": 1}
    assert metrics["voiceagent_worker_running_sessions"] == "1"
    assert metrics["voiceagent_worker_micro_turns_total"] == "1"
    assert metrics["voiceagent_worker_failed_turns_total"] == "0"
