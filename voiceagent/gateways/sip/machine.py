"""Everything that lives on the SIP thread: endpoint, accounts, ports and lines."""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

import pjsua2 as pj

from voiceagent.core.clock import Clock
from voiceagent.core.errors import Conflict, Unavailable
from voiceagent.core.termination import Reason
from voiceagent.gateways.sip.call import Emit
from voiceagent.gateways.sip.endpoint import (
    account_config,
    busy_lines,
    close_endpoint,
    library_lines,
    open_endpoint,
    raise_priority,
)
from voiceagent.gateways.sip.frame_view import layout_holds
from voiceagent.gateways.sip.lines import Lines
from voiceagent.gateways.sip.media_port import PortPool
from voiceagent.gateways.sip.mishaps import Mishaps, describe, guarded
from voiceagent.gateways.sip.options import SipOptions
from voiceagent.gateways.sip.token_bucket import Rate, TokenBucket

_only_one = threading.Lock()  # a second endpoint object would terminate the process from within the library
_POLL_LINES_S = 1.0
# The library opens two sockets for the media of every INVITE with an offer, keeps those of a refused one for 500 ms
# (PJ_IOQUEUE_KEY_FREE_DELAY) and aborts the process when its 64 (PJ_IOQUEUE_MAX_HANDLES) are taken: 12 + 10 INVITEs in
# 500 ms take 44, four calls 8.
_INVITES = Rate(per_s=20.0, burst=12)
_MOST_ACCOUNTS = 8  # PJSUA_MAX_ACC: one more aborts the process
_GOODBYE_STEPS = 20  # of poll_ms: time for BYEs to leave


class Doorman(Protocol):
    """Decides on calls that come in; called on the SIP thread."""

    def invited(self, machine: "SipMachine", account: Any, slot: int, message: str, source: str) -> None:
        """An INVITE has taken `slot`; it must be answered or kept before this returns."""
        ...

    def turned_away(self, sip_code: int, message: str, source: str) -> None:
        """The library itself has refused an INVITE."""
        ...


class _Account(pj.Account):  # type: ignore[misc]  # the library is untyped
    """Our identity: hands INVITEs to the doorman."""

    def __init__(self, machine: "SipMachine", doorman: Doorman) -> None:
        super().__init__()
        self.mishaps = machine.mishaps
        self._machine = machine
        self._doorman = doorman

    @guarded
    def onIncomingCall(self, prm: Any) -> None:
        self._machine.keep_pace()
        self._doorman.invited(self._machine, self, prm.callId, prm.rdata.wholeMsg, prm.rdata.srcAddress)


class _Endpoint(pj.Endpoint):  # type: ignore[misc]  # the library is untyped
    """Hears of INVITEs that the library refuses by itself: all lines taken, no common codec, broken SDP."""

    def __init__(self, mishaps: Mishaps, doorman: Doorman) -> None:
        super().__init__()
        self.mishaps = mishaps
        self._doorman = doorman

    @guarded
    def onRejectedIncomingCall(self, prm: Any) -> None:
        self._doorman.turned_away(prm.statusCode, prm.rdata.wholeMsg, prm.rdata.srcAddress)


class SipMachine:
    """One SIP endpoint. Attributes other than `mishaps` and `is_direct` are for the SIP thread."""

    def __init__(self, options: SipOptions, *, clock: Clock, emit: Emit, doorman: Doorman) -> None:
        self.mishaps = Mishaps()
        self.options = options
        self.sip_port = 0
        self.capacity = 0
        self.is_direct = False  # frames go through memory, not through the wrapper
        self.lines: Lines
        self._clock = clock
        self._emit = emit
        self._doorman = doorman
        self._endpoint: Any = None
        self._ports: PortPool | None = None
        self._accounts: dict[tuple[str, str, str], Any] = {}
        self._poll_at_s = 0.0
        self._invites = TokenBucket(_INVITES)
        self._after_events: deque[Callable[[], None]] = deque()

    def open(self) -> None:
        """Start the library and make every port it will ever use."""
        if not _only_one.acquire(blocking=False):
            raise Conflict("this process has a SIP endpoint already; the library allows one")
        raise_priority(self.options.nice)
        self._endpoint = _Endpoint(self.mishaps, self._doorman)
        self.sip_port = open_endpoint(self._endpoint, self.options)
        allowed = library_lines()
        self.capacity = min(self.options.lines or allowed, allowed)
        self.is_direct = layout_holds()
        self._ports = PortPool(allowed, self.mishaps, direct=self.is_direct)
        self.lines = Lines(
            options=self.options, clock=self._clock, mishaps=self.mishaps, ports=self._ports, emit=self._emit
        )
        self.account("voiceagent")

    def account(self, user: str, username: str = "", password: str = "") -> Any:
        """The account that calls as `user`, with digest credentials if given; made on first use. Raises Unavailable."""
        key = (user, username, password)
        if key not in self._accounts:
            if len(self._accounts) >= _MOST_ACCOUNTS:
                raise Unavailable("this cell calls over seven trunks with passwords already, and can over no more")
            config = account_config(self.options, user, self.sip_port)
            if username:
                config.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", username, 0, password))
            account = _Account(self, self._doorman)
            account.create(config, len(self._accounts) == 0)
            self._accounts[key] = account
        return self._accounts[key]

    def busy_lines(self) -> int:
        """Lines in use, with those of calls that are still being taken down."""
        return busy_lines()

    def keep_pace(self) -> None:
        """Wait while INVITEs come faster than the library frees the sockets of those that were refused."""
        wait_s = self._invites.wait_s(self._clock.monotonic())
        if wait_s:
            time.sleep(wait_s)
        self._invites.take(self._clock.monotonic())

    def afterwards(self, action: Callable[[], None]) -> None:
        """Do it when the library has returned from the callback that runs now."""
        self._after_events.append(action)

    def step(self) -> None:
        """Handle events of the library for up to `poll_ms`, and once a second look after the lines."""
        self._endpoint.libHandleEvents(self.options.poll_ms)
        while self._after_events:
            self._quietly("afterwards", self._after_events.popleft())
        now_s = self._clock.monotonic()
        if now_s >= self._poll_at_s:
            self._poll_at_s = now_s + _POLL_LINES_S
            self.lines.poll()
            self.mishaps.report()

    def close(self) -> None:
        """End all calls, then drop calls, ports, accounts and the library, in this order."""
        if self._endpoint is None:
            return
        if hasattr(self, "lines"):
            self._quietly("goodbye", self._say_goodbye)
            self.lines.clear()
        if self._ports is not None:
            self._ports.destroy()
        while self._accounts:
            self._quietly("account", self._accounts.popitem()[1].shutdown)
        close_endpoint(self._endpoint, self.mishaps)
        self._endpoint = None
        _only_one.release()
        self.mishaps.report()

    def _say_goodbye(self) -> None:
        self.lines.end_all(Reason.SHUTDOWN)
        for _ in range(_GOODBYE_STEPS):
            self._endpoint.libHandleEvents(self.options.poll_ms)

    def _quietly(self, where: str, action: Callable[[], None]) -> None:
        try:
            action()
        except Exception as error:
            self.mishaps.add(where, describe(error))
