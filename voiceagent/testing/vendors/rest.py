"""The API that the REST connector's defaults describe (its README), over records in memory."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from voiceagent.testing.vendors.server import VendorServer, form_of, reply

CLIENT = {"client_id": "client-1", "client_secret": "s3cret-rest"}
_START = datetime(2026, 11, 1, tzinfo=UTC)
_Record = dict[str, Any]


@dataclass
class RestServer(VendorServer):
    """`paging` is how it turns pages: link, cursor or offset."""

    token_route: str = "/oauth/token"  # noqa: S105 - an address
    paging: str = "link"
    page_size: int = 50
    contacts: list[_Record] = field(default_factory=list)
    orders: list[_Record] = field(default_factory=list)
    cases: list[_Record] = field(default_factory=list)
    notes: list[_Record] = field(default_factory=list)
    written: dict[str, _Record] = field(default_factory=dict)  # by Idempotency-Key
    _ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def routes(self) -> Sequence[BaseRoute]:
        one = "/contacts/{contact_id}"
        return [
            Route("/oauth/token", self._token, methods=["POST"]),
            Route("/contacts", self._find),
            Route(f"{one}/orders", self._list_orders),
            Route(f"{one}/cases", self._list_cases, methods=["GET"]),
            Route(f"{one}/cases", self._create_case, methods=["POST"]),
            Route(f"{one}/cases/{{case_id}}", self._update_case, methods=["PATCH"]),
            Route(f"{one}/notes", self._add_note, methods=["POST"]),
        ]

    async def _token(self, request: Request) -> Response:
        if await form_of(request) != {"grant_type": "client_credentials", **CLIENT}:
            return reply(400, {"error": "invalid_client"})
        return reply(200, {"access_token": self.issue_token(), "token_type": "Bearer", "expires_in": 600})

    async def _find(self, request: Request) -> Response:
        number = request.query_params["phone"]
        return self._page(request, [one for one in self.contacts if one["phone"] == number])

    async def _list_orders(self, request: Request) -> Response:
        contact_id, number = request.path_params["contact_id"], request.query_params.get("number")
        own = [one for one in self.orders if one["contact_id"] == contact_id and number in {None, one["number"]}]
        return self._page(request, sorted(own, key=lambda one: str(one["ordered_at"]), reverse=True))

    async def _list_cases(self, request: Request) -> Response:
        contact_id = request.path_params["contact_id"]
        return self._page(request, [one for one in reversed(self.cases) if one["contact_id"] == contact_id])

    async def _create_case(self, request: Request) -> Response:
        return await self._create(request, self.cases, {"status": "open"})

    async def _add_note(self, request: Request) -> Response:
        return await self._create(request, self.notes, {})

    async def _create(self, request: Request, kept: list[_Record], defaults: _Record) -> Response:
        if not self.accepts(request):
            return _unauthorised()
        contact_id, key = request.path_params["contact_id"], request.headers.get("idempotency-key", "")
        if all(one["id"] != contact_id for one in self.contacts):
            return _not_found()
        if key not in self.written:
            number = next(self._ids)
            created = (_START + timedelta(minutes=number)).isoformat()
            base = {"id": number, "contact_id": contact_id, "created_at": created, **defaults}
            kept.append({**base, **await request.json()})
            self.written[key or f"no key {number}"] = kept[-1]
        return reply(201, self.written.get(key, kept[-1]))

    async def _update_case(self, request: Request) -> Response:
        if not self.accepts(request):
            return _unauthorised()
        contact_id, case_id = request.path_params["contact_id"], request.path_params["case_id"]
        own = [one for one in self.cases if str(one["id"]) == case_id and one["contact_id"] == contact_id]
        if not own:
            return _not_found()
        own[0].update(await request.json())
        return reply(200, own[0])

    def _page(self, request: Request, rows: list[_Record]) -> Response:
        if not self.accepts(request):
            return _unauthorised()
        start, size = int(request.query_params.get("start", "0")), self.page_size
        body: _Record = {"items": rows[start : start + size]}
        if start + size < len(rows) and self.paging == "link":
            query = {**request.query_params, "start": str(start + size)}
            body["next"] = f"{request.url.path}?{urlencode(query)}"
        if start + size < len(rows) and self.paging == "cursor":
            body["meta"] = {"cursor": str(start + size)}
        return reply(200, body)


def _unauthorised() -> Response:
    return reply(401, {"code": "unauthorised"})


def _not_found() -> Response:
    return reply(404, {"code": "not_found"})
