"""Permits and opt-outs over HTTP, joined in memory: who may ask, and what is no question."""

import httpx
import msgspec
import pytest

from voiceagent.background.client import ClientOptions
from voiceagent.background.dialling.client import DialClient
from voiceagent.background.dialling.service import add_dialling
from voiceagent.background.dialling.wire import CLAIMS, OPT_OUTS, ClaimAsked, OptOutAsked
from voiceagent.background.door import app_with_a_door
from voiceagent.core.errors import ConfigError, Conflict, Forbidden, NotFound, StoreUnavailable, UpstreamUnavailable
from voiceagent.telephony.events import OptedOut

TOKEN = "t0ken"
OPTED_OUT = OptedOut(entry_id="dnc_1", number_hash="5" * 64, campaign="", method="dtmf", rule="9", at_ms=4000)
CLAIM = msgspec.json.encode(ClaimAsked(tenant_id="ten_a", call_id="call_1"))
OPT_OUT = msgspec.json.encode(OptOutAsked(tenant_id="ten_a", call_id="call_1", opted_out=OPTED_OUT))


class Told:
    """Permits that answer with one error, or with none."""

    def __init__(self, error=None):
        self._error = error
        self.asked = []

    async def claim(self, *asked):
        self.asked.append(asked)
        if self._error:
            raise self._error

    enter_opt_out = claim


def transport_to(permits):
    app = app_with_a_door()
    add_dialling(app, permits, TOKEN)
    return httpx.ASGITransport(app=app)


def client_of(permits):
    return DialClient(ClientOptions(url="http://background", token=TOKEN), transport=transport_to(permits))


async def sent(permits, path, body, given=TOKEN):
    async with httpx.AsyncClient(transport=transport_to(permits), base_url="http://background") as http:
        return await http.post(path, content=body, headers={"Authorization": f"Bearer {given}"})


async def test_a_claim_and_an_opt_out_arrive_as_they_were_sent():
    permits = Told()
    client = client_of(permits)

    await client.claim("ten_a", "call_1")
    await client.enter("ten_a", "call_1", OPTED_OUT)

    assert permits.asked == [("ten_a", "call_1"), ("ten_a", "call_1", OPTED_OUT)]


@pytest.mark.parametrize(("path", "body"), [(CLAIMS, CLAIM), (OPT_OUTS, OPT_OUT)], ids=["claim", "opt-out"])
async def test_without_the_token_nothing_is_asked(path, body):
    permits = Told()

    answer = await sent(permits, path, body, given="guess")

    assert (answer.status_code, answer.json()["code"], permits.asked) == (401, "unauthorised", [])


@pytest.mark.parametrize("path", [CLAIMS, OPT_OUTS])
@pytest.mark.parametrize(
    ("body", "status"), [(b"{", 400), (b"{}", 400), (b" " * 5000, 413)], ids=["cut", "empty", "big"]
)
async def test_what_is_no_question_is_refused_with_a_problem_document(path, body, status):
    permits = Told()

    answer = await sent(permits, path, body)

    assert (answer.status_code, permits.asked) == (status, [])
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        (Forbidden("the number is on a list"), Forbidden),
        (Conflict("dialled before"), Conflict),
        (NotFound("no such call"), Conflict),
        (StoreUnavailable("away"), UpstreamUnavailable),
    ],
    ids=["gate", "before", "unknown", "store"],
)
async def test_a_gateway_hears_why_it_may_not_dial(inside, outside):
    with pytest.raises(outside):
        await client_of(Told(inside)).claim("ten_a", "call_1")


def test_there_is_no_door_without_a_token():
    with pytest.raises(ConfigError, match="token"):
        add_dialling(app_with_a_door(), Told(), "")
