"""What happens on a line, as plain values that may leave the SIP thread."""

from dataclasses import dataclass

from voiceagent.core.termination import Termination
from voiceagent.session.ports import LegQuality


@dataclass(frozen=True, slots=True, kw_only=True)
class LineId:
    """Names a call without holding it. Slots are reused at once, so the Call-ID belongs to the name."""

    slot: int
    sip_call_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRinging:
    sip_code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LineMedia:
    """Media runs (again): first after the answer, then after each renegotiation. `held`: the far end does not send."""

    codec: str
    held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDigit:
    digit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineEnded:
    """The last event of a line, exactly once."""

    termination: Termination
    sip_code: int
    phrase: str
    answered: bool
    refused: bool  # the library has refused the call when it was to be answered
    quality: LegQuality


@dataclass(frozen=True, slots=True, kw_only=True)
class LineTransfer:
    """The far end tells how its call to the target goes (RFC 3515 NOTIFY), or refuses to make it."""

    sip_code: int


LineEvent = LineRinging | LineMedia | LineDigit | LineTransfer | LineEnded
