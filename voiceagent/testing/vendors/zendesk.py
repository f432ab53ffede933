"""Zendesk's Ticketing API as documented, over records in memory.

https://developer.zendesk.com/api-reference/ticketing/introduction/ (idempotency, errors, paging)
https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/, .../users/users/
https://developer.zendesk.com/api-reference/custom-data/custom-objects/custom_object_records/
"""

import itertools
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from voiceagent.testing.vendors.server import VendorServer, reply

CLIENT = {"client_id": "client-1", "client_secret": "s3cret-zendesk"}
_QUERY = re.compile(r'phone:"(\+[0-9]+)"')
_STATUS = {"new", "open", "pending", "hold", "solved"}
_START = datetime(2026, 11, 1, tzinfo=UTC)
_Record = dict[str, Any]


@dataclass
class ZendeskServer(VendorServer):
    """`page_size` below what a client asks for makes it turn pages."""

    token_route: str = "/oauth/tokens"  # noqa: S105 - an address
    page_size: int = 100
    users: dict[int, _Record] = field(default_factory=dict)
    tickets: dict[int, _Record] = field(default_factory=dict)
    orders: list[_Record] = field(default_factory=list)
    replays: dict[str, tuple[str, _Record]] = field(default_factory=dict)  # Idempotency-Key: (body, answer)
    _ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(101))

    def add_user(self, name: str, phone: str) -> str:
        number = next(self._ids)
        self.users[number] = {"id": number, "name": name, "phone": phone, "email": None, "role": "end-user"}
        return str(number)

    def add_order(self, customer: str, fields: dict[str, str], created_at: str) -> None:
        fields = {"customer": customer, **fields}
        self.orders.append({"id": f"01H{next(self._ids)}", "created_at": created_at, "custom_object_fields": fields})

    def routes(self) -> Sequence[BaseRoute]:
        return [
            Route("/oauth/tokens", self._token, methods=["POST"]),
            Route("/api/v2/users/search.json", self._search_users),
            Route("/api/v2/users/me.json", self._me),
            Route("/api/v2/users/{number:int}.json", self._user),
            Route("/api/v2/users/{number:int}/tickets/requested.json", self._requested),
            Route("/api/v2/tickets.json", self._list_tickets, methods=["GET"]),
            Route("/api/v2/tickets.json", self._create_ticket, methods=["POST"]),
            Route("/api/v2/tickets/{number:int}.json", self._show_ticket, methods=["GET"]),
            Route("/api/v2/tickets/{number:int}.json", self._update_ticket, methods=["PUT"]),
            Route("/api/v2/custom_objects/order/records/search", self._search_records, methods=["POST"]),
        ]

    async def _token(self, request: Request) -> Response:
        if await request.json() != {"grant_type": "client_credentials", "scope": "read write", **CLIENT}:
            return reply(401, {"error": "invalid_client", "error_description": "Client authentication failed."})
        return reply(200, {"access_token": self.issue_token(), "token_type": "bearer", "scope": "read write"})

    async def _search_users(self, request: Request) -> Response:
        if not self.accepts(request):
            return _unauthorised()
        query = _QUERY.fullmatch(request.query_params["query"])
        if query is None:
            return reply(400, {"error": "invalid", "description": "Invalid search: unbalanced quotes"})
        found = [user for user in self.users.values() if user["phone"] == query[1]]
        return reply(200, {"users": found, "count": len(found), "next_page": None})

    async def _me(self, request: Request) -> Response:
        return reply(200, {"user": {"id": 1, "name": "Agent"}}) if self.accepts(request) else _unauthorised()

    async def _user(self, request: Request) -> Response:
        if not self.accepts(request):
            return _unauthorised()
        user = self.users.get(request.path_params["number"])
        return reply(200, {"user": user}) if user else _not_found()

    async def _requested(self, request: Request) -> Response:
        if not self.accepts(request):
            return _unauthorised()
        query = dict(request.query_params)
        if query["sort_by"] not in {"created_at", "updated_at"}:
            return reply(400, {"error": "InvalidValue", "description": "sort_by"})
        requester, page = request.path_params["number"], int(query.get("page", "1"))
        own = [ticket for ticket in self.tickets.values() if ticket["requester_id"] == requester]
        own.sort(key=lambda ticket: ticket["created_at"], reverse=query["sort_order"] == "desc")
        size = min(int(query["per_page"]), self.page_size)
        following = f"{self.url}{request.url.path}?{urlencode({**query, 'page': page + 1})}"
        more = page * size < len(own)
        body = {"tickets": own[(page - 1) * size :][:size], "count": len(own), "next_page": following if more else None}
        return reply(200, body)

    async def _list_tickets(self, request: Request) -> Response:
        if not self.accepts(request):
            return _unauthorised()
        key = request.query_params["external_id"]
        found = [ticket for ticket in self.tickets.values() if ticket["external_id"] == key]
        return reply(200, {"tickets": found, "count": len(found), "next_page": None})

    async def _create_ticket(self, request: Request) -> Response:
        if not self.accepts(request):
            return _unauthorised()
        key, body = request.headers.get("idempotency-key"), await request.json()
        canonical = json.dumps(body, sort_keys=True)
        if key in self.replays:
            known, ticket = self.replays[key]
            if known != canonical:
                return reply(400, {"error": "IdempotentRequestError", "description": "parameters differ"})
            return reply(201, {"ticket": ticket}, {"x-idempotency-lookup": "hit"})
        given = body["ticket"]
        if not given["comment"].get("body"):
            return _invalid({"comment": [{"description": "Comment: cannot be blank", "error": "BlankValue"}]})
        if given["requester_id"] not in self.users:
            return _invalid({"requester": [{"description": "Requester is invalid", "error": "InvalidValue"}]})
        ticket = self._store(given)
        if key:
            self.replays[key] = (canonical, dict(ticket))
        return reply(201, {"ticket": ticket}, {"x-idempotency-lookup": "miss"})

    def _store(self, given: _Record) -> _Record:
        number = next(self._ids)
        self.tickets[number] = {
            "id": number,
            "subject": given["subject"],
            "description": given["comment"]["body"],
            "status": given.get("status", "new"),
            "requester_id": given["requester_id"],
            "external_id": given.get("external_id"),
            "tags": given.get("tags", []),
            "created_at": (_START + timedelta(minutes=number)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        return self.tickets[number]

    async def _show_ticket(self, request: Request) -> Response:
        if not self.accepts(request):
            return _unauthorised()
        ticket = self.tickets.get(request.path_params["number"])
        return reply(200, {"ticket": ticket}) if ticket else _not_found()

    async def _update_ticket(self, request: Request) -> Response:
        if not self.accepts(request):
            return _unauthorised()
        ticket, changes = self.tickets.get(request.path_params["number"]), (await request.json())["ticket"]
        if ticket is None:
            return _not_found()
        if ticket["status"] == "closed" or changes["status"] not in _STATUS:
            return _invalid({"status": [{"description": "Status: closed prevents ticket update", "error": None}]})
        ticket |= changes
        return reply(200, {"ticket": ticket, "audit": {}})

    async def _search_records(self, request: Request) -> Response:
        if not self.accepts(request):
            return _unauthorised()
        query, conditions = request.query_params, (await request.json())["filter"]["$and"]
        found = list(self.orders)
        for condition in conditions:
            ((name, comparison),) = condition.items()
            if not name.startswith("custom_object_fields.") or set(comparison) != {"$eq"}:
                return reply(400, {"error": {"title": "InvalidFilter", "message": "bad filter"}})
            key = name.removeprefix("custom_object_fields.")
            found = [one for one in found if one["custom_object_fields"].get(key) == comparison["$eq"]]
        found.sort(key=lambda one: str(one["created_at"]), reverse=query["sort"] == "-created_at")
        start, size = int(query.get("page[after]", "0")), min(int(query["page[size]"]), self.page_size)
        more = start + size < len(found)
        meta = {"has_more": more, "after_cursor": str(start + size) if more else None}
        return reply(200, {"custom_object_records": found[start:][:size], "meta": meta, "links": {}})


def _unauthorised() -> Response:
    return reply(401, {"error": "invalid_token", "error_description": "The access token provided is invalid."})


def _not_found() -> Response:
    return reply(404, {"error": "RecordNotFound", "description": "Not found"})


def _invalid(details: object) -> Response:
    return reply(422, {"error": "RecordInvalid", "description": "Record validation errors", "details": details})
