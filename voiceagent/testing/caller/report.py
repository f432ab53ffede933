"""What a caller process reports: JSON lines while the call runs, a file at its end."""

from typing import Final

import msgspec

from voiceagent.core.errors import BadInput
from voiceagent.testing.caller.runner import SpokenLine


class Dialled(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="dialled"):
    """The INVITE is out; `sip_call_id` is its Call-ID."""

    sip_call_id: str


class Saying(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="saying"):
    """The caller begins a line; `at_ms` from the first frame."""

    text: str
    role: str
    at_ms: int


class CallerReport(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="report"):
    """How the call went from the caller's side. Sample times count from the first frame of `recording`."""

    uri: str
    sip_call_id: str
    answered: bool
    code: int  # of the final answer or the far end's BYE; 0 when this side hung up
    reason: str
    codec: str
    ended_by: str  # caller | agent
    script: str
    failure: str  # the step that waited in vain, "" when the script went through
    frames: int
    lines: tuple[SpokenLine, ...]
    recording: str  # path of the stereo WAV: left = said, right = heard
    mishaps: dict[str, int]


CallerEvent = Dialled | Saying | CallerReport
_DECODER: Final = msgspec.json.Decoder(CallerEvent)


def read_event(line: bytes) -> CallerEvent:
    """One line of a caller process. Raises BadInput."""
    try:
        event: CallerEvent = _DECODER.decode(line)
    except msgspec.MsgspecError as error:
        raise BadInput(f"the caller process wrote a line that is none of its events: {error}") from error
    return event


def write_event(event: CallerEvent) -> bytes:
    """The inverse of `read_event`, without the line's end."""
    return msgspec.json.encode(event)
