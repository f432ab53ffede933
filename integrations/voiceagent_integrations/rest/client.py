"""Requests to an API that the settings describe."""

from collections.abc import Mapping
from dataclasses import replace

from voiceagent.core.errors import NotFound
from voiceagent_integrations.http.exchange import Exchange
from voiceagent_integrations.http.fields import Row, row
from voiceagent_integrations.http.message import Answer, Ask
from voiceagent_integrations.http.pages import Next, by_cursor, by_link, by_offset, collect
from voiceagent_integrations.rest.settings import Endpoint, RestSettings
from voiceagent_integrations.rest.templates import fill, fill_body, fill_path


class RestClient:
    """The requests of one exchange."""

    def __init__(self, exchange: Exchange, settings: RestSettings) -> None:
        self._exchange = exchange
        self._settings = settings

    async def rows(self, endpoint: Endpoint, values: Mapping[str, str], *, what: str) -> list[Row]:
        """At most 50, over pages. Where a contact is asked about, 404 says that there is no such contact."""
        ask = self._ask(endpoint, values, what=what, repeatable=True)
        ask = replace(ask, hand_back=frozenset({404}) if "contact_id" in values else frozenset())
        return await collect(self._exchange, ask, at=endpoint.at, following=self._following(endpoint))

    async def write(self, endpoint: Endpoint, values: Mapping[str, str], *, what: str, key: str = "") -> Row:
        """With a key, repeatable as far as the API knows a header for it. Raises NotFound when it answers 404."""
        header = self._settings.idempotency_header
        ask = self._ask(endpoint, values, what=what, repeatable=bool(header) if key else True)
        if key and header:
            ask = replace(ask, headers={header: key})
        answer = await self._exchange.send(replace(ask, hand_back=frozenset({404})))
        if answer.status == 404:
            raise NotFound("the CRM has no such contact or case")
        return row(answer.data, endpoint.at)

    def _ask(self, endpoint: Endpoint, values: Mapping[str, str], *, what: str, repeatable: bool) -> Ask:
        return Ask(
            what=what,
            method=endpoint.method,
            path=fill_path(endpoint.path, values),
            params={name: fill(value, values) for name, value in endpoint.params.items()},
            json=None if endpoint.body is None else fill_body(endpoint.body, values),
            repeatable=repeatable,
        )

    def _following(self, endpoint: Endpoint) -> Next:
        paging = self._settings.paging
        if paging.kind == "link":
            return by_link(self._exchange, paging.at)
        if paging.kind == "cursor":
            return by_cursor(paging.at, lambda ask, cursor: replace(ask, params={**ask.params, paging.param: cursor}))
        if paging.kind == "offset":
            return by_offset(paging.param, paging.size, endpoint.at)
        return _no_more


def _no_more(_ask: Ask, _answer: Answer) -> None:
    return None
