"""The Dataverse Web API's requests that the connector uses.

https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/overview
https://learn.microsoft.com/power-apps/developer/data-platform/webapi/perform-conditional-operations-using-web-api
https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/closeincident
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from voiceagent.core.errors import NotFound
from voiceagent_integrations.dynamics.mapping import SHOWN
from voiceagent_integrations.http.exchange import Exchange
from voiceagent_integrations.http.fields import Row, row
from voiceagent_integrations.http.message import Ask
from voiceagent_integrations.http.pages import by_link, collect
from voiceagent_integrations.http.urls import path

_NO_SUCH_RECORD: Final = "0x80040217"
_INCLUDE: Final = f'odata.include-annotations="{SHOWN[1:]}"'


class DynamicsClient:
    """The requests of one exchange. Record ids must be GUIDs."""

    def __init__(self, exchange: Exchange, *, version: str) -> None:
        self._exchange = exchange
        self._root = path("api", "data", version)

    async def query(
        self, table: str, columns: Sequence[str], filtered: str, *, what: str, newest_by: str = ""
    ) -> list[Row]:
        """At most 50 rows."""
        params = {"$select": ",".join(columns), "$filter": filtered, "$top": "50"}
        if newest_by:
            params["$orderby"] = f"{newest_by} desc"
        ask = Ask(
            what=what,
            method="GET",
            path=f"{self._root}/{table}",
            params=params,
            headers={"Prefer": _INCLUDE},
            repeatable=True,
        )
        return await collect(self._exchange, ask, at="value", following=by_link(self._exchange, "@odata.nextLink"))

    async def who_am_i(self, *, what: str) -> None:
        await self._exchange.send(Ask(what=what, method="GET", path=f"{self._root}/WhoAmI", repeatable=True))

    async def create(
        self, table: str, record_id: str, values: Mapping[str, Any], columns: Sequence[str], *, what: str
    ) -> Row:
        """Create the record with that id, or read the one there is: `If-None-Match: *` makes an upsert create only.

        Raises NotFound when `values` refer to a record that is not there.
        """
        ask = Ask(
            what=what,
            method="PATCH",
            path=f"{self._root}/{table}({record_id})",
            params={"$select": ",".join(columns)},
            json=dict(values),
            headers={"If-None-Match": "*", "Prefer": "return=representation"},
            repeatable=True,
            hand_back=frozenset({404, 412}),
        )
        answer = await self._exchange.send(ask)
        if answer.status == 404 and answer.code == _NO_SUCH_RECORD:
            raise NotFound("there is no such contact in Dynamics")
        if answer.status == 404:
            raise self._exchange.refused(answer, ask)
        return await self.read(table, record_id, columns, what=what) if answer.status == 412 else row(answer.data, "")

    async def read(self, table: str, record_id: str, columns: Sequence[str], *, what: str) -> Row:
        url, params = f"{self._root}/{table}({record_id})", {"$select": ",".join(columns)}
        answer = await self._exchange.send(Ask(what=what, method="GET", path=url, params=params, repeatable=True))
        return row(answer.data, "")

    async def update(self, table: str, record_id: str, values: Mapping[str, Any], *, what: str) -> None:
        """`If-Match: *` keeps the update of a deleted record from making a new one."""
        url = f"{self._root}/{table}({record_id})"
        ask = Ask(what=what, method="PATCH", path=url, json=dict(values), headers={"If-Match": "*"}, repeatable=True)
        await self._exchange.send(ask)

    async def close_incident(self, incident_id: str, status: int, *, what: str) -> None:
        """The only way to resolve a case. Not repeatable: a resolved case is refused."""
        body = {
            "IncidentResolution": {
                "subject": "Closed on the phone",
                "incidentid@odata.bind": f"/incidents({incident_id})",
            },
            "Status": status,
        }
        await self._exchange.send(Ask(what=what, method="POST", path=f"{self._root}/CloseIncident", json=body))
