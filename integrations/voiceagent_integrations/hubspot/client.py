"""HubSpot's endpoints that the connector uses.

https://developers.hubspot.com/docs/api/crm/search
https://developers.hubspot.com/docs/api/crm/tickets and .../notes, .../associations
https://developers.hubspot.com/docs/api/commerce/orders
Uniqueness: https://developers.hubspot.com/docs/api/crm/properties#create-unique-identifier-properties
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from voiceagent_integrations.http.exchange import Exchange
from voiceagent_integrations.http.fields import Row, required, row, rows
from voiceagent_integrations.http.message import Ask
from voiceagent_integrations.http.pages import WANTED, by_cursor, collect
from voiceagent_integrations.http.urls import path

_TO_CONTACT: Final = {"tickets": 16, "notes": 202}  # HubSpot's own association type ids
_CONFLICT: Final = frozenset({400, 409})  # a unique property's value is taken; contacts answer 409, others 400


class HubSpotClient:
    """The requests of one exchange."""

    def __init__(self, exchange: Exchange, *, key_property: str) -> None:
        self._exchange = exchange
        self._key_property = key_property

    async def search(self, kind: str, body: Mapping[str, Any], *, what: str) -> list[Row]:
        """POST, but only a read. At most 50."""

        def put(ask: Ask, after: str) -> Ask:
            return replace(ask, json={**ask.json, "after": after})

        ask = Ask(
            what=what, method="POST", path=path("crm", "v3", "objects", kind, "search"), json=body, repeatable=True
        )
        return await collect(self._exchange, ask, at="results", following=by_cursor("paging.next.after", put))

    async def read(
        self, kind: str, object_id: str, properties: tuple[str, ...], *, what: str, by: str = "", contacts: bool = False
    ) -> Row | None:
        """One object by its id, or by the unique property `by`; with the contacts it belongs to."""
        params = {"properties": ",".join(properties)}
        if by:
            params["idProperty"] = by
        if contacts:
            params["associations"] = "contacts"
        answer = await self._exchange.send(
            Ask(
                what=what,
                method="GET",
                path=path("crm", "v3", "objects", kind, object_id),
                params=params,
                repeatable=True,
                hand_back=frozenset({404}),
            )
        )
        return None if answer.status == 404 else row(answer.data, "")

    async def of_contact(self, kind: str, contact_id: str, properties: tuple[str, ...], *, what: str) -> list[Row]:
        """The contact's objects, unsorted. Not by search, whose index lags behind what was just written."""

        def put(ask: Ask, after: str) -> Ask:
            return replace(ask, params={**ask.params, "after": after})

        ask = Ask(
            what=what,
            method="GET",
            path=path("crm", "v4", "objects", "contacts", contact_id, "associations", kind),
            params={"limit": "500"},
            repeatable=True,
            hand_back=frozenset({404}),
        )
        following = by_cursor("paging.next.after", put)
        links = await collect(self._exchange, ask, at="results", following=following, wanted=2500)
        ids = sorted({required(link, "toObjectId") for link in links}, key=_as_number, reverse=True)[:WANTED]
        return await self._read_all(kind, ids, properties, what=what) if ids else []

    async def _read_all(self, kind: str, ids: list[str], properties: tuple[str, ...], *, what: str) -> list[Row]:
        body = {"properties": list(properties), "inputs": [{"id": one} for one in ids]}
        url = path("crm", "v3", "objects", kind, "batch", "read")
        answer = await self._exchange.send(Ask(what=what, method="POST", path=url, json=body, repeatable=True))
        return rows(answer.data, "results")

    async def create(self, kind: str, contact_id: str, properties: Mapping[str, str], *, key: str, what: str) -> Row:
        """Create an object of the contact, once per `key`: the property's uniqueness is HubSpot's own."""
        link = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": _TO_CONTACT[kind]}
        ask = Ask(
            what=what,
            method="POST",
            path=path("crm", "v3", "objects", kind),
            json={
                "properties": {**properties, self._key_property: key},
                "associations": [{"to": {"id": contact_id}, "types": [link]}],
            },
            repeatable=True,
            hand_back=_CONFLICT,
        )
        answer = await self._exchange.send(ask)
        if answer.status not in _CONFLICT:
            return row(answer.data, "")
        written = await self.read(kind, key, tuple(properties), what=what, by=self._key_property)
        if written is None:  # refused for another reason
            raise self._exchange.refused(answer, ask)
        return written

    async def update(self, kind: str, object_id: str, properties: Mapping[str, str], *, what: str) -> Row:
        url = path("crm", "v3", "objects", kind, object_id)
        body = {"properties": dict(properties)}
        answer = await self._exchange.send(Ask(what=what, method="PATCH", path=url, json=body, repeatable=True))
        return row(answer.data, "")


def _as_number(object_id: str) -> int:
    return int(object_id) if object_id.isdecimal() else 0
