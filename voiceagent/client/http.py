"""Requests to the admin API: the key, retries that repeat nothing, pages, and problems as errors of `core.errors`."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import httpx
from pydantic import BaseModel

from voiceagent.core.errors import Unauthorised, Unavailable
from voiceagent.core.ids import new_id
from voiceagent.core.problems import error_of

M = TypeVar("M", bound=BaseModel)
Query = Mapping[str, str | int | bool]
_PASSING: Final = frozenset({429, 503})  # the API says Retry-After with them
_LONGEST_WAIT_S: Final = 60.0
_FIRST_WAIT_S: Final = 0.5
_PAGE: Final = 200  # the most that the API gives at once


class ApiClient:
    """One connection pool and one key; close it, or use it as a context.

    A request that finds the API busy or unreachable is sent again, `attempts` times in all. Each POST has an
    `Idempotency-Key`, so what was sent twice is carried out once. Every method raises what the API refused with
    (NotFound, Conflict, BadInput, Unauthorised, Forbidden, TooManyRequests, …), with the id of the request as a note,
    and Unavailable when there is no API.
    """

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        timeout_s: float = 30.0,
        attempts: int = 4,
        wait: Callable[[float], None] = time.sleep,
        **options: Any,
    ) -> None:
        """`options` are of `httpx.Client`, such as `transport` or `verify`."""
        if not key.isascii() or not key.isprintable():
            raise Unauthorised("this is no API key: keys hold plain letters and digits (va_live_…); copy it once more")
        self._base_url = base_url
        self._attempts, self._wait = max(1, attempts), wait
        headers = {"Authorization": f"Bearer {key}"}
        with self._reaching():
            self._http = httpx.Client(base_url=base_url, headers=headers, timeout=timeout_s, **options)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def ask(
        self, method: str, path: str, *, body: Any = None, query: Query | None = None, idempotency_key: str = ""
    ) -> httpx.Response:
        """The answer, which is a good one. `body` is JSON."""
        headers = {"Idempotency-Key": idempotency_key or new_id("idem")} if method == "POST" else {}
        request = self._http.build_request(method, path, json=body, params=dict(query or {}), headers=headers)
        for attempt in range(1, self._attempts):
            try:
                answer = self._send(request)
            except Unavailable:
                self._wait(_FIRST_WAIT_S * attempt)
                continue
            if answer.status_code not in _PASSING:
                break
            self._wait(_wait_s(answer, attempt))
        else:
            answer = self._send(request)
        raise_for(answer)
        return answer

    def get(self, model: type[M], path: str, query: Query | None = None) -> M:
        """What is there, as `model`."""
        return model.model_validate_json(self.ask("GET", path, query=query).content)

    def post(self, model: type[M], path: str, body: BaseModel | None = None, *, idempotency_key: str = "") -> M:
        """What became of it, as `model`."""
        sent = None if body is None else body.model_dump(mode="json", exclude_unset=True)
        answer = self.ask("POST", path, body=sent, idempotency_key=idempotency_key)
        return model.model_validate_json(answer.content)

    def delete(self, path: str) -> None:
        """Take it away; harmless when repeated."""
        self.ask("DELETE", path)

    def items(self, path: str, query: Query | None = None) -> Iterator[dict[str, Any]]:
        """All objects of a list as JSON, page after page."""
        cursor: str | None = ""
        while cursor is not None:
            place = {"cursor": cursor} if cursor else {}
            found = self.ask("GET", path, query={"limit": _PAGE, **(query or {}), **place}).json()
            yield from found["items"]
            cursor = found["next_cursor"]

    def pages(self, model: type[M], path: str, query: Query | None = None) -> Iterator[M]:
        """The same as `model`."""
        return (model.model_validate(one) for one in self.items(path, query))

    @contextmanager
    def stream(self, path: str, **options: Any) -> Iterator[httpx.Response]:
        """A good answer whose body is read piece by piece: a package, a recording, live events. Never sent again."""
        with self._reaching(), self._http.stream("GET", path, **options) as answer:
            if not answer.is_success:
                answer.read()
            raise_for(answer)
            yield answer

    def _send(self, request: httpx.Request) -> httpx.Response:
        with self._reaching():
            return self._http.send(request)

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise Unavailable(f"no API at {self._base_url}: is `voiceagent up` running? ({error})") from error


def raise_for(answer: httpx.Response) -> None:
    """Raises the error of an answer that is a problem document, or no good one."""
    if answer.is_success:
        return
    problem = _problem(answer)
    detail = problem.get("detail") or f"the API answered {answer.status_code}"
    error = error_of(answer.status_code, problem.get("code", ""), detail)
    if request_id := problem.get("request_id"):
        error.add_note(f"request {request_id}")
    raise error


def _problem(answer: httpx.Response) -> dict[str, Any]:
    """Empty when something between us and the API answered in its own way."""
    try:
        found = answer.json() if "json" in answer.headers.get("content-type", "") else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _wait_s(answer: httpx.Response, attempt: int) -> float:
    """As long as Retry-After says in seconds (RFC 9110, 10.2.3), but not for ever."""
    told = answer.headers.get("Retry-After", "")
    return min(float(told) if told.isdecimal() else _FIRST_WAIT_S * attempt, _LONGEST_WAIT_S)
