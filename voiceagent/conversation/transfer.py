"""Handing a caller over to a person: one attempt after the other, each with exactly one end. Pure.

    idle --announced--> announcing --heard--> referred --answered--> transferred
                        announcing --cut----> idle      (the caller spoke: nothing was asked for)
                                              referred --refused--> taken_back
                                              referred --late-----> given_up --refused--> taken_back
                                                                    given_up --answered--> transferred
                        announcing, referred, given_up --over--> ended

From `taken_back` a new attempt may begin; from `given_up` none, since a status names no attempt: what the old call came
to would be taken for the new one. `transferred` and `ended` are final.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

LATE: Final = 408  # Request Timeout, RFC 3261 21.4.9: told when nobody told us anything
_OK, _FAILED = 200, 300


class TransferState(StrEnum):
    IDLE = "idle"
    ANNOUNCING = "announcing"  # the caller is being told
    REFERRED = "referred"  # their phone calls the target
    TRANSFERRED = "transferred"
    GIVEN_UP = "given_up"  # nobody told us anything for too long: the caller talks to us, their phone may still call
    TAKEN_BACK = "taken_back"
    ENDED = "ended"  # the call ended first


class Signal(StrEnum):
    ANNOUNCED = "announced"
    HEARD = "heard"
    CUT = "cut"
    ANSWERED = "answered"
    REFUSED = "refused"
    LATE = "late"
    OVER = "over"


_S, _G = TransferState, Signal
NEXT: Final[Mapping[tuple[TransferState, Signal], TransferState]] = {
    (_S.IDLE, _G.ANNOUNCED): _S.ANNOUNCING,
    (_S.TAKEN_BACK, _G.ANNOUNCED): _S.ANNOUNCING,
    (_S.ANNOUNCING, _G.HEARD): _S.REFERRED,
    (_S.ANNOUNCING, _G.CUT): _S.IDLE,
    (_S.ANNOUNCING, _G.OVER): _S.ENDED,
    (_S.REFERRED, _G.ANSWERED): _S.TRANSFERRED,
    (_S.REFERRED, _G.REFUSED): _S.TAKEN_BACK,
    (_S.REFERRED, _G.LATE): _S.GIVEN_UP,
    (_S.REFERRED, _G.OVER): _S.ENDED,
    (_S.GIVEN_UP, _G.ANSWERED): _S.TRANSFERRED,
    (_S.GIVEN_UP, _G.REFUSED): _S.TAKEN_BACK,
    (_S.GIVEN_UP, _G.OVER): _S.ENDED,
}


class Transfer:
    """One call's transfers. What does not fit the state is late and changes nothing."""

    def __init__(self, timeout_s: float) -> None:
        self.state = TransferState.IDLE
        self._timeout_ms = timeout_s * 1000
        self._since_ms = 0

    @property
    def away(self) -> bool:
        """The caller's phone is calling somebody else: nobody listens to us."""
        return self.state is TransferState.REFERRED

    @property
    def pending(self) -> bool:
        """Their phone was asked to call, and has not told what became of it."""
        return self.state in {TransferState.REFERRED, TransferState.GIVEN_UP}

    def take(self, signal: Signal, now_ms: int) -> bool:
        """Whether the signal moved the transfer on."""
        following = NEXT.get((self.state, signal))
        if following is None:
            return False
        self.state, self._since_ms = following, now_ms
        return True

    def progressed(self, sip_code: int, now_ms: int) -> bool:
        """A status of the target's phone, as a NOTIFY tells it (RFC 3515 2.4.5); whether it ended the attempt."""
        if sip_code < _OK:
            return False
        return self.take(Signal.ANSWERED if sip_code < _FAILED else Signal.REFUSED, now_ms)

    def late(self, now_ms: int) -> bool:
        """Nobody has answered for too long; whether that ended the attempt."""
        return self.away and now_ms - self._since_ms >= self._timeout_ms and self.take(Signal.LATE, now_ms)
