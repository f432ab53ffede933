"""All calls of the process, by name. SIP thread only; nothing here hands a call object to anybody else."""

from typing import Any, Final

import pjsua2 as pj

from voiceagent.core.clock import Clock
from voiceagent.core.errors import BadInput, Conflict, Unavailable
from voiceagent.core.termination import Reason, Termination
from voiceagent.gateways.sip.call import Emit, LineCall
from voiceagent.gateways.sip.line_event import LineId
from voiceagent.gateways.sip.media_port import PortPool
from voiceagent.gateways.sip.mishaps import Mishaps, describe
from voiceagent.gateways.sip.operation import Headers, call_operation
from voiceagent.gateways.sip.options import SipOptions
from voiceagent.session.ports import LegQuality, MediaExchange

# Codecs were agreed on when the INVITE came: what can fail at the answer is the way to the caller's media address.
_NOT_ACCEPTABLE: Final = 170_488  # PJSIP_ERRNO_FROM_SIP_STATUS(488)
_NOT_SENT: Final = "the INVITE could not be sent: is the trunk's `outbound.address` one that this machine can reach?"
_NO_SUCH_ADDRESS: Final = (
    "the caller's media address (`c=` in its SDP) is IPv6 or a name that does not resolve: "
    "have the carrier send an IPv4 address"
)


class Lines:
    """The one owner of call objects."""

    def __init__(self, *, options: SipOptions, clock: Clock, mishaps: Mishaps, ports: PortPool, emit: Emit) -> None:
        self.options = options
        self.clock = clock
        self.mishaps = mishaps
        self.ports = ports
        self.emit = emit
        self._calls: dict[LineId, LineCall] = {}

    def __len__(self) -> int:
        return len(self._calls)

    def receive(self, account: Any, slot: int) -> LineCall:
        """Take charge of a call that came in. The caller must not keep the object beyond the library's callback."""
        call = LineCall(account, self, slot)
        self._calls[call.line_id] = call
        return call

    def dial(self, account: Any, uri: str, exchange: MediaExchange, *, shown: str = "") -> LineId:
        """Send an INVITE; `shown` is the URI of its From, the account's when empty.

        Raises the library's error when it cannot be sent, Unavailable when it failed at once.
        """
        call = LineCall(account, self)
        call.connect(exchange)
        operation = call_operation()
        operation.txOption.localUri = shown
        call.makeCall(uri, operation)
        if call.ended:  # its object must not outlive it, and nobody is told of the end of a call that had no name
            raise Unavailable(_NOT_SENT)
        line_id = call.name_line()
        self._calls[line_id] = call
        return line_id

    def answer(self, line_id: LineId, exchange: MediaExchange) -> None:
        """Send 200 OK and connect media when it runs.

        Raises Conflict when the call is gone or was answered, BadInput when the library had to refuse it instead.
        """
        call = self._calls.get(line_id)
        if call is None:
            raise Conflict("the leg has already ended")
        call.connect(exchange)
        try:
            call.accept()
        except pj.Error as error:
            if error.status != _NOT_ACCEPTABLE:
                raise
            raise BadInput(_NO_SUCH_ADDRESS) from None

    def refuse(self, line_id: LineId, sip_code: int, headers: Headers) -> None:
        """Answer an INVITE with a final no; nothing when its caller has cancelled meanwhile."""
        call = self._calls.get(line_id)
        if call is not None:
            call.refuse(sip_code, "", headers)

    def end(self, line_id: LineId, termination: Termination) -> None:
        """Hang up or refuse; nothing when the call is gone."""
        call = self._calls.get(line_id)
        if call is not None:
            call.end(termination)

    def hold(self, line_id: LineId, *, on: bool) -> None:
        """Put the far end on hold or take it back. Raises Conflict when the call is gone."""
        call = self._calls.get(line_id)
        if call is None:
            raise Conflict("the leg has already ended")
        call.hold(on=on)

    def transfer(self, line_id: LineId, target: str, headers: Headers) -> None:
        """Ask the far end to call `target`. Raises Conflict when the call is gone."""
        call = self._calls.get(line_id)
        if call is None:
            raise Conflict("the leg has already ended")
        call.transfer(target, headers)

    def send_digits(self, line_id: LineId, digits: str) -> None:
        """Send RFC 4733 events. Raises Conflict when the call is gone."""
        call = self._calls.get(line_id)
        if call is None:
            raise Conflict("the leg has already ended")
        call.dialDtmf(digits)

    def quality(self, line_id: LineId) -> LegQuality | None:
        """Media counters; None when the call is gone."""
        call = self._calls.get(line_id)
        return call.quality() if call is not None else None

    def forget(self, line_id: LineId) -> None:
        """Called by a call that has ended: drops the last reference to it."""
        self._calls.pop(line_id, None)

    def poll(self) -> None:
        """Once a second: media counters of every call."""
        for call in list(self._calls.values()):
            try:
                call.poll()
            except Exception as error:
                self.mishaps.add("poll", describe(error))

    def end_all(self, reason: Reason) -> None:
        """Hang up whatever is left."""
        for call in list(self._calls.values()):
            try:
                call.end(Termination.because(reason))
            except Exception as error:
                self.mishaps.add("end_all", describe(error))

    def clear(self) -> None:
        """Drop call objects that never disconnected; only right before the library is destroyed."""
        for call in list(self._calls.values()):
            try:
                call.abandon()
            except Exception as error:
                self.mishaps.add("abandon", describe(error))
        self._calls.clear()
