from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel

from voiceagent.api.body_limit import BodyLimit
from voiceagent.api.problems import install_problems

LIMIT = 1_000
JSON = {"Content-Type": "application/json"}


class Note(BaseModel):
    text: str


class Upload:
    """A body in chunks, without a Content-Length; `taken` says how much was asked for."""

    def __init__(self, chunks: int) -> None:
        self.chunks = chunks
        self.taken = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(self.chunks):
            self.taken += 100
            yield b" " * 100


@pytest.fixture
def client() -> httpx.AsyncClient:
    app = FastAPI()
    app.add_middleware(BodyLimit, max_bytes=LIMIT)
    install_problems(app)

    @app.post("/notes")
    async def take(note: Note) -> int:
        return len(note.text)

    return httpx.AsyncClient(transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://api")


def assert_too_large(answer: httpx.Response) -> None:
    assert answer.status_code == 413
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "too_large"
    assert answer.json()["detail"] == "the request body has more than 1000 bytes"


async def test_a_body_that_announces_too_much_is_refused_unread(client):
    upload = Upload(chunks=20)

    assert_too_large(await client.post("/notes", content=upload, headers={**JSON, "Content-Length": "2000"}))
    assert upload.taken == 0


async def test_a_body_that_announces_nothing_is_refused_when_too_much_has_come(client):
    upload = Upload(chunks=1_000_000)

    assert_too_large(await client.post("/notes", content=upload, headers=JSON))
    assert upload.taken == LIMIT + 100


async def test_a_body_that_announces_less_than_it_has_is_refused_too(client):
    assert_too_large(await client.post("/notes", content=Upload(20), headers={**JSON, "Content-Length": "10"}))


@pytest.mark.parametrize("length", ["", "many", "-1", "²", "9" * 5_000])
async def test_a_length_that_is_no_number_is_not_believed(client, length):
    headers = [(b"Content-Type", b"application/json"), (b"Content-Length", length.encode())]

    assert_too_large(await client.post("/notes", content=Upload(20), headers=headers))


async def test_a_body_up_to_the_limit_is_taken(client):
    body = '{"text": "%s"}' % ("x" * (LIMIT - 12))
    assert len(body) == LIMIT

    answer = await client.post("/notes", content=body, headers=JSON)

    assert (answer.status_code, answer.json()) == (200, LIMIT - 12)
