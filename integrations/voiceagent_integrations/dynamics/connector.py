"""`CrmConnector` over the Dataverse Web API, as Dynamics 365 Customer Service and Sales use it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Annotated, Any

import msgspec

from voiceagent.background.crm import Case, CaseStatus, Contact, Note, Order
from voiceagent.core.clock import SystemClock
from voiceagent.core.errors import NotFound
from voiceagent_integrations.dynamics.client import DynamicsClient
from voiceagent_integrations.dynamics.mapping import (
    SHOWN,
    Statuses,
    case_from,
    columns,
    contact_from,
    error_code,
    note_from,
)
from voiceagent_integrations.dynamics.odata import all_of, any_of, id_of, is_guid
from voiceagent_integrations.http.credentials import OAuthToken
from voiceagent_integrations.http.exchange import Api, open_api
from voiceagent_integrations.http.fields import optional
from voiceagent_integrations.http.grants import ClientCredentials
from voiceagent_integrations.http.keys import find_or_create, vendor_key
from voiceagent_integrations.http.limits import HttpSettings
from voiceagent_integrations.http.orders import OrderFields, order_from
from voiceagent_integrations.http.phone import is_e164, only_caller
from voiceagent_integrations.http.urls import base_url, path
from voiceagent_integrations.settings import Secret, read_settings

_CASE = ("incidentid", "_customerid_value", "title", "description", "statecode", "statuscode")
_NOTE = ("annotationid", "notetext", "createdon")
_ORDER = OrderFields(number="ordernumber", item="name", status=f"statuscode{SHOWN}", ordered_at="createdon")


class DynamicsSettings(HttpSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """README.md explains each."""

    base_url: str
    tenant_id: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9.-]+$")]
    client_id: str
    client_secret: Secret
    login_url: str = "https://login.microsoftonline.com"
    api_version: Annotated[str, msgspec.Meta(pattern=r"^v9\.[0-9]$")] = "v9.2"
    phone_columns: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)] = ("telephone1", "mobilephone")
    case_statuses: Statuses = Statuses()
    order_table: str = "salesorders"
    order_contact_column: str = "_customerid_value"
    order_fields: OrderFields = _ORDER


class Dynamics:
    """The connector. Made by `open_connector`."""

    def __init__(self, api: Api, settings: DynamicsSettings) -> None:
        self._api = api
        self._settings = settings

    @property
    def repeats_writes(self) -> bool:
        """The key makes the record's id."""
        return True

    async def check(self) -> None:
        """Ask who we are. Raises Unauthorised, Forbidden or UpstreamUnavailable."""
        await self._client().who_am_i(what="check the credentials")

    async def find_contact(self, number: str) -> Contact | None:
        if not is_e164(number):
            return None
        phones = self._settings.phone_columns
        wanted = ("contactid", "firstname", "lastname", "emailaddress1", *phones)
        same = any_of(dict.fromkeys(phones, number))
        found = await self._client().query("contacts", wanted, same, what="find a contact")
        caller = only_caller(found, number, phones)
        return contact_from(caller) if caller else None

    async def get_orders(self, contact_id: str) -> tuple[Order, ...]:
        return await self._orders(contact_id, {})

    async def get_order(self, contact_id: str, order_number: str) -> Order | None:
        found = await self._orders(contact_id, {self._settings.order_fields.number: order_number})
        return next((order for order in found if order.order_number == order_number), None)

    async def get_cases(self, contact_id: str) -> tuple[Case, ...]:
        if not is_guid(contact_id):
            return ()
        own = all_of({"_customerid_value": contact_id}, {})
        found = await self._client().query("incidents", _CASE, own, what="read the cases", newest_by="createdon")
        return tuple(case_from(row, self._settings.case_statuses) for row in found)

    async def add_note(self, contact_id: str, text: str, *, idempotency_key: str) -> Note:
        values = {
            "subject": "Note from a phone call",
            "notetext": text,
            "objectid_contact@odata.bind": f"/contacts({_id(contact_id)})",
        }
        note_id = id_of(vendor_key("note", idempotency_key))
        row = await self._client().create("annotations", note_id, values, _NOTE, what="add a note")
        return note_from(row, contact_id=contact_id)

    async def create_case(self, contact_id: str, *, subject: str, description: str, idempotency_key: str) -> Case:
        values = {
            "title": subject,
            "description": description,
            "customerid_contact@odata.bind": f"/contacts({_id(contact_id)})",
        }
        case_id = id_of(vendor_key("case", idempotency_key))
        row = await self._client().create("incidents", case_id, values, _CASE, what="open a case")
        return case_from(row, self._settings.case_statuses)

    async def update_case(self, contact_id: str, case_id: str, *, status: CaseStatus) -> Case:
        client, what, statuses = self._client(), "change a case", self._settings.case_statuses
        own = all_of({"incidentid": _id(case_id), "_customerid_value": _id(contact_id)}, {})

        async def read() -> Case | None:
            found = await client.query("incidents", _CASE, own, what=what)
            return case_from(found[0], statuses) if found else None

        async def read_closed() -> Case | None:
            case = await read()
            return case if case is not None and case.status is CaseStatus.CLOSED else None

        async def close(case: Case) -> Case:
            await client.close_incident(case_id, statuses.closed, what=what)
            return replace(case, status=CaseStatus.CLOSED)

        case = await read()
        if case is None or case.contact_id != contact_id:
            raise NotFound(f"the contact has no case {case_id}")
        if status is CaseStatus.CLOSED:
            return await find_or_create(read_closed, lambda: close(case))
        code = statuses.pending if status is CaseStatus.PENDING else statuses.open
        await client.update("incidents", case_id, {"statecode": 0, "statuscode": code}, what=what)
        return replace(case, status=status)

    async def _orders(self, contact_id: str, also: Mapping[str, str]) -> tuple[Order, ...]:
        settings = self._settings
        if not is_guid(contact_id):
            return ()
        own = all_of({settings.order_contact_column: contact_id}, also)
        wanted = (settings.order_contact_column, *columns(settings.order_fields.names()))
        found = await self._client().query(
            settings.order_table, wanted, own, what="read the orders", newest_by=settings.order_fields.ordered_at
        )
        theirs = [row for row in found if optional(row, settings.order_contact_column).lower() == contact_id]
        return tuple(order_from(row, settings.order_fields, contact_id=contact_id) for row in theirs)

    def _client(self) -> DynamicsClient:
        return DynamicsClient(self._api.begin(), version=self._settings.api_version)


@asynccontextmanager
async def open_connector(settings: Mapping[str, Any]) -> AsyncIterator[Dynamics]:
    """Entry point `dynamics` of the group `voiceagent.crm`."""
    parsed = read_settings(DynamicsSettings, settings, name="Dynamics")
    address = base_url(parsed.base_url, setting="base_url")
    grant = ClientCredentials(parsed.client_id, parsed.client_secret, scope=f"{address}/.default")
    login = base_url(parsed.login_url, setting="login_url") + path(parsed.tenant_id, "oauth2", "v2.0", "token")
    async with open_api(
        vendor="Dynamics",
        base_url=address,
        limits=parsed,
        credentials=OAuthToken(grant, login, clock=SystemClock()),
        error_code=error_code,
        headers={"OData-MaxVersion": "4.0", "OData-Version": "4.0"},
    ) as api:
        yield Dynamics(api, parsed)


def _id(text: str) -> str:
    """A GUID, in lower case. Raises NotFound."""
    if not is_guid(text):
        raise NotFound("no record of Dynamics has such an id")
    return text
