"""Salesforce's REST API as documented, over records in memory.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/ (query, upsert by external id, error codes)
https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_client_credentials_flow.htm and ..._jwt_flow.htm
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from voiceagent.testing.vendors.server import VendorServer, form_of, reply
from voiceagent.testing.vendors.soql import Malformed, Query, parse

CLIENT = {"client_id": "client-1", "client_secret": "s3cret-salesforce"}
USERNAME = "agent@example.com"
KEY = "Voiceagent_Key__c"
_DATA = "/services/data/v62.0"
_FIELDS = {
    "Contact": {"Id", "FirstName", "LastName", "Email", "Phone", "MobilePhone"},
    "Case": {"Id", "ContactId", "Subject", "Description", "Status", "IsClosed", "Origin", "CreatedDate", KEY},
    "Order": {"Id", "BillToContactId", "OrderNumber", "Status", "CreatedDate", "(OrderItems)"},
    "Voiceagent_Note__c": {"Id", "Contact__c", "Text__c", "CreatedDate", KEY},
}
_PREFIX = {"Contact": "003", "Case": "500", "Order": "801", "Voiceagent_Note__c": "a00"}
_REFERENCES = {"Case": "ContactId", "Voiceagent_Note__c": "Contact__c"}
_START = datetime(2026, 11, 1, tzinfo=UTC)
_Record = dict[str, Any]


@dataclass
class SalesforceServer(VendorServer):
    """`public_key` is what the JWT flow verifies with; `page_size` makes queries turn pages."""

    token_route: str = "/services/oauth2/token"  # noqa: S105 - an address
    page_size: int = 2000
    public_key: str = ""
    records: dict[str, list[_Record]] = field(default_factory=lambda: {kind: [] for kind in _FIELDS})
    _ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    _rest: dict[str, list[_Record]] = field(default_factory=dict)  # cursors

    def add(self, kind: str, **values: Any) -> str:
        number = next(self._ids)
        record_id = f"{_PREFIX[kind]}{number:012d}AAA"
        created = (_START + timedelta(minutes=number)).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
        self.records[kind].append({"Id": record_id, "CreatedDate": created, **values})
        return record_id

    def routes(self) -> Sequence[BaseRoute]:
        return [
            Route("/services/oauth2/token", self._token, methods=["POST"]),
            Route(f"{_DATA}/query", self._query),
            Route(f"{_DATA}/query/{{cursor}}", self._more),
            Route(f"{_DATA}/sobjects/{{kind}}/{KEY}/{{key}}", self._upsert, methods=["PATCH"]),
            Route(f"{_DATA}/sobjects/{{kind}}/{{record_id}}", self._update, methods=["PATCH"]),
        ]

    async def _token(self, request: Request) -> Response:
        form = await form_of(request)
        if form == {"grant_type": "client_credentials", **CLIENT} or self._asserted(form):
            return reply(200, {"access_token": self.issue_token(), "instance_url": self.url, "token_type": "Bearer"})
        return reply(400, {"error": "invalid_grant", "error_description": "authentication failure"})

    def _asserted(self, form: dict[str, str]) -> bool:
        if form.get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer":
            return False
        try:
            claims = jwt.decode(
                form["assertion"],
                self.public_key,
                algorithms=["RS256"],
                audience="https://login.salesforce.com",
                issuer=CLIENT["client_id"],
            )
        except jwt.PyJWTError:
            return False
        return bool(claims["sub"] == USERNAME)

    async def _query(self, request: Request) -> Response:
        if not self.accepts(request):
            return _no_session()
        try:
            query = parse(request.query_params["q"])
        except Malformed as error:
            return _error(400, "MALFORMED_QUERY", str(error))
        if query.source not in _FIELDS:
            return _error(400, "INVALID_TYPE", f"sObject type '{query.source}' is not supported.")
        used = {*query.fields, *(name for name, _ in query.conditions), *([query.newest_by] if query.newest_by else [])}
        if used - _FIELDS[query.source]:
            return _error(400, "INVALID_FIELD", "No such column")
        return self._page(self._found(query))

    def _found(self, query: Query) -> list[_Record]:
        enough = any if query.any_of else all
        rows = self.records[query.source]
        found = [row for row in rows if enough(row.get(name) == value for name, value in query.conditions)]
        if query.newest_by:
            found.sort(key=lambda row: str(row[query.newest_by]), reverse=True)
        names = [name.strip("()") for name in query.fields]
        return [{name: row.get(name) for name in names} for row in found[: query.limit]]

    def _page(self, rows: list[_Record]) -> Response:
        page, rest = rows[: self.page_size], rows[self.page_size :]
        body: _Record = {"totalSize": len(rows), "done": not rest, "records": page}
        if rest:
            cursor = f"01g{next(self._ids)}-{self.page_size}"
            self._rest[cursor] = rest
            body["nextRecordsUrl"] = f"{_DATA}/query/{cursor}"
        return reply(200, body)

    async def _more(self, request: Request) -> Response:
        return self._page(self._rest[request.path_params["cursor"]]) if self.accepts(request) else _no_session()

    async def _upsert(self, request: Request) -> Response:
        if not self.accepts(request):
            return _no_session()
        kind, key, values = request.path_params["kind"], request.path_params["key"], await request.json()
        if kind not in _FIELDS or set(values) - _FIELDS[kind]:
            return _error(400, "INVALID_FIELD", "No such column")
        if all(contact["Id"] != values[_REFERENCES[kind]] for contact in self.records["Contact"]):
            return _error(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        existing = next((row for row in self.records[kind] if row.get(KEY) == key), None)
        if existing is not None:
            existing |= values
            return reply(200, {"id": existing["Id"], "success": True, "errors": [], "created": False})
        defaults = {"Status": "New", "IsClosed": False} if kind == "Case" else {}
        record_id = self.add(kind, **defaults, **{name: value or None for name, value in values.items()}, **{KEY: key})
        return reply(201, {"id": record_id, "success": True, "errors": [], "created": True})

    async def _update(self, request: Request) -> Response:
        if not self.accepts(request):
            return _no_session()
        kind, record_id = request.path_params["kind"], request.path_params["record_id"]
        record = next((row for row in self.records[kind] if row["Id"] == record_id), None)
        if record is None:
            return _error(404, "NOT_FOUND", "The requested resource does not exist")
        record |= await request.json()
        record["IsClosed"] = record["Status"] == "Closed"
        return Response(status_code=204)


def _no_session() -> Response:
    return _error(401, "INVALID_SESSION_ID", "Session expired or invalid")


def _error(status: int, code: str, message: str) -> Response:
    return reply(status, [{"errorCode": code, "message": message}])
