"""The platform's HTTP API as its tests use it."""

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx

Record = dict[str, Any]
_POLL_S = 0.1


class Api:
    """A blocking client. Every wait fails with what it waited for."""

    def __init__(self, url: str, key: str) -> None:
        self._http = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=20)

    def get(self, path: str, **query: Any) -> Record:
        """A document. A store that is being started again is waited for."""
        for _ in range(100):
            response = self._http.get(path, params=query)
            if response.status_code != 503:
                break
            time.sleep(_POLL_S)
        assert response.status_code == 200, f"GET {path}: {response.status_code} {response.text[:300]}"
        document: Record = response.json()
        return document

    def post(self, path: str, body: Record | None = None) -> Record:
        response = self.try_post(path, body)
        assert response.is_success, f"POST {path}: {response.status_code} {response.text[:300]}"
        document: Record = response.json()
        return document

    def try_post(self, path: str, body: Record | None = None) -> httpx.Response:
        """The answer, whatever it is."""
        return self._http.post(path, json=body)

    def calls(self, **query: Any) -> list[Record]:
        """All calls, newest first."""
        found: list[Record] = []
        cursor = ""
        while True:
            page = self.get("/v1/calls", limit=100, cursor=cursor, **query)
            found += page["items"]
            cursor = page["next_cursor"] or ""
            if not cursor:
                return found

    def find(self, timeout_s: float = 15.0, **facts: Any) -> Record:
        """The newest call with these facts (`sip_call_id`, `from_`, `to`); waits for its record."""
        deadline_s = time.monotonic() + timeout_s
        while True:
            for call in self.get("/v1/calls", limit=50)["items"]:
                has = {"sip_call_id": call["sip"]["call_id"], "from_": call["from"], **call}
                if all(has[name] == value for name, value in facts.items()):
                    return call
            assert time.monotonic() < deadline_s, f"no record of a call with {facts} within {timeout_s:g} s"
            time.sleep(_POLL_S)

    def ended(self, timeout_s: float = 20.0, **facts: Any) -> Record:
        """The same, once its end is recorded."""
        call = self.find(timeout_s, **facts)
        deadline_s = time.monotonic() + timeout_s
        while call["ended_at"] is None:
            assert time.monotonic() < deadline_s, f"{call['id']} has no end in the records: {call}"
            time.sleep(_POLL_S)
            call = self.get(f"/v1/calls/{call['id']}")
        return call

    def events(self, call_id: str) -> list[Record]:
        """The call's log."""
        return list(self.get(f"/v1/calls/{call_id}/events", limit=1000)["items"])

    def event(self, call_id: str, kind: str, timeout_s: float = 30.0) -> Record:
        """The first event of that kind, waited for."""
        deadline_s = time.monotonic() + timeout_s
        while True:
            log = self.events(call_id)
            for event in log:
                if event["type"] == kind:
                    return event
            seen = [event["type"] for event in log]
            assert time.monotonic() < deadline_s, f"no {kind} within {timeout_s:g} s; saw {seen}"
            time.sleep(_POLL_S)

    def transcript(self, call_id: str) -> list[Record]:
        return list(self.get(f"/v1/calls/{call_id}/transcript")["segments"])

    def recording(self, call_id: str) -> bytes | None:
        """The recording's WAV, None when there is none."""
        response = self._http.get(f"/v1/calls/{call_id}/recording")
        assert response.status_code in (200, 404), response.text
        return response.content if response.status_code == 200 else None

    def follow(self, call_id: str) -> Iterator[Record]:
        """The call's events as server-sent events, until the server closes the stream."""
        headers = {"Accept": "text/event-stream"}
        with self._http.stream("GET", f"/v1/calls/{call_id}/events", headers=headers, timeout=60) as response:
            assert response.status_code == 200
            for line in response.iter_lines():
                if line.startswith("data:"):
                    yield json.loads(line.removeprefix("data:"))

    def close(self) -> None:
        self._http.close()


def kinds(log: list[Record]) -> list[str]:
    """The types of events, in order."""
    return [event["type"] for event in log]


def assert_whole(log: list[Record]) -> None:
    """The log begins with the start, ends with the end, has no gap and nothing twice."""
    assert [event["seq"] for event in log] == list(range(1, len(log) + 1))
    assert kinds(log)[0] == "call.started"
    assert kinds(log)[-1] == "call.ended"
    for once in ("call.started", "leg.answered", "consent.granted", "leg.ended", "call.ended"):
        assert kinds(log).count(once) <= 1
    said = [event["data"]["utterance_id"] for event in log if event["type"] == "agent.said"]
    assert len(said) == len(set(said))
