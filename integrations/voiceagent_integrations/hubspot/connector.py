"""`CrmConnector` over HubSpot's CRM API v3."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Any

import msgspec

from voiceagent.background.crm import Case, CaseStatus, Contact, Note, Order
from voiceagent.core.clock import Clock, SystemClock
from voiceagent.core.errors import ConfigError, NotFound
from voiceagent_integrations.http.credentials import Credentials, FixedHeader, OAuthToken
from voiceagent_integrations.http.exchange import Api, open_api
from voiceagent_integrations.http.fields import optional, row
from voiceagent_integrations.http.grants import RefreshToken
from voiceagent_integrations.http.keys import vendor_key
from voiceagent_integrations.http.limits import HttpSettings
from voiceagent_integrations.http.orders import OrderFields, order_from
from voiceagent_integrations.http.phone import is_e164, only_caller
from voiceagent_integrations.http.urls import base_url
from voiceagent_integrations.hubspot.client import HubSpotClient
from voiceagent_integrations.hubspot.mapping import (
    Stages,
    associated_contacts,
    case_from,
    contact_from,
    error_code,
    note_from,
    search_body,
    stage_of,
)
from voiceagent_integrations.settings import NO_SECRET, Secret, read_settings

_PhoneFields = Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=5)]  # HubSpot: 5 filter groups
_CASE = ("subject", "content", "hs_pipeline_stage", "createdate")
_NOTE = ("hs_note_body", "hs_timestamp")
_ORDER = OrderFields(
    number="hs_external_order_id", item="hs_order_name", status="hs_fulfillment_status", ordered_at="hs_createdate"
)


class HubSpotSettings(HttpSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """README.md explains each. Either `access_token`, or all of client_id, client_secret and refresh_token."""

    access_token: Secret = NO_SECRET
    client_id: str = ""
    client_secret: Secret = NO_SECRET
    refresh_token: Secret = NO_SECRET
    base_url: str = "https://api.hubapi.com"
    phone_properties: _PhoneFields = ("phone", "mobilephone")
    key_property: str = "voiceagent_key"
    pipeline: str = "0"
    stages: Stages = Stages()
    orders_object: str = "order"
    order_fields: OrderFields = _ORDER


class HubSpot:
    """The connector. Made by `open_connector`."""

    def __init__(self, api: Api, settings: HubSpotSettings, clock: Clock) -> None:
        self._api = api
        self._settings = settings
        self._clock = clock

    @property
    def repeats_writes(self) -> bool:
        """The key is a unique property."""
        return True

    async def check(self) -> None:
        """Look for a key that nothing has. Raises Unauthorised, Forbidden, UpstreamUnavailable, or ConfigError when the
        property is not there or not unique: HubSpot reads objects by unique properties only.
        """
        what = f"read by the unique property {self._settings.key_property}"
        for kind in ("tickets", "notes"):
            await self._client().read(kind, "check", ("createdate",), what=what, by=self._settings.key_property)

    async def find_contact(self, number: str) -> Contact | None:
        if not is_e164(number):
            return None
        fields = self._settings.phone_properties
        body = search_body([{field: number} for field in fields], ("firstname", "lastname", "email", *fields))
        found = await self._client().search("contacts", body, what="find a contact")
        caller = only_caller(found, number, [f"properties.{field}" for field in fields])
        return contact_from(caller) if caller else None

    async def get_orders(self, contact_id: str) -> tuple[Order, ...]:
        return await self._orders(contact_id, {})

    async def get_order(self, contact_id: str, order_number: str) -> Order | None:
        found = await self._orders(contact_id, {self._settings.order_fields.number: order_number})
        return next((order for order in found if order.order_number == order_number), None)

    async def get_cases(self, contact_id: str) -> tuple[Case, ...]:
        if not _is_id(contact_id):
            return ()
        found = await self._client().of_contact("tickets", contact_id, _CASE, what="read the cases")
        found.sort(key=lambda row: optional(row, "properties.createdate"), reverse=True)
        return tuple(case_from(one, self._settings.stages, contact_id=contact_id) for one in found)

    async def add_note(self, contact_id: str, text: str, *, idempotency_key: str) -> Note:
        client, what = self._client(), "add a note"
        await self._known(client, contact_id)
        now = self._clock.now().isoformat(timespec="milliseconds")
        properties = {"hs_note_body": text, "hs_timestamp": now}
        note = await client.create("notes", contact_id, properties, key=vendor_key("note", idempotency_key), what=what)
        return note_from(note, contact_id=contact_id)

    async def create_case(self, contact_id: str, *, subject: str, description: str, idempotency_key: str) -> Case:
        client, what = self._client(), "open a case"
        await self._known(client, contact_id)
        properties = {
            "subject": subject,
            "content": description,
            "hs_pipeline": self._settings.pipeline,
            "hs_pipeline_stage": self._settings.stages.open,
        }
        key = vendor_key("case", idempotency_key)
        case = await client.create("tickets", contact_id, properties, key=key, what=what)
        return case_from(case, self._settings.stages, contact_id=contact_id)

    async def update_case(self, contact_id: str, case_id: str, *, status: CaseStatus) -> Case:
        client, what = self._client(), "change a case"
        found = await client.read("tickets", _id(case_id), _CASE, what=what, contacts=True)
        if found is None or contact_id not in associated_contacts(found):
            raise NotFound(f"the contact has no case {case_id}")
        properties = {"hs_pipeline_stage": stage_of(status, self._settings.stages)}
        await client.update("tickets", case_id, properties, what=what)
        # A PATCH answers with what it changed only.
        changed = {**found, "properties": {**row(found, "properties"), **properties}}
        return case_from(changed, self._settings.stages, contact_id=contact_id)

    async def _orders(self, contact_id: str, also: Mapping[str, str]) -> tuple[Order, ...]:
        fields = self._settings.order_fields
        if not _is_id(contact_id):
            return ()
        having = {"associations.contact": contact_id, **also}
        body = search_body([having], fields.names(), newest_by=fields.ordered_at)
        found = await self._client().search(self._settings.orders_object, body, what="read the orders")
        return tuple(order_from(row(one, "properties"), fields, contact_id=contact_id) for one in found)

    async def _known(self, client: HubSpotClient, contact_id: str) -> None:
        if await client.read("contacts", _id(contact_id), ("firstname",), what="find the contact") is None:
            raise NotFound(f"there is no contact {contact_id}")

    def _client(self) -> HubSpotClient:
        return HubSpotClient(self._api.begin(), key_property=self._settings.key_property)


@asynccontextmanager
async def open_connector(settings: Mapping[str, Any]) -> AsyncIterator[HubSpot]:
    """Entry point `hubspot` of the group `voiceagent.crm`."""
    parsed = read_settings(HubSpotSettings, settings, name="HubSpot")
    clock = SystemClock()
    async with open_api(
        vendor="HubSpot",
        base_url=base_url(parsed.base_url, setting="base_url"),
        limits=parsed,
        credentials=_credentials(parsed, clock),
        error_code=error_code,
    ) as api:
        yield HubSpot(api, parsed, clock)


def _credentials(settings: HubSpotSettings, clock: Clock) -> Credentials:
    if settings.access_token:
        return FixedHeader.bearer(settings.access_token, "access_token")
    if settings.client_id and settings.client_secret and settings.refresh_token:
        grant = RefreshToken(settings.client_id, settings.client_secret, settings.refresh_token)
        return OAuthToken(grant, "/oauth/v1/token", clock=clock)
    raise ConfigError(
        "settings of the HubSpot connector: set access_token, or client_id, client_secret and refresh_token"
    )


def _is_id(text: str) -> bool:
    """HubSpot's ids are numbers."""
    return text.isascii() and text.isdecimal() and len(text) <= 20


def _id(text: str) -> str:
    """Raises NotFound for what cannot be one."""
    if not _is_id(text):
        raise NotFound("no object of HubSpot has such an id")
    return text
