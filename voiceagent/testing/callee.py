"""Somebody who is called, for the tests: a SIP user agent of few lines that tells what it got and when.

It speaks just enough of RFC 3261 over UDP on loopback, where nothing is lost, and may answer as no good phone would:
with a challenge, with every refusal, twice at once as two phones behind a forking proxy, or never.
"""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from voiceagent.core.clock import Clock, SystemClock
from voiceagent.telephony import digest
from voiceagent.telephony.digest import DigestCredentials, DigestOutcome, NonceSigner
from voiceagent.testing.callee_media import CalleeMedia

_PHRASES: Final = {100: "Trying", 180: "Ringing", 183: "Session Progress", 200: "OK", 487: "Request Terminated"}
_MEDIA: Final = re.compile(r"^m=audio (\d+)", re.MULTILINE)
_KEYS: Final = re.compile(r"^a=rtpmap:(\d+) telephone-event/8000", re.MULTILINE)
_KEPT: Final = ("via", "from", "call-id", "cseq")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How the callee answers. `final` 0: they never do. `forks`: how many phones answer one INVITE with 200.

    `media`: whether the answer says where sound goes. `contact`: where else to reach them, "" for here.
    """

    final: int = 200
    early_media: bool = False
    ring_s: float = 0.0
    forks: int = 1
    media: bool = True
    contact: str = ""
    challenge: int = 0  # 401 or 407
    username: str = "trunk"
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What arrived. Header names are in lower case; `at_s` is monotonic."""

    method: str
    uri: str
    headers: dict[str, str]
    body: str
    at_s: float

    @property
    def to_tag(self) -> str:
        return self.headers["to"].partition("tag=")[2]


class Callee(asyncio.DatagramProtocol):
    """Use `running_callee`. `got` holds every request in order."""

    def __init__(self, manners: Manners, clock: Clock) -> None:
        self.manners = manners
        self.media = CalleeMedia(clock)
        self.got: list[Request] = []
        self._clock = clock
        self._signer = NonceSigner(secret=secrets.token_bytes(32), lifetime_s=60)
        self._credentials = DigestCredentials.from_password(manners.username, "callee", manners.password)
        self._transport: asyncio.DatagramTransport
        self._invite: tuple[Request, Any] | None = None
        self._later: list[asyncio.TimerHandle] = []

    @property
    def address(self) -> str:
        """ip:port."""
        host, port = self._transport.get_extra_info("sockname")[:2]
        return f"{host}:{port}"

    def all(self, method: str) -> list[Request]:
        return [one for one in self.got if one.method == method]

    async def until(self, method: str, *, count: int = 1, timeout_s: float = 15.0) -> Request:
        """The request of that method that makes `count`. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            while len(self.all(method)) < count:  # noqa: ASYNC110 - requests come from the network
                await asyncio.sleep(0.01)
        return self.all(method)[count - 1]

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, address: Any) -> None:
        message = data.decode("utf-8", "replace")
        if message.startswith("SIP/2.0") or not message.strip():
            return
        request = _parse(message, self._clock.monotonic())
        again = any(one.headers["cseq"] == request.headers["cseq"] and one.method != "ACK" for one in self.got)
        if again and request.method != "ACK":
            return  # sent again: it is answered
        self.got.append(request)
        match request.method:
            case "INVITE":
                self._invited(request, address)
            case "CANCEL":
                self._answer(request, address, 200)
                if self._invite is not None:
                    self._answer(*self._invite, 487)
                self.stop()
            case "BYE":
                self._answer(request, address, 200)
            case _:
                pass

    def stop(self) -> None:
        """Answer nothing more."""
        for handle in self._later:
            handle.cancel()

    def _invited(self, request: Request, address: Any) -> None:
        if self.manners.challenge and not self._knows(request):
            return self._challenge(request, address)
        self._invite = (request, address)
        self._answer(request, address, 100)
        if self.manners.early_media:
            self._answer(request, address, 183, sdp=True)
        else:
            self._answer(request, address, 180)
        found, keys = _MEDIA.search(request.body), _KEYS.search(request.body)
        self.media.key_type = int(keys[1]) if keys else 0
        self.media.far_end = (address[0], int(found[1])) if found else None
        if self.manners.final:
            loop = asyncio.get_running_loop()
            self._later.append(loop.call_later(self.manners.ring_s, self._settle, request, address))
        return None

    def _settle(self, request: Request, address: Any) -> None:
        for phone in range(self.manners.forks):
            final = self.manners.final
            self._answer(request, address, final, sdp=final == 200 and self.manners.media, tag=f"phone{phone}")

    def _knows(self, request: Request) -> bool:
        name = "authorization" if self.manners.challenge == 401 else "proxy-authorization"
        given = request.headers.get(name)
        if given is None:
            return False
        now_s = self._clock.now().timestamp()
        verdict = digest.verify((given,), self._credentials, method="INVITE", signer=self._signer, now_s=now_s)
        return verdict.outcome is DigestOutcome.GOOD

    def _challenge(self, request: Request, address: Any) -> None:
        nonce = self._signer.make(self._clock.now().timestamp(), secrets.token_bytes(digest.RANDOM_BYTES))
        name = "WWW-Authenticate" if self.manners.challenge == 401 else "Proxy-Authenticate"
        headers = [f"{name}: {value}" for value in digest.challenges((self._credentials,), nonce, stale=False)]
        self._answer(request, address, self.manners.challenge, headers=headers)

    def _answer(
        self,
        request: Request,
        address: Any,
        code: int,
        *,
        sdp: bool = False,
        tag: str = "phone0",
        headers: list[str] | None = None,
    ) -> None:
        lines = [f"SIP/2.0 {code} {_PHRASES.get(code, 'No')}"]
        lines += [f"{name}: {request.headers[name]}" for name in _KEPT]
        to = request.headers["to"]
        lines.append(f"To: {to}" if "tag=" in to or code == 100 else f"To: {to};tag={tag}")
        contact = self.manners.contact or f"sip:callee@{self.address}"
        lines += [f"Contact: <{contact}>", *(headers or [])]
        body = self._sdp() if sdp else ""
        if sdp:
            lines.append("Content-Type: application/sdp")
        lines.append(f"Content-Length: {len(body)}")
        self._transport.sendto(("\r\n".join(lines) + "\r\n\r\n" + body).encode(), address)

    def _sdp(self) -> str:
        host, keys = self.address.partition(":")[0], self.media.key_type
        lines = ["v=0", f"o=callee 1 1 IN IP4 {host}", "s=-", f"c=IN IP4 {host}", "t=0 0"]
        lines += [f"m=audio {self.media.port} RTP/AVP 0 {keys}", "a=rtpmap:0 PCMU/8000"]
        return "\r\n".join([*lines, f"a=rtpmap:{keys} telephone-event/8000", f"a=fmtp:{keys} 0-15", "a=sendrecv", ""])


@asynccontextmanager
async def running_callee(
    manners: Manners | None = None, *, clock: Clock | None = None, port: int = 0
) -> AsyncIterator[Callee]:
    """A callee on that port of loopback; 0 takes a free one."""
    loop = asyncio.get_running_loop()
    callee = Callee(manners or Manners(), clock or SystemClock())
    signalling, _ = await loop.create_datagram_endpoint(lambda: callee, ("127.0.0.1", port))
    sound, _ = await loop.create_datagram_endpoint(lambda: callee.media, ("127.0.0.1", 0))
    async with asyncio.TaskGroup() as tasks:
        sending = tasks.create_task(callee.media.send())
        try:
            yield callee
        finally:
            sending.cancel()
            callee.stop()
            signalling.close()
            sound.close()


def _parse(message: str, at_s: float) -> Request:
    head, _, body = message.partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    method, uri, _ = first.split(" ", 2)
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers.setdefault(
            {"f": "from", "t": "to", "i": "call-id", "v": "via"}.get(name.lower(), name.lower()), value.strip()
        )
    return Request(method=method, uri=uri, headers=headers, body=body, at_s=at_s)
