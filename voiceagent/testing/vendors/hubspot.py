"""HubSpot's CRM API v3 as documented, over records in memory.

https://developers.hubspot.com/docs/api/crm/search (5 groups of 6 filters, EQ; unknown properties are refused)
https://developers.hubspot.com/docs/api/crm/tickets, /notes, /contacts, /associations; /docs/api/oauth-quickstart-guide
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from voiceagent.testing.vendors.server import VendorServer, form_of, reply

KEY = "voiceagent_key"
CLIENT = {"client_id": "client-1", "client_secret": "s3cret-hubspot", "refresh_token": "refresh-hubspot"}
_PROPERTIES = {
    "contacts": {"firstname", "lastname", "email", "phone", "mobilephone"},
    "tickets": {"subject", "content", "hs_pipeline", "hs_pipeline_stage", "createdate", KEY},
    "notes": {"hs_note_body", "hs_timestamp", KEY},
    "order": {
        "hs_external_order_id",
        "hs_order_name",
        "hs_fulfillment_status",
        "hs_createdate",
        "associations.contact",
    },
}
_TYPES = {"tickets": 16, "notes": 202}
_START = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass
class _Object:
    object_id: str
    properties: dict[str, str | None]
    contact: str = ""


@dataclass
class HubSpotServer(VendorServer):
    """`page_size` below the limit that a client asks for makes it turn pages."""

    token_route: str = "/oauth/v1/token"  # noqa: S105 - an address
    page_size: int = 50
    objects: dict[str, list[_Object]] = field(default_factory=lambda: {kind: [] for kind in _PROPERTIES})
    _ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(101))

    def add(self, kind: str, properties: Mapping[str, str | None], *, contact: str = "") -> str:
        """Put a record in; its id."""
        object_id = str(next(self._ids))
        created = (_START + timedelta(minutes=int(object_id))).isoformat()
        self.objects[kind].append(_Object(object_id, {"createdate": created, **properties}, contact))
        return object_id

    def routes(self) -> Sequence[BaseRoute]:
        return [
            Route("/oauth/v1/token", self._token, methods=["POST"]),
            Route("/crm/v3/objects/{kind}/search", self._search, methods=["POST"]),
            Route("/crm/v3/objects/{kind}/batch/read", self._batch_read, methods=["POST"]),
            Route("/crm/v3/objects/{kind}", self._create, methods=["POST"]),
            Route("/crm/v3/objects/{kind}/{object_id}", self._read, methods=["GET"]),
            Route("/crm/v3/objects/{kind}/{object_id}", self._update, methods=["PATCH"]),
            Route("/crm/v4/objects/contacts/{object_id}/associations/{kind}", self._associations, methods=["GET"]),
        ]

    async def _token(self, request: Request) -> Response:
        if await form_of(request) != {"grant_type": "refresh_token", **CLIENT}:
            return reply(400, {"status": "BAD_REFRESH_TOKEN", "message": "missing or invalid refresh token"})
        body = {"access_token": self.issue_token(), "expires_in": 1800, "refresh_token": CLIENT["refresh_token"]}
        return reply(200, body)

    async def _search(self, request: Request) -> Response:
        kind, body = request.path_params["kind"], await request.json()
        if (refused := self._refusal(request, kind)) is not None:
            return refused
        groups = [group["filters"] for group in body.get("filterGroups", [])]
        filters = [one for group in groups for one in group]
        if len(groups) > 5 or any(len(group) > 6 for group in groups) or body.get("limit", 10) > 200:
            return _invalid("too many filters")
        if any(one.get("operator") != "EQ" or not isinstance(one.get("value"), str) for one in filters):
            return _invalid("bad operator")
        named = {one["propertyName"] for one in filters} | {sort["propertyName"] for sort in body.get("sorts", [])}
        if named - _PROPERTIES[kind]:
            return _invalid(f"unknown properties {named}")
        found = [one for one in self.objects[kind] if any(_matches(one, group) for group in groups)]
        for sort in body.get("sorts", []):
            name = sort["propertyName"]
            found.sort(key=lambda one: one.properties.get(name) or "", reverse=sort["direction"] == "DESCENDING")
        return self._page(found, body.get("after", "0"), min(body.get("limit", 10), self.page_size), body["properties"])

    def _page(self, found: list[_Object], after: str, size: int, properties: list[str]) -> Response:
        start = int(after)
        page: dict[str, Any] = {"total": len(found), "results": [_shown(o, properties) for o in found[start:][:size]]}
        if start + size < len(found):
            page["paging"] = {"next": {"after": str(start + size), "link": "https://api.hubapi.com/"}}
        return reply(200, page)

    async def _batch_read(self, request: Request) -> Response:
        kind, body = request.path_params["kind"], await request.json()
        if (refused := self._refusal(request, kind)) is not None:
            return refused
        if len(body["inputs"]) > 100:
            return _invalid("at most 100 inputs")
        ids = {one["id"] for one in body["inputs"]}
        found = [_shown(one, body["properties"]) for one in self.objects[kind] if one.object_id in ids]
        return reply(200, {"status": "COMPLETE", "results": found})

    async def _create(self, request: Request) -> Response:
        kind, body = request.path_params["kind"], await request.json()
        if (refused := self._refusal(request, kind)) is not None:
            return refused
        properties, (link,) = body["properties"], body["associations"]
        if set(properties) - _PROPERTIES[kind]:
            return _invalid('Property values were not valid: [{"isValid":false,"error":"PROPERTY_DOESNT_EXIST"}]')
        if link["types"] != [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": _TYPES[kind]}]:
            return _invalid("Invalid association type")
        if self._by(kind, KEY, properties[KEY]) is not None:
            return _invalid(f'Property values were not valid: [{{"message":"{KEY} already has that value"}}]')
        if self._by("contacts", "", link["to"]["id"]) is None:
            return _invalid("the associated object does not exist")
        object_id = self.add(kind, properties, contact=link["to"]["id"])
        created = self._by(kind, "", object_id)
        assert created is not None
        return reply(201, _shown(created, [*properties, "createdate"]))

    async def _read(self, request: Request) -> Response:
        kind, query = request.path_params["kind"], request.query_params
        if (refused := self._refusal(request, kind)) is not None:
            return refused
        if query.get("idProperty", KEY) != KEY:
            return _invalid("idProperty is not unique")
        one = self._by(kind, query.get("idProperty", ""), request.path_params["object_id"])
        if one is None:
            return _not_found()
        shown = _shown(one, query["properties"].split(","))
        if query.get("associations") == "contacts" and one.contact:
            shown["associations"] = {"contacts": {"results": [{"id": one.contact, "type": "ticket_to_contact"}]}}
        return reply(200, shown)

    async def _update(self, request: Request) -> Response:
        kind, changes = request.path_params["kind"], (await request.json())["properties"]
        if (refused := self._refusal(request, kind)) is not None:
            return refused
        one = self._by(kind, "", request.path_params["object_id"])
        if one is None:
            return _not_found()
        one.properties.update(changes)
        return reply(200, _shown(one, list(changes)))

    async def _associations(self, request: Request) -> Response:
        kind, contact = request.path_params["kind"], request.path_params["object_id"]
        if (refused := self._refusal(request, kind)) is not None:
            return refused
        found = [one for one in self.objects[kind] if one.contact == contact]
        start, size = (
            int(request.query_params.get("after", "0")),
            min(int(request.query_params["limit"]), self.page_size),
        )
        results = [{"toObjectId": int(one.object_id), "associationTypes": []} for one in found[start:][:size]]
        page: dict[str, Any] = {"results": results}
        if start + size < len(found):
            page["paging"] = {"next": {"after": str(start + size)}}
        return reply(200, page)

    def _refusal(self, request: Request, kind: str) -> Response | None:
        if not self.accepts(request):
            return reply(401, _error("INVALID_AUTHENTICATION", "Authentication credentials not found."))
        return None if kind in self.objects else reply(400, _error("VALIDATION_ERROR", "Unable to infer object type"))

    def _by(self, kind: str, name: str, value: str) -> _Object | None:
        """By a unique property, or by id with name ""."""
        objects = self.objects[kind]
        return next((o for o in objects if (o.properties.get(name) if name else o.object_id) == value), None)


def _matches(one: _Object, filters: list[dict[str, str]]) -> bool:
    having = {**one.properties, "associations.contact": one.contact}
    return all(having.get(condition["propertyName"]) == condition["value"] for condition in filters)


def _shown(one: _Object, properties: list[str]) -> dict[str, Any]:
    """Empty values come back as null, as HubSpot keeps no empty text."""
    return {"id": one.object_id, "properties": {name: one.properties.get(name) or None for name in properties}}


def _error(category: str, message: str) -> dict[str, str]:
    return {"status": "error", "message": message, "correlationId": "00000000-0000-4000", "category": category}


def _invalid(message: str) -> Response:
    return reply(400, _error("VALIDATION_ERROR", message))


def _not_found() -> Response:
    return reply(404, _error("OBJECT_NOT_FOUND", "Object not found.  objectId are usually numeric."))
