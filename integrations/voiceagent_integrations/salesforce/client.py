"""Salesforce's endpoints that the connector uses.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_query.htm
https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/dome_upsert.htm
https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm
"""

from collections.abc import Mapping
from typing import Final

from voiceagent.core.errors import ConfigError, NotFound, UpstreamUnavailable
from voiceagent_integrations.http.exchange import Exchange
from voiceagent_integrations.http.fields import Row, required
from voiceagent_integrations.http.message import Ask
from voiceagent_integrations.http.pages import by_link, collect
from voiceagent_integrations.http.urls import path

_NO_SUCH: Final = frozenset({"INVALID_CROSS_REFERENCE_KEY", "MALFORMED_ID", "ENTITY_IS_DELETED"})
_AT_ONCE: Final = frozenset({"DUPLICATE_VALUE", "UNABLE_TO_LOCK_ROW"})  # another request with the key came first


class SalesforceClient:
    """The requests of one exchange."""

    def __init__(self, exchange: Exchange, *, version: str) -> None:
        self._exchange = exchange
        self._version = version

    async def query(self, soql: str, *, what: str) -> list[Row]:
        """Rows of a query, over `nextRecordsUrl`."""
        url = path("services", "data", self._version, "query")
        ask = Ask(what=what, method="GET", path=url, params={"q": soql}, repeatable=True)
        following = by_link(self._exchange, "nextRecordsUrl")
        return await collect(self._exchange, ask, at="records", following=following)

    async def upsert(self, kind: str, key_field: str, key: str, values: Mapping[str, str], *, what: str) -> str:
        """Create the record with that external id, or update the one there is; its id.

        Raises NotFound when `values` refer to a record that is not there, UpstreamUnavailable when another request
        with the key is under way, ConfigError when the external id is not unique.
        """
        ask = Ask(
            what=what,
            method="PATCH",
            path=path("services", "data", self._version, "sobjects", kind, key_field, key),
            json=dict(values),
            repeatable=True,
            hand_back=frozenset({300, 400}),
        )
        answer = await self._exchange.send(ask)
        if answer.status == 300:
            raise ConfigError(f"the field {key_field} of {kind} must be marked as unique in Salesforce")
        if answer.status == 400 and answer.code in _NO_SUCH:
            raise NotFound("there is no such contact in Salesforce")
        if answer.status == 400 and answer.code in _AT_ONCE:
            raise UpstreamUnavailable(f"Salesforce did not {what}: the same is being written at this moment")
        if answer.status == 400:
            raise self._exchange.refused(answer, ask)
        return required(answer.data, "id")

    async def update(self, kind: str, record_id: str, values: Mapping[str, str], *, what: str) -> None:
        url = path("services", "data", self._version, "sobjects", kind, record_id)
        await self._exchange.send(Ask(what=what, method="PATCH", path=url, json=dict(values), repeatable=True))
