"""The Dataverse Web API as documented, over rows in memory, with Entra's token endpoint beside it.

https://learn.microsoft.com/power-apps/developer/data-platform/webapi/overview
https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
"""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from voiceagent.testing.vendors.odata import Malformed, parse
from voiceagent.testing.vendors.server import VendorServer, form_of, reply

CLIENT = {"client_id": "client-1", "client_secret": "s3cret-dynamics"}
_DATA = "/api/data/v9.2"
_CUSTOMER = "_customerid_value"
_COLUMNS = {
    "contacts": {"contactid", "firstname", "lastname", "emailaddress1", "telephone1", "mobilephone"},
    "incidents": {"incidentid", _CUSTOMER, "title", "description", "statecode", "statuscode", "createdon"},
    "annotations": {"annotationid", "notetext", "subject", "createdon", "_objectid_value"},
    "salesorders": {"salesorderid", _CUSTOMER, "ordernumber", "name", "statuscode", "createdon"},
}
_IDS = {
    "contacts": "contactid",
    "incidents": "incidentid",
    "annotations": "annotationid",
    "salesorders": "salesorderid",
}
_BINDS = {"customerid_contact@odata.bind": _CUSTOMER, "objectid_contact@odata.bind": "_objectid_value"}
_BOUND = re.compile(r"/(?:contacts|incidents)\(([0-9a-f-]{36})\)")
_SHOWN = "@OData.Community.Display.V1.FormattedValue"
_START = datetime(2026, 11, 1, tzinfo=UTC)
_Row = dict[str, Any]


@dataclass
class DynamicsServer(VendorServer):
    """`page_size` makes queries turn pages."""

    token_route: str = "/tenant-1/oauth2/v2.0/token"  # noqa: S105 - an address
    page_size: int = 5000
    tables: dict[str, list[_Row]] = field(default_factory=lambda: {table: [] for table in _COLUMNS})
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    _rest: dict[str, list[_Row]] = field(default_factory=dict)  # cursors

    def add(self, table: str, record_id: str = "", **values: Any) -> str:
        number = next(self._numbers)
        record_id = record_id or f"00000000-0000-4000-8000-{number:012x}"
        created = (_START + timedelta(minutes=number)).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.tables[table].append({_IDS[table]: record_id, "createdon": created, **values})
        return record_id

    def routes(self) -> Sequence[BaseRoute]:
        return [
            Route(self.token_route, self._token, methods=["POST"]),
            Route(f"{_DATA}/WhoAmI", self._who_am_i),
            Route(f"{_DATA}/CloseIncident", self._close, methods=["POST"]),
            Route(f"{_DATA}/{{table}}({{record_id}})", self._read, methods=["GET"]),
            Route(f"{_DATA}/{{table}}({{record_id}})", self._upsert, methods=["PATCH"]),
            Route(f"{_DATA}/{{table}}", self._query),
        ]

    async def _token(self, request: Request) -> Response:
        expected = {"grant_type": "client_credentials", "scope": f"{self.url}/.default", **CLIENT}
        if await form_of(request) != expected:
            return reply(401, {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret"})
        return reply(200, {"access_token": self.issue_token(), "expires_in": 3599, "token_type": "Bearer"})

    async def _who_am_i(self, request: Request) -> Response:
        return reply(200, {"UserId": "00000000"}) if self.accepts(request) else Response(status_code=401)

    async def _query(self, request: Request) -> Response:
        table, query = request.path_params["table"], request.query_params
        if not self.accepts(request):
            return Response(status_code=401)
        if table not in _COLUMNS:
            return _error(404, "0x80060888", f"Resource not found for the segment '{table}'.")
        if "$skiptoken" in query:
            return self._page(request, self._rest[query["$skiptoken"]])
        try:
            conditions, any_of = parse(query["$filter"])
        except Malformed as error:
            return _error(400, "0x80060888", str(error))
        order = query.get("$orderby", "").removesuffix(" desc")
        used = {*query["$select"].split(","), *(column for column, _, _ in conditions), *([order] if order else [])}
        if used - _COLUMNS[table]:
            return _error(400, "0x80060888", f"Could not find a property named {used - _COLUMNS[table]}")
        if any(is_id != (name.startswith("_") or name == _IDS[table]) for name, _, is_id in conditions):
            return _error(400, "0x80060888", "A binary operator with incompatible types was detected.")
        enough = any if any_of else all
        found = [row for row in self.tables[table] if enough(row.get(name) == value for name, value, _ in conditions)]
        found.sort(key=lambda row: str(row.get(order, "")), reverse=True)
        return self._page(request, [_shown(row, query["$select"]) for row in found[: int(query["$top"])]])

    def _page(self, request: Request, rows: list[_Row]) -> Response:
        body: _Row = {"@odata.context": f"{self.url}{_DATA}/$metadata", "value": rows[: self.page_size]}
        if len(rows) > self.page_size:
            cursor = str(next(self._numbers))
            self._rest[cursor] = rows[self.page_size :]
            body["@odata.nextLink"] = f"{self.url}{request.url.path}?$skiptoken={cursor}"
        return reply(200, body)

    async def _read(self, request: Request) -> Response:
        if not self.accepts(request):
            return Response(status_code=401)
        row = self._row(request.path_params["table"], request.path_params["record_id"])
        return reply(200, _shown(row, request.query_params["$select"])) if row else _lost()

    async def _upsert(self, request: Request) -> Response:
        if not self.accepts(request):
            return Response(status_code=401)
        table, record_id, values = *request.path_params.values(), await request.json()
        row = self._row(table, record_id)
        if row is not None and request.headers.get("if-none-match") == "*":
            return _error(412, "0x80040237", "A record with matching key values already exists.")
        if row is None and request.headers.get("if-match") == "*":
            return _lost()
        given = {}
        for name, value in values.items():
            bound = _BOUND.fullmatch(str(value)) if name in _BINDS else None
            if bound is not None and self._row("contacts", bound[1]) is None:
                return _lost()
            given[_BINDS.get(name, name)] = bound[1] if bound else value
        if set(given) - _COLUMNS[table]:
            return _error(400, "0x80048d19", "Error identified in Payload: undeclared property")
        if row is not None and given.get("statecode") == 1:
            return _error(400, "0x80048408", "use the CloseIncidentRequest message instead")
        if row is None:
            defaults = {"statecode": 0, "statuscode": 1} if table == "incidents" else {}
            self.add(table, record_id, **defaults, **given)
            created = self.tables[table][-1]
            return reply(201, _shown(created, request.query_params["$select"]))
        row |= given
        return Response(status_code=204)

    async def _close(self, request: Request) -> Response:
        if not self.accepts(request):
            return Response(status_code=401)
        body = await request.json()
        bound = _BOUND.fullmatch(body["IncidentResolution"]["incidentid@odata.bind"])
        row = self._row("incidents", bound[1]) if bound else None
        if row is None:
            return _lost()
        if row["statecode"] != 0:
            return _error(400, "0x8004f871", "The case has already been resolved.")
        row |= {"statecode": 1, "statuscode": body["Status"]}
        return Response(status_code=204)

    def _row(self, table: str, record_id: str) -> _Row | None:
        return next((row for row in self.tables.get(table, []) if row[_IDS[table]] == record_id), None)


def _shown(row: _Row, select: str) -> _Row:
    shown: _Row = {"@odata.etag": 'W/"1"', **{name: row.get(name) for name in select.split(",")}}
    if "statuscode" in shown:
        shown[f"statuscode{_SHOWN}"] = {1: "New", 100001: "Complete"}.get(row["statuscode"], "In Progress")
    return shown


def _error(status: int, code: str, message: str) -> Response:
    return reply(status, {"error": {"code": code, "message": message}})


def _lost() -> Response:
    return _error(404, "0x80040217", "Entity 'Contact' With Id = ... Does Not Exist")
