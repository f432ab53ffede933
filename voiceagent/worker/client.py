"""The gateway's end of a worker session: implements `session.ports.InteractionStream` over one WebSocket."""

import asyncio
from collections.abc import AsyncIterator

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from voiceagent.audio.frame import from_bytes, to_bytes
from voiceagent.audio.words import WordTiming
from voiceagent.conversation.floor_signals import FloorProbabilities
from voiceagent.conversation.hearing import Hints, Recognised
from voiceagent.conversation.speech_plan import SpeechPlan
from voiceagent.core.errors import BadInput, NoCapacity, WorkerLost
from voiceagent.core.ids import UtteranceId
from voiceagent.interaction.contract import MicroTurnIn, SessionContext
from voiceagent.session.ports import FloorSignal, Heard, SpeechReady, StreamEvent
from voiceagent.speech.contract import SpeechChunk
from voiceagent.worker import messages

_MAX_MESSAGE_BYTES = 4 * 1024 * 1024
_CONNECT_S = 3.0
_CLOSE_S = 2.0


class WorkerStream:
    """One call on one worker."""

    def __init__(self, connection: ClientConnection, worker_id: str, tick_ms: int, fence: int) -> None:
        self._connection = connection
        self._turns = 0
        self.worker_id = worker_id
        self.tick_ms = tick_ms
        self.fence = fence

    async def turn(self, turn: MicroTurnIn) -> None:
        message = messages.Turn(
            number=self._turns,
            caller=to_bytes(turn.caller_pcm),
            agent=to_bytes(turn.agent_pcm),
            words=turn.agent_words,
            more_to_say=turn.more_to_say,
        )
        self._turns += 1
        await self._send(message)

    async def speak(self, plan: SpeechPlan) -> None:
        await self._send(messages.Speak(utterance_id=plan.utterance_id, text=plan.text))

    async def cancel(self, utterance_id: UtteranceId) -> None:
        await self._send(messages.Cancel(utterance_id=utterance_id))

    async def finish_hearing(self) -> None:
        await self._send(messages.FinishHearing())

    async def set_hints(self, hints: Hints) -> None:
        await self._send(messages.SetHints(name=hints.name, grammar=hints.grammar))

    async def events(self) -> AsyncIterator[StreamEvent]:
        """Everything the worker says. Raises WorkerLost when the connection breaks."""
        try:
            async for data in self._connection:
                yield _event(messages.from_worker(bytes(data, "utf-8") if isinstance(data, str) else data))
        except ConnectionClosed as error:
            raise WorkerLost(f"connection to {self.worker_id} broke: {error}") from error
        except BadInput as error:
            raise WorkerLost(f"{self.worker_id} talks nonsense, is it of another version? {error}") from error
        raise WorkerLost(f"{self.worker_id} closed the session: {self._connection.close_reason or 'no reason'}")

    async def ended(self) -> None:
        """Returns when the connection is closed, by whomever."""
        await self._connection.wait_closed()

    async def close(self) -> None:
        await self._connection.close()

    async def _send(self, message: messages.FromGateway) -> None:
        try:
            await self._connection.send(messages.encode(message))
        except ConnectionClosed as error:
            raise WorkerLost(f"connection to {self.worker_id} broke: {error}") from error


async def open_stream(url: str, token: str, fence: int, context: SessionContext, hints: Hints) -> WorkerStream:
    """Connect to a worker at `ws://…/v1/sessions`. Raises WorkerLost or NoCapacity."""
    try:
        connection = await connect(
            url,
            additional_headers={"Authorization": f"Bearer {token}"},
            max_size=_MAX_MESSAGE_BYTES,
            open_timeout=_CONNECT_S,
            ping_interval=5,
            ping_timeout=5,
            close_timeout=_CLOSE_S,
            compression=None,
            proxy=None,  # a worker is a neighbour; callers' sound never goes through a proxy of the environment
        )
    except (OSError, InvalidHandshake, TimeoutError) as error:
        raise WorkerLost(f"worker at {url} does not answer: {error}") from error
    opening = messages.Open(
        language=context.language,
        voice=context.voice.name,
        words_per_minute=context.voice.words_per_minute,
        pitch=context.voice.pitch,
        hints_name=hints.name,
        hints_grammar=hints.grammar,
        recogniser=hints.recogniser.name,
        recogniser_model=hints.recogniser.model,
        recogniser_sample_rate_hz=hints.recogniser.sample_rate_hz,
    )
    stream: WorkerStream | None = None
    try:
        answer = await _ask(connection, opening, url)
        if isinstance(answer, messages.Refused):
            raise NoCapacity(answer.reason)
        if not isinstance(answer, messages.Opened):
            raise WorkerLost(f"worker at {url} did not open the session")
        stream = WorkerStream(connection, answer.worker_id, answer.tick_ms, fence)
    finally:
        if stream is None:
            await connection.close()
    return stream


async def _ask(connection: ClientConnection, opening: messages.Open, url: str) -> messages.FromWorker:
    try:
        async with asyncio.timeout(_CONNECT_S):
            await connection.send(messages.encode(opening))
            return messages.from_worker(await connection.recv(decode=False))
    except TimeoutError as error:
        raise WorkerLost(f"worker at {url} did not answer within {_CONNECT_S} s") from error
    except (ConnectionClosed, BadInput) as error:
        raise WorkerLost(f"worker at {url} refused the session: {error}") from error


def _event(message: messages.FromWorker) -> StreamEvent:
    match message:
        case messages.Floor():
            floor = FloorProbabilities(
                listen=message.listen,
                speak=message.speak,
                backchannel=message.backchannel,
                yield_=message.yield_,
                caller_active=message.caller_active,
            )
            return FloorSignal(turn=message.number, floor=floor)
        case messages.Words():
            return Heard(
                recognised=Recognised(
                    text=message.text,
                    final=message.final,
                    understood=message.understood,
                    confidence=message.confidence,
                    start_ms=message.start_ms,
                    end_ms=message.end_ms,
                )
            )
        case messages.Speech():
            words = tuple(WordTiming(text=text, start_ms=start, end_ms=end) for text, start, end in message.words)
            return SpeechReady(
                utterance_id=UtteranceId(message.utterance_id),
                chunk=SpeechChunk(pcm=from_bytes(message.pcm), words=words),
                last=message.last,
            )
        case messages.Opened() | messages.Refused():
            raise WorkerLost("the worker opened a session that was already open")
