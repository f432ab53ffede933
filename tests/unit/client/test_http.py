"""The client against answers made by hand: what it sends again, how long it waits, what it makes of a refusal."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import BaseModel

from voiceagent.client import ApiClient
from voiceagent.client.resources import Exports
from voiceagent.core.errors import (
    BadInput,
    Conflict,
    Forbidden,
    NotFound,
    StoreUnavailable,
    TooManyRequests,
    Unauthorised,
    Unavailable,
    VoiceagentError,
)


class Thing(BaseModel):
    id: str


class Answers:
    """An API that gives these answers in turn, and remembers what it was asked and how long it was waited for."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self._answers = list(answers)
        self.asked: list[httpx.Request] = []
        self.waits: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def client(self, **options: Any) -> ApiClient:
        return ApiClient(
            "http://api", "va_live_1", transport=httpx.MockTransport(self), wait=self.waits.append, **options
        )


def problem(status: int, code: str, **headers: str) -> httpx.Response:
    body = {"status": status, "code": code, "detail": f"it is {code}", "request_id": "req_7"}
    return httpx.Response(status, json=body, headers={"Content-Type": "application/problem+json", **headers})


GOOD = {"json": {"id": "a"}}


def test_the_key_is_sent_and_the_answer_is_the_model() -> None:
    api = Answers(httpx.Response(200, **GOOD))

    with api.client() as client:
        found = client.get(Thing, "/v1/things/a")

    assert found == Thing(id="a")
    assert api.asked[0].headers["authorization"] == "Bearer va_live_1"


def test_a_list_is_followed_from_cursor_to_cursor() -> None:
    api = Answers(
        httpx.Response(200, json={"items": [{"id": "a"}, {"id": "b"}], "next_cursor": "x="}),
        httpx.Response(200, json={"items": [{"id": "c"}], "next_cursor": None}),
    )

    with api.client() as client:
        found = [one.id for one in client.pages(Thing, "/v1/things", {"active": True})]

    assert found == ["a", "b", "c"]
    assert [dict(one.url.params) for one in api.asked] == [
        {"limit": "200", "active": "true"},
        {"limit": "200", "active": "true", "cursor": "x="},
    ]


@pytest.mark.parametrize("first", [problem(429, "too_many_requests", **{"Retry-After": "7"}), httpx.ConnectError("no")])
def test_what_is_sent_again_has_the_same_idempotency_key(first: httpx.Response | Exception) -> None:
    api = Answers(first, httpx.Response(202, **GOOD))

    with api.client() as client:
        client.post(Thing, "/v1/things", Thing(id="a"))

    keys = {one.headers["idempotency-key"] for one in api.asked}
    assert (len(api.asked), len(keys), keys == {""}) == (2, 1, False)
    assert api.waits == [7.0 if isinstance(first, httpx.Response) else 0.5]
    assert api.asked[0].content == api.asked[1].content


def test_two_posts_have_two_keys_unless_one_is_given() -> None:
    api = Answers(*(httpx.Response(202, **GOOD) for _ in range(3)))

    with api.client() as client:
        for _ in range(2):
            client.post(Thing, "/v1/things")
        client.post(Thing, "/v1/things", idempotency_key="mine")

    first, second, third = (one.headers["idempotency-key"] for one in api.asked)
    assert (first != second, third) == (True, "mine")


def test_it_gives_up_after_some_attempts_and_never_waits_for_ever() -> None:
    busy: list[Callable[[], httpx.Response]] = [lambda: problem(503, "store_unavailable", **{"Retry-After": "86400"})]
    api = Answers(*(make() for make in busy * 3))

    with api.client(attempts=3) as client, pytest.raises(StoreUnavailable, match="it is store_unavailable"):
        client.delete("/v1/things/a")

    assert api.waits == [60.0, 60.0]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (problem(400, "bad_input"), BadInput),
        (problem(401, "unauthorised"), Unauthorised),
        (problem(403, "forbidden"), Forbidden),
        (problem(404, "not_found"), NotFound),
        (problem(409, "conflict"), Conflict),
        (problem(429, "too_many_requests"), TooManyRequests),
        (problem(404, "a_code_of_next_year"), NotFound),
        (httpx.Response(502, text="<html>a proxy"), VoiceagentError),
        (httpx.Response(418), BadInput),
        (httpx.Response(503, headers={"content-type": "application/json"}, content=b'{"cut'), VoiceagentError),
        (httpx.Response(503, json=["a", "proxy"]), VoiceagentError),
    ],
)
def test_a_refusal_is_the_error_that_it_stands_for(answer: httpx.Response, kind: type[VoiceagentError]) -> None:
    api = Answers(answer)

    with api.client(attempts=1) as client, pytest.raises(kind) as refused:
        client.get(Thing, "/v1/things/a")

    if "problem" in answer.headers.get("content-type", ""):
        assert refused.value.__notes__ == ["request req_7"]


def test_where_there_is_no_api_it_says_where_it_looked() -> None:
    api = Answers(*(httpx.ConnectError("refused") for _ in range(2)))

    with api.client(attempts=2) as client, pytest.raises(Unavailable, match="no API at http://api"):
        client.get(Thing, "/v1/things/a")


def test_a_refused_stream_is_the_same_error() -> None:
    api = Answers(problem(409, "conflict"))

    with api.client() as client, pytest.raises(Conflict, match="it is conflict"), client.stream("/v1/things/a/file"):
        pass


class CutOff(httpx.SyncByteStream):
    """Begins well."""

    def __iter__(self) -> Iterator[bytes]:
        yield b"PK half of it"
        raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")


def test_of_a_package_that_is_cut_off_no_half_is_left_and_it_can_be_fetched_again(tmp_path: Path) -> None:
    api = Answers(httpx.Response(200, stream=CutOff()), httpx.Response(200, content=b"PK all of it"))
    file = tmp_path / "anna.zip"

    with api.client() as client:
        with pytest.raises(Unavailable, match="complete message"):
            Exports(client).download("exp_1", file)
        left = list(tmp_path.iterdir())
        Exports(client).download("exp_1", file)

    assert (left, file.read_bytes()) == ([], b"PK all of it")
    with pytest.raises(FileExistsError):  # what is there stays
        Exports(client).download("exp_1", file)
