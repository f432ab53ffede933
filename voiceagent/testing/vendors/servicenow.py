"""ServiceNow's Table API as documented, over records in memory.

https://www.servicenow.com/docs/bundle/zurich-api-reference/page/integrate/inbound-rest/concept/c_TableAPI.html
As documented, parts of a query that name no field are ignored, and whatever the rest finds comes back.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from voiceagent.testing.vendors.server import VendorServer, form_of, reply

CLIENT = {"client_id": "client-1", "client_secret": "s3cret-servicenow"}
ORDERS = "sn_ind_tmt_orm_order"
_FIELDS = {
    "customer_contact": {"first_name", "last_name", "email", "phone", "mobile_phone"},
    "sn_customerservice_case": {"short_description", "description", "state", "contact", "correlation_id"},
    "u_voiceagent_note": {"u_contact", "u_text", "u_key"},
    ORDERS: {"number", "short_description", "state", "contact"},
}
_CASE, _NOTE = "sn_customerservice_case", "u_voiceagent_note"
_STATES = {"1": "New", "10": "Open", "18": "Awaiting Info", "3": "Closed", "6": "Resolved"}
_START = datetime(2026, 11, 1, tzinfo=UTC)
_Record = dict[str, str]


@dataclass
class ServiceNowServer(VendorServer):
    """Notes have a unique index on `u_key`; cases have none on `correlation_id`."""

    token_route: str = "/oauth_token.do"  # noqa: S105 - an address
    tables: dict[str, list[_Record]] = field(default_factory=lambda: {table: [] for table in _FIELDS})
    _ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def add(self, table: str, **values: str) -> str:
        number = next(self._ids)
        created = (_START + timedelta(minutes=number)).strftime("%Y-%m-%d %H:%M:%S")
        record = {"sys_id": f"{number:032x}", "sys_created_on": created, **dict.fromkeys(_FIELDS[table], ""), **values}
        self.tables[table].append(record)
        return record["sys_id"]

    def routes(self) -> Sequence[BaseRoute]:
        return [
            Route("/oauth_token.do", self._token, methods=["POST"]),
            Route("/api/now/table/{table}", self._query, methods=["GET"]),
            Route("/api/now/table/{table}", self._create, methods=["POST"]),
            Route("/api/now/table/{table}/{sys_id}", self._update, methods=["PATCH"]),
        ]

    async def _token(self, request: Request) -> Response:
        if await form_of(request) != {"grant_type": "client_credentials", **CLIENT}:
            return reply(401, {"error_description": "access_denied", "error": "server_error"})
        body = {"access_token": self.issue_token(), "scope": "useraccount", "token_type": "Bearer", "expires_in": 1799}
        return reply(200, body)

    async def _query(self, request: Request) -> Response:
        table = request.path_params["table"]
        if (refused := self._refusal(request, table)) is not None:
            return refused
        query = request.query_params
        found = list(self.tables[table])
        newest_by, alternatives = "", [[]]  # type: tuple[str, list[list[tuple[str, str]]]]
        for part in query["sysparm_query"].split("^"):
            if part.startswith("ORDERBYDESC"):
                newest_by = part.removeprefix("ORDERBYDESC")
                continue
            name, _, value = part.removeprefix("OR").partition("=")
            if name not in _FIELDS[table] | {"sys_id", "sys_created_on"}:
                continue
            if part.startswith("OR") and alternatives != [[]]:
                alternatives.append([])
            alternatives[-1].append((name, value))
        found = [row for row in found if any(all(row[n] == v for n, v in one) for one in alternatives)]
        found.sort(key=lambda row: row.get(newest_by, ""), reverse=True)
        return reply(
            200, {"result": [_shown(row, query["sysparm_fields"]) for row in found[: int(query["sysparm_limit"])]]}
        )

    async def _create(self, request: Request) -> Response:
        table, values = request.path_params["table"], await request.json()
        if (refused := self._refusal(request, table)) is not None:
            return refused
        known = {name: value for name, value in values.items() if name in _FIELDS[table]}  # others are dropped silently
        if table == _NOTE and any(row["u_key"] == known.get("u_key") for row in self.tables[_NOTE]):
            return _error(403, "Operation Failed", "Error during insert of u_voiceagent_note: Unique Key violation")
        self.add(table, **({"state": "1"} if table == _CASE else {}), **known)
        created = self.tables[table][-1]
        return reply(201, {"result": _shown(created, request.query_params["sysparm_fields"])})

    async def _update(self, request: Request) -> Response:
        table = request.path_params["table"]
        if (refused := self._refusal(request, table)) is not None:
            return refused
        record = next((row for row in self.tables[table] if row["sys_id"] == request.path_params["sys_id"]), None)
        if record is None:
            return _error(404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")
        record |= await request.json()
        return reply(200, {"result": _shown(record, request.query_params["sysparm_fields"])})

    def _refusal(self, request: Request, table: str) -> Response | None:
        if not self.accepts(request):
            return _error(401, "User Not Authenticated", "Required to provide Auth information")
        return None if table in _FIELDS else _error(400, f"Invalid table {table}", None)


def _shown(row: _Record, fields: str) -> dict[str, Any]:
    """As with sysparm_display_value=all; fields that do not exist are left out."""
    names = [name for name in fields.split(",") if name in row]
    return {name: {"value": row[name], "display_value": _display(name, row[name])} for name in names}


def _display(name: str, value: str) -> str:
    return _STATES.get(value, value) if name == "state" else value


def _error(status: int, message: str, detail: str | None) -> Response:
    return reply(status, {"error": {"message": message, "detail": detail}, "status": "failure"})
