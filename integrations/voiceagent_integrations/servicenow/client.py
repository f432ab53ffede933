"""The Table API.

https://www.servicenow.com/docs/bundle/zurich-api-reference/page/integrate/inbound-rest/concept/c_TableAPI.html
Display values and errors: https://support.servicenow.com/kb?id=kb_article_view&sysparm_article=KB0534905
"""

from collections.abc import Mapping, Sequence

from voiceagent.core.errors import UpstreamUnavailable
from voiceagent_integrations.http.exchange import Exchange
from voiceagent_integrations.http.fields import Row, row, rows
from voiceagent_integrations.http.message import Ask
from voiceagent_integrations.http.urls import path


class ServiceNowClient:
    """The requests of one exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def query(self, table: str, query: str | None, fields: Sequence[str], *, what: str) -> list[Row]:
        """At most 50 rows; none for a query that could not be written.

        ServiceNow ignores the parts of a query that it does not understand (unless glide.invalid_query.returns_no_rows
        is set), so that the caller must look whether the rows are those that were meant.
        """
        if query is None:
            return []
        params = {"sysparm_query": query, "sysparm_limit": "50", **_shape(fields)}
        ask = Ask(what=what, method="GET", path=path("api", "now", "table", table), params=params, repeatable=True)
        return rows((await self._exchange.send(ask)).data, "result")

    async def create(self, table: str, values: Mapping[str, str], fields: Sequence[str], *, what: str) -> Row:
        """Not repeatable: ServiceNow would write twice. Raises UpstreamUnavailable when a unique field is taken."""
        ask = Ask(
            what=what,
            method="POST",
            path=path("api", "now", "table", table),
            params=_shape(fields),
            json=dict(values),
            hand_back=frozenset({403}),
        )
        answer = await self._exchange.send(ask)
        if (
            answer.status == 403 and answer.code == "Operation Failed"
        ):  # a unique index, a data policy or a rule said no
            raise UpstreamUnavailable(f"ServiceNow did not {what}: one of its rules or indexes refused the record")
        if answer.status == 403:
            raise self._exchange.refused(answer, ask)
        return row(answer.data, "result")

    async def update(
        self, table: str, sys_id: str, values: Mapping[str, str], fields: Sequence[str], *, what: str
    ) -> Row:
        url = path("api", "now", "table", table, sys_id)
        ask = Ask(what=what, method="PATCH", path=url, params=_shape(fields), json=dict(values), repeatable=True)
        return row((await self._exchange.send(ask)).data, "result")


def _shape(fields: Sequence[str]) -> dict[str, str]:
    return {
        "sysparm_fields": ",".join(dict.fromkeys(fields)),
        "sysparm_display_value": "all",
        "sysparm_exclude_reference_link": "true",
    }
