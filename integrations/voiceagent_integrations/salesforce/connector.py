"""`CrmConnector` over Salesforce's REST API."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Any

import msgspec

from voiceagent.background.crm import Case, CaseStatus, Contact, Note, Order
from voiceagent.core.clock import Clock, SystemClock
from voiceagent.core.errors import ConfigError, NotFound
from voiceagent_integrations.http.credentials import OAuthToken
from voiceagent_integrations.http.exchange import Api, open_api
from voiceagent_integrations.http.fields import Row, optional
from voiceagent_integrations.http.grants import ClientCredentials, Grant, JwtBearer
from voiceagent_integrations.http.keys import find_or_create, vendor_key
from voiceagent_integrations.http.limits import HttpSettings
from voiceagent_integrations.http.orders import OrderFields, order_from
from voiceagent_integrations.http.phone import is_e164, only_caller
from voiceagent_integrations.http.urls import base_url
from voiceagent_integrations.salesforce.client import SalesforceClient
from voiceagent_integrations.salesforce.mapping import (
    Statuses,
    case_from,
    contact_from,
    error_code,
    note_from,
    same_id,
    status_of,
)
from voiceagent_integrations.salesforce.soql import select
from voiceagent_integrations.settings import NO_SECRET, Secret, read_settings

_ID = re.compile(r"[A-Za-z0-9]{15}([A-Za-z0-9]{3})?", re.ASCII)
_CASE = ("Id", "ContactId", "Subject", "Description", "Status", "IsClosed")
_ORDER = OrderFields(
    number="OrderNumber", item="OrderItems.records.0.Product2.Name", status="Status", ordered_at="CreatedDate"
)
_ORDER_SELECT = ("OrderNumber", "Status", "CreatedDate", "(SELECT Product2.Name FROM OrderItems LIMIT 1)")


class SalesforceSettings(HttpSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """README.md explains each. client_id with client_secret, or with username and private_key."""

    base_url: str
    client_id: str
    client_secret: Secret = NO_SECRET
    username: str = ""
    private_key: Secret = NO_SECRET
    audience: str = "https://login.salesforce.com"
    api_version: Annotated[str, msgspec.Meta(pattern=r"^v[0-9]{2,3}\.0$")] = "v62.0"
    phone_fields: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)] = ("Phone", "MobilePhone")
    key_field: str = "Voiceagent_Key__c"
    note_object: str = "Voiceagent_Note__c"
    note_contact_field: str = "Contact__c"
    note_text_field: str = "Text__c"
    case_statuses: Statuses = Statuses()
    order_object: str = "Order"
    order_contact_field: str = "BillToContactId"
    order_number_field: str = "OrderNumber"
    order_select: tuple[str, ...] = _ORDER_SELECT
    order_fields: OrderFields = _ORDER


class Salesforce:
    """The connector. Made by `open_connector`."""

    def __init__(self, api: Api, settings: SalesforceSettings) -> None:
        self._api = api
        self._settings = settings

    @property
    def repeats_writes(self) -> bool:
        """The key is an external id."""
        return True

    async def check(self) -> None:
        """Look for a key that nothing has. Raises Unauthorised, Forbidden, UpstreamUnavailable, or ConfigError when an
        object or its key field is not there.
        """
        for kind in ("Case", self._settings.note_object):
            soql = select(("Id",), kind, all_of={self._settings.key_field: "check"})
            await self._client().query(soql, what=f"look a key up in {kind}")

    async def find_contact(self, number: str) -> Contact | None:
        if not is_e164(number):
            return None
        fields = self._settings.phone_fields
        wanted = ("Id", "FirstName", "LastName", "Email", *fields)
        soql = select(wanted, "Contact", any_of=dict.fromkeys(fields, number))
        caller = only_caller(await self._client().query(soql, what="find a contact"), number, fields)
        return contact_from(caller) if caller else None

    async def get_orders(self, contact_id: str) -> tuple[Order, ...]:
        return await self._orders(contact_id, {})

    async def get_order(self, contact_id: str, order_number: str) -> Order | None:
        found = await self._orders(contact_id, {self._settings.order_number_field: order_number})
        return next((order for order in found if order.order_number == order_number), None)

    async def get_cases(self, contact_id: str) -> tuple[Case, ...]:
        if not _is_id(contact_id):
            return ()
        soql = select(_CASE, "Case", all_of={"ContactId": contact_id}, newest_by="CreatedDate")
        found = await self._client().query(soql, what="read the cases")
        return tuple(case_from(row, self._settings.case_statuses) for row in found)

    async def add_note(self, contact_id: str, text: str, *, idempotency_key: str) -> Note:
        settings = self._settings
        values = {settings.note_contact_field: _id(contact_id), settings.note_text_field: text}
        fields = ("Id", settings.note_text_field, "CreatedDate")
        key = vendor_key("note", idempotency_key)
        row = await self._write(settings.note_object, fields, values, key=key, what="add a note")
        return note_from(row, contact_id=contact_id, text_field=settings.note_text_field)

    async def create_case(self, contact_id: str, *, subject: str, description: str, idempotency_key: str) -> Case:
        values = {"ContactId": _id(contact_id), "Subject": subject, "Description": description, "Origin": "Phone"}
        key = vendor_key("case", idempotency_key)
        row = await self._write("Case", _CASE, values, key=key, what="open a case")
        return case_from(row, self._settings.case_statuses)

    async def update_case(self, contact_id: str, case_id: str, *, status: CaseStatus) -> Case:
        client, what = self._client(), "change a case"
        own = select(_CASE, "Case", all_of={"Id": _id(case_id), "ContactId": _id(contact_id)})
        found = await client.query(own, what=what)
        if not found or not same_id(optional(found[0], "ContactId"), contact_id):
            raise NotFound(f"the contact has no case {case_id}")
        new = status_of(status, self._settings.case_statuses)
        await client.update("Case", case_id, {"Status": new}, what=what)
        changed = {**found[0], "Status": new, "IsClosed": status is CaseStatus.CLOSED}
        return case_from(changed, self._settings.case_statuses)

    async def _write(
        self, kind: str, fields: tuple[str, ...], values: Mapping[str, str], *, key: str, what: str
    ) -> Row:
        """Upsert by external id, but only what is not there: a late repetition must not undo somebody's edits."""
        client, key_field = self._client(), self._settings.key_field

        async def find() -> Row | None:
            found = await client.query(select(fields, kind, all_of={key_field: key}), what=what)
            return found[0] if found else None

        async def create() -> Row:
            record_id = await client.upsert(kind, key_field, key, values, what=what)
            found = await client.query(select(fields, kind, all_of={"Id": record_id}), what=what)
            return found[0] if found else {}

        return await find_or_create(find, create)

    async def _orders(self, contact_id: str, also: Mapping[str, str]) -> tuple[Order, ...]:
        settings = self._settings
        if not _is_id(contact_id):
            return ()
        having = {settings.order_contact_field: contact_id, **also}
        wanted = (settings.order_contact_field, *settings.order_select)
        soql = select(wanted, settings.order_object, all_of=having, newest_by=settings.order_fields.ordered_at)
        found = await self._client().query(soql, what="read the orders")
        own = [row for row in found if same_id(optional(row, settings.order_contact_field), contact_id)]
        return tuple(order_from(row, settings.order_fields, contact_id=contact_id) for row in own)

    def _client(self) -> SalesforceClient:
        return SalesforceClient(self._api.begin(), version=self._settings.api_version)


@asynccontextmanager
async def open_connector(settings: Mapping[str, Any]) -> AsyncIterator[Salesforce]:
    """Entry point `salesforce` of the group `voiceagent.crm`."""
    parsed, clock = read_settings(SalesforceSettings, settings, name="Salesforce"), SystemClock()
    async with open_api(
        vendor="Salesforce",
        base_url=base_url(parsed.base_url, setting="base_url"),
        limits=parsed,
        credentials=OAuthToken(_grant(parsed, clock), "/services/oauth2/token", clock=clock),
        error_code=error_code,
    ) as api:
        yield Salesforce(api, parsed)


def _grant(settings: SalesforceSettings, clock: Clock) -> Grant:
    if settings.username and settings.private_key:
        audience = settings.audience
        return JwtBearer(settings.client_id, settings.username, settings.private_key, audience=audience, clock=clock)
    if settings.client_secret:
        return ClientCredentials(settings.client_id, settings.client_secret)
    raise ConfigError("settings of the Salesforce connector: set client_secret, or username and private_key")


def _is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def _id(text: str) -> str:
    """15 or 18 letters and digits. Raises NotFound."""
    if not _is_id(text):
        raise NotFound("no record of Salesforce has such an id")
    return text
