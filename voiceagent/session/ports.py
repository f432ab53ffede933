"""What a call session needs from the rest of the house. Concrete parts meet these shapes in `apps` only."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from voiceagent.conversation.delegation import DelegationPackage, DelegationUpdate
from voiceagent.conversation.floor_signals import FloorProbabilities
from voiceagent.conversation.reply import Responder
from voiceagent.conversation.secure_capture import Secret
from voiceagent.conversation.speech_plan import SpeechPlan
from voiceagent.core.ids import DelegationId, LegId, UtteranceId
from voiceagent.core.termination import Termination
from voiceagent.interaction.contract import MicroTurnIn, SessionContext
from voiceagent.speech.contract import Hints, Recognised, SpeechChunk
from voiceagent.telephony.events import CallEvent, OptedOut

__all__ = [
    "BackgroundAgent",
    "DialProgress",
    "DialledLeg",
    "DigitPressed",
    "FloorSignal",
    "Heard",
    "HungUp",
    "InteractionStream",
    "InteractionWorkers",
    "Journal",
    "Leg",
    "LegEvent",
    "LegQuality",
    "MediaExchange",
    "OptOuts",
    "Recorder",
    "Responder",
    "SpeechReady",
    "StreamEvent",
    "TransferMoved",
]


class MediaExchange(Protocol):
    """The media side of a session: a gateway's media thread calls it once per 20 ms and direction. Never blocks."""

    def pull(self) -> bytes:
        """The next 640 bytes to send to the caller."""
        ...

    def push(self, frame: bytes) -> None:
        """640 bytes heard from the caller (silence when nothing came)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitPressed:
    digit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferMoved:
    """What the far end's own call to the target has come to: a SIP status, 2xx when the target has answered."""

    sip_code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HungUp:
    """The far end left, or the leg failed."""

    termination: Termination
    refused_with: int = 0  # SIP status with which the leg had to be refused when it was to be answered; 0 when not


LegEvent = DigitPressed | TransferMoved | HungUp


@dataclass(frozen=True, slots=True, kw_only=True)
class LegQuality:
    packets_received: int = 0
    packets_lost: int = 0
    jitter_ms: float = 0.0


@dataclass(slots=True, kw_only=True)
class DialProgress:
    """Who wants to know how far a call of ours is; both are called on the asyncio thread."""

    on_dialled: Callable[[str], None] = lambda _: None  # the Call-ID of our INVITE
    on_ringing: Callable[[], None] = lambda: None


class Leg(Protocol):
    """One party's signalling and media, whatever the transport. Used from the asyncio thread."""

    leg_id: LegId
    transport: str  # sip | webrtc
    transferable: bool  # whether `transfer` can be asked for

    async def answer(self, media: MediaExchange) -> str:
        """Accept the call and connect media, or place it and wait until they have; the codec's name.

        Raises BadInput without common media, Conflict for a leg that ended.
        """
        ...

    async def hang_up(self, termination: Termination) -> None:
        """End the leg; harmless when it has ended."""
        ...

    async def transfer(self, target: str, reference: str) -> None:
        """Ask the far end to call `target` (a SIP URI) and give it `reference`; TransferMoved tells what becomes of it.

        The leg stays up until it is hung up. Raises Conflict when the leg has ended or cannot be transferred.
        """
        ...

    def events(self) -> AsyncIterator[LegEvent]:
        """What the far end does; ends after HungUp."""
        ...

    async def quality(self) -> LegQuality:
        """Counters of the media path; zeros when the transport cannot tell."""
        ...


class DialledLeg(Leg, Protocol):
    """The leg of a call that we place: to answer it is to dial and wait for their answer."""

    progress: DialProgress


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorSignal:
    """The model's view after micro-turn number `turn` (0-based)."""

    turn: int
    floor: FloorProbabilities


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    recognised: Recognised


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechReady:
    """Audio of an utterance, in order; `last` ends it."""

    utterance_id: UtteranceId
    chunk: SpeechChunk
    last: bool


StreamEvent = FloorSignal | Heard | SpeechReady


class InteractionStream(Protocol):
    """One call's connection to an interaction worker. Every method raises WorkerLost when the worker is gone."""

    worker_id: str
    tick_ms: int
    fence: int  # fencing token of the lease

    async def turn(self, turn: MicroTurnIn) -> None:
        """Send a micro-turn; the FloorSignal comes through `events`."""
        ...

    async def speak(self, plan: SpeechPlan) -> None:
        """Ask for the audio of an utterance; comes as SpeechReady."""
        ...

    async def cancel(self, utterance_id: UtteranceId) -> None:
        """Its audio is no longer wanted."""
        ...

    async def finish_hearing(self) -> None:
        """The caller's utterance is over (the floor changed): a final Heard follows at once if one was open."""
        ...

    async def set_hints(self, hints: Hints) -> None: ...

    def events(self) -> AsyncIterator[StreamEvent]:
        """Everything the worker says; raises WorkerLost when the connection breaks."""
        ...

    async def close(self) -> None: ...


class InteractionWorkers(Protocol):
    """Leases slots on workers."""

    async def open(self, context: SessionContext, hints: Hints) -> InteractionStream:
        """Lease a slot and connect. Raises NoCapacity or WorkerLost."""
        ...


class Journal(Protocol):
    """The call's log. `append` never waits for a store: it hands the event to a bounded spool."""

    def append(self, event: CallEvent) -> None: ...

    async def flush(self, timeout_s: float) -> bool:
        """Wait until everything is acknowledged (in Redis or in the spool file); False on timeout."""
        ...


class BackgroundAgent(Protocol):
    """Runs delegations elsewhere."""

    def run(self, package: DelegationPackage) -> AsyncIterator[DelegationUpdate]:
        """Stream updates until WorkDone. Raises UpstreamUnavailable when the agent cannot be reached."""
        ...

    async def hand_over(self, delegation_id: DelegationId, captured: Mapping[str, Secret]) -> None:
        """What was captured for the delegation that is run next, by slot. Kept in memory, for it alone.

        Raises UpstreamUnavailable.
        """
        ...

    async def stop(self, delegation_id: DelegationId) -> None:
        """Nobody waits for it any more: its reads may be cut off, its changes never; `run` tells what ran, and ends.

        Harmless for what has ended. Raises UpstreamUnavailable.
        """
        ...


class OptOuts(Protocol):
    """The do-not-call list as a call in progress needs it."""

    async def enter(self, opted_out: OptedOut) -> None:
        """Committed once this returns; harmless when it was entered before. Raises Unavailable."""
        ...


class Recorder(Protocol):
    """Writes the stereo recording: caller left, agent right, one sample clock."""

    def write(self, caller: bytes, agent: bytes) -> None:
        """One 20 ms frame of each; only buffers."""
        ...

    def silence(self, start_ms: int, end_ms: int) -> CallEvent | None:
        """Let both sides be silent between these times of the call (RecordingSilenced), also of what was written.

        None when nothing of that is in this recording.
        """
        ...

    async def seal(self) -> CallEvent | None:
        """Finish the file and describe it (RecordingSealed); None when nothing was written."""
        ...

    async def discard(self) -> CallEvent:
        """Remove everything that was written (RecordingDiscarded); nothing may be written afterwards."""
        ...
