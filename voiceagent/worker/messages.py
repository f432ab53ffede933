"""The wire between a gateway and a worker: msgpack-coded tagged structs, one WebSocket message each.

Fields are only ever added, with defaults; tags are never reused. Audio is little-endian 16-bit PCM at 16 kHz.
"""

import msgspec

from voiceagent.core.errors import BadInput

WIRE_VERSION = 1


class Open(msgspec.Struct, tag="open", kw_only=True):
    """First message of a gateway."""

    version: int = WIRE_VERSION
    language: str = "en"
    voice: str = "en-us"
    words_per_minute: int = 165
    pitch: int = 50
    hints_name: str = ""
    hints_grammar: str = ""
    recogniser: str = ""
    recogniser_model: str = ""
    recogniser_sample_rate_hz: int = 16_000


class Turn(msgspec.Struct, tag="turn", kw_only=True):
    """A micro-turn: `caller` and `agent` (as played) hold tick_ms of audio each."""

    number: int
    caller: bytes
    agent: bytes
    words: tuple[str, ...] = ()
    more_to_say: bool = False


class Speak(msgspec.Struct, tag="speak", kw_only=True):
    utterance_id: str
    text: str


class Cancel(msgspec.Struct, tag="cancel", kw_only=True):
    utterance_id: str


class FinishHearing(msgspec.Struct, tag="finish_hearing", kw_only=True):
    pass


class SetHints(msgspec.Struct, tag="set_hints", kw_only=True):
    name: str
    grammar: str


class Opened(msgspec.Struct, tag="opened", kw_only=True):
    """First message of a worker."""

    worker_id: str
    tick_ms: int


class Refused(msgspec.Struct, tag="refused", kw_only=True):
    """Instead of Opened. The connection is then closed."""

    reason: str


class Floor(msgspec.Struct, tag="floor", kw_only=True):
    """The model's view after micro-turn `number`."""

    number: int
    listen: float
    speak: float
    backchannel: float
    yield_: float
    caller_active: float


class Words(msgspec.Struct, tag="words", kw_only=True):
    text: str
    final: bool
    understood: bool
    confidence: float
    start_ms: int
    end_ms: int


class Speech(msgspec.Struct, tag="speech", kw_only=True):
    """Audio of an utterance in order. `words`: (text, start ms, end ms) from the utterance's start."""

    utterance_id: str
    pcm: bytes
    words: tuple[tuple[str, int, int], ...] = ()
    last: bool = False


FromGateway = Open | Turn | Speak | Cancel | FinishHearing | SetHints
FromWorker = Opened | Refused | Floor | Words | Speech

_encoder = msgspec.msgpack.Encoder()
_from_gateway: msgspec.msgpack.Decoder[FromGateway] = msgspec.msgpack.Decoder(FromGateway)
_from_worker: msgspec.msgpack.Decoder[FromWorker] = msgspec.msgpack.Decoder(FromWorker)


def encode(message: FromGateway | FromWorker) -> bytes:
    return _encoder.encode(message)


def from_gateway(data: bytes) -> FromGateway:
    """Decode what a gateway sent. Raises BadInput."""
    try:
        return _from_gateway.decode(data)
    except msgspec.MsgspecError as error:
        raise BadInput(f"message from gateway is malformed: {error}") from error


def from_worker(data: bytes) -> FromWorker:
    """Decode what a worker sent. Raises BadInput."""
    try:
        return _from_worker.decode(data)
    except msgspec.MsgspecError as error:
        raise BadInput(f"message from worker is malformed: {error}") from error
