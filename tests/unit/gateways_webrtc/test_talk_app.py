"""The web app in front of the gateway, asked in process; no call of these gets as far as the network."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from voiceagent.core.ids import TenantId
from voiceagent.core.termination import Reason, Termination
from voiceagent.gateways.webrtc.app import create_talk_app
from voiceagent.gateways.webrtc.gateway import WebRtcGateway, WebRtcOffer
from voiceagent.gateways.webrtc.leg import WebRtcLeg
from voiceagent.gateways.webrtc.options import WebRtcOptions
from voiceagent.gateways.webrtc.tokens import TalkClaims, TalkTokens

TOKENS = TalkTokens(b"0123456789abcdef0123456789abcdef")
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
SDP = (
    "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=sendrecv\r\na=rtpmap:111 opus/48000/2\r\n"
    "a=ice-ufrag:x\r\na=fingerprint:sha-256 00\r\n"
)


class HandClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.time = NOON

    def monotonic(self) -> float:
        return self.time.timestamp()

    def now(self) -> datetime:
        return self.time


def token(clock: HandClock) -> str:
    claims = TalkClaims(
        token_id="tok_1",
        tenant_id=TenantId("ten_a"),
        profile="orders",
        subject="anna",
        expires_at=int(clock.now().timestamp()) + 60,
    )
    return TOKENS.mint(claims, now=clock.now().timestamp())


@asynccontextmanager
async def a_client(
    clock: HandClock, *, seen: list[WebRtcOffer] | None = None, reason: Reason = Reason.UNKNOWN_NUMBER
) -> AsyncIterator[httpx.AsyncClient]:
    async def on_call(offer: WebRtcOffer, leg: WebRtcLeg) -> None:
        if seen is not None:
            seen.append(offer)
        await leg.hang_up(Termination.because(reason))

    async with WebRtcGateway(on_call=on_call, options=WebRtcOptions(), clock=clock) as gateway:
        app = create_talk_app(gateway=gateway, tokens=TOKENS, clock=clock)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            yield client


async def offer(client: httpx.AsyncClient, *, bearer: str | None, body: object) -> httpx.Response:
    headers = {} if bearer is None else {"Authorization": f"Bearer {bearer}"}
    return await client.post("/v1/webrtc/offer", json=body, headers=headers)


async def test_the_handler_gets_what_the_token_says() -> None:
    clock, seen = HandClock(), []
    async with a_client(clock, seen=seen) as client:
        await offer(client, bearer=token(clock), body={"sdp": SDP})

    assert [(one.tenant_id, one.profile, one.pii_subject) for one in seen] == [("ten_a", "orders", "anna")]


@pytest.mark.parametrize(("bearer", "says"), [(None, "Bearer"), ("va_live_x", "not a talk token")])
async def test_no_or_wrong_credentials_are_a_401_problem(bearer: str | None, says: str) -> None:
    async with a_client(HandClock()) as client:
        response = await offer(client, bearer=bearer, body={"sdp": SDP})

    assert response.status_code == 401
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json()["code"] == "unauthorised"
    assert says in response.json()["detail"]


async def test_an_expired_token_says_so() -> None:
    clock = HandClock()
    bearer = token(clock)
    clock.time += timedelta(minutes=2)
    async with a_client(clock) as client:
        response = await offer(client, bearer=bearer, body={"sdp": SDP})

    assert response.status_code == 401
    assert "expired" in response.json()["detail"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"sdp": "hello"}, "v=0"),
        ({"sdp": SDP.replace("m=audio", "m=video")}, "audio section"),
        ({"sdp": SDP, "type": "answer"}, "offer is expected"),
        ({}, "body must be JSON"),
        ({"sdp": "v=0" + "x" * 200_000}, "bytes"),
    ],
)
async def test_a_malformed_offer_is_a_400_problem_that_says_what_is_wrong(body: object, says: str) -> None:
    clock = HandClock()
    async with a_client(clock) as client:
        response = await offer(client, bearer=token(clock), body=body)

    assert response.status_code == 400
    assert response.json()["code"] == "bad_input"
    assert says in response.json()["detail"]


@pytest.mark.parametrize(
    ("reason", "status", "code"),
    [
        (Reason.NO_CAPACITY, 503, "no_capacity"),
        (Reason.SHUTDOWN, 503, "unavailable"),
        (Reason.UNKNOWN_NUMBER, 409, "conflict"),
    ],
)
async def test_a_refused_call_is_a_problem_of_its_own(reason: Reason, status: int, code: str) -> None:
    clock = HandClock()
    async with a_client(clock, reason=reason) as client:
        response = await offer(client, bearer=token(clock), body={"sdp": SDP})

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert ("retry-after" in response.headers) == (status == 503)


@pytest.mark.parametrize(
    ("path", "kind"), [("/talk", "html"), ("/talk/talk.js", "javascript"), ("/talk/talk.css", "css")]
)
async def test_the_page_is_served_with_a_policy_that_lets_nothing_else_in(path: str, kind: str) -> None:
    async with a_client(HandClock()) as client:
        response = await client.get(path)

    assert response.status_code == 200
    assert kind in response.headers["content-type"]
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_health_and_unknown_paths() -> None:
    async with a_client(HandClock()) as client:
        health = await client.get("/healthz")
        unknown = await client.get("/nothing")

    assert health.json() == {"status": "ok", "calls": 0}
    assert unknown.status_code == 404
    assert unknown.json()["code"] == "not_found"
