"""Zendesk's endpoints that the connector uses.

https://developer.zendesk.com/api-reference/ticketing/users/users/#search-users
https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/
https://developer.zendesk.com/api-reference/ticketing/introduction/#idempotency
https://developer.zendesk.com/api-reference/custom-data/custom-objects/custom_object_records/
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from voiceagent.core.errors import Conflict
from voiceagent_integrations.http.exchange import Exchange
from voiceagent_integrations.http.fields import Row, row, rows
from voiceagent_integrations.http.message import Ask
from voiceagent_integrations.http.pages import WANTED, by_cursor, by_link, collect
from voiceagent_integrations.http.urls import path

_API: Final = ("api", "v2")


class ZendeskClient:
    """The requests of one exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def search_users(self, query: str, *, what: str) -> list[Row]:
        """Several people may share a number; more than a page of them are as good as two."""
        ask = _get(what, "users", "search.json", query=query)
        return rows((await self._exchange.send(ask)).data, "users")

    async def user(self, user_id: str, *, what: str) -> Row | None:
        ask = replace(_get(what, "users", f"{user_id}.json"), hand_back=frozenset({404}))
        answer = await self._exchange.send(ask)
        return None if answer.status == 404 else row(answer.data, "user")

    async def me(self, *, what: str) -> Row:
        return row((await self._exchange.send(_get(what, "users", "me.json"))).data, "user")

    async def tickets_of(self, user_id: str, *, what: str) -> list[Row]:
        """Newest first."""
        ask = _get(what, "users", user_id, "tickets", "requested.json", sort_by="created_at", sort_order="desc")
        ask = replace(ask, params={**ask.params, "per_page": "100"}, hand_back=frozenset({404}))
        return await collect(
            self._exchange, ask, at="tickets", following=by_link(self._exchange, "next_page"), wanted=2 * WANTED
        )

    async def ticket(self, ticket_id: str, *, what: str) -> Row | None:
        ask = replace(_get(what, "tickets", f"{ticket_id}.json"), hand_back=frozenset({404}))
        answer = await self._exchange.send(ask)
        return None if answer.status == 404 else row(answer.data, "ticket")

    async def ticket_by_key(self, key: str, *, what: str) -> Row | None:
        """The first ticket with that external id."""
        found = rows((await self._exchange.send(_get(what, "tickets.json", external_id=key))).data, "tickets")
        return next((ticket for ticket in found if ticket.get("external_id") == key), None)

    async def create_ticket(self, ticket: Mapping[str, Any], *, key: str, what: str) -> Row:
        """Repeatable, because Zendesk answers a known Idempotency-Key with the first answer, for two hours."""
        ask = Ask(
            what=what,
            method="POST",
            path=path(*_API, "tickets.json"),
            json={"ticket": dict(ticket)},
            headers={"Idempotency-Key": key},
            repeatable=True,
        )
        return row((await self._exchange.send(ask)).data, "ticket")

    async def update_ticket(self, ticket_id: str, changes: Mapping[str, Any], *, what: str) -> Row:
        """Raises Conflict for a ticket that Zendesk has closed for good, or that needs more fields to be solved."""
        ask = Ask(
            what=what,
            method="PUT",
            path=path(*_API, "tickets", f"{ticket_id}.json"),
            json={"ticket": dict(changes)},
            repeatable=True,
            hand_back=frozenset({422}),
        )
        answer = await self._exchange.send(ask)
        if answer.status == 422:
            raise Conflict(f"Zendesk does not let ticket {ticket_id} be changed like this; open it there to see why")
        return row(answer.data, "ticket")

    async def records(self, kind: str, having: Mapping[str, str], *, what: str) -> list[Row]:
        """Records of a custom object whose fields have these values. Values are JSON, so nothing needs escaping."""
        conditions = [{f"custom_object_fields.{name}": {"$eq": value}} for name, value in having.items()]

        def put(ask: Ask, after: str) -> Ask:
            return replace(ask, params={**ask.params, "page[after]": after})

        ask = Ask(
            what=what,
            method="POST",
            path=path(*_API, "custom_objects", kind, "records", "search"),
            params={"page[size]": "100", "sort": "-created_at"},
            json={"filter": {"$and": conditions}},
            repeatable=True,
        )
        following = by_cursor("meta.after_cursor", put)
        return await collect(self._exchange, ask, at="custom_object_records", following=following, wanted=2 * WANTED)


def _get(what: str, *segments: str, **params: str) -> Ask:
    return Ask(what=what, method="GET", path=path(*_API, *segments), params=params, repeatable=True)
