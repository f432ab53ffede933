"""`CrmConnector` over Zendesk's Ticketing API."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from voiceagent.background.crm import Case, CaseStatus, Contact, Note, Order
from voiceagent.core.clock import Clock, SystemClock
from voiceagent.core.errors import ConfigError, NotFound
from voiceagent_integrations.http.credentials import Credentials, FixedHeader, OAuthToken
from voiceagent_integrations.http.exchange import Api, open_api
from voiceagent_integrations.http.fields import Row, optional
from voiceagent_integrations.http.grants import ClientCredentials
from voiceagent_integrations.http.keys import OneAtATime, find_or_create, vendor_key
from voiceagent_integrations.http.limits import HttpSettings
from voiceagent_integrations.http.orders import OrderFields, order_from
from voiceagent_integrations.http.pages import WANTED
from voiceagent_integrations.http.phone import is_e164, only_caller
from voiceagent_integrations.http.urls import base_url
from voiceagent_integrations.settings import NO_SECRET, Secret, read_settings
from voiceagent_integrations.zendesk.client import ZendeskClient
from voiceagent_integrations.zendesk.mapping import (
    case_body,
    case_from,
    contact_from,
    error_code,
    is_note,
    note_body,
    note_from,
    phone_query,
    status_of,
)

_ORDER = OrderFields(
    number="custom_object_fields.number",
    item="custom_object_fields.item",
    status="custom_object_fields.status",
    ordered_at="created_at",
    carrier="custom_object_fields.carrier",
    eta="custom_object_fields.eta",
    delivery_window="custom_object_fields.delivery_window",
)


class ZendeskSettings(HttpSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """README.md explains each. Either client_id and client_secret, or email and api_token."""

    base_url: str
    client_id: str = ""
    client_secret: Secret = NO_SECRET
    scope: str = "read write"
    email: str = ""
    api_token: Secret = NO_SECRET
    orders_object: str = ""  # "": this Zendesk knows no orders
    orders_contact_field: str = "customer"
    order_fields: OrderFields = _ORDER


class Zendesk:
    """The connector. Made by `open_connector`."""

    def __init__(self, api: Api, settings: ZendeskSettings) -> None:
        self._api = api
        self._settings = settings
        self._writes = OneAtATime()

    @property
    def repeats_writes(self) -> bool:
        """The key is the ticket's external id, looked for before, and a header."""
        return True

    async def check(self) -> None:
        """Ask who we are. Raises Unauthorised, Forbidden or UpstreamUnavailable."""
        await self._client().me(what="check the credentials")

    async def find_contact(self, number: str) -> Contact | None:
        if not is_e164(number):
            return None
        found = await self._client().search_users(phone_query(number), what="find a contact")
        caller = only_caller(found, number, ["phone"])
        return contact_from(caller) if caller else None

    async def get_orders(self, contact_id: str) -> tuple[Order, ...]:
        return await self._orders(contact_id, {})

    async def get_order(self, contact_id: str, order_number: str) -> Order | None:
        field = self._settings.order_fields.number.removeprefix("custom_object_fields.")
        found = await self._orders(contact_id, {field: order_number})
        return next((order for order in found if order.order_number == order_number), None)

    async def get_cases(self, contact_id: str) -> tuple[Case, ...]:
        if not _is_id(contact_id):
            return ()
        found = await self._client().tickets_of(contact_id, what="read the cases")
        return tuple(case_from(ticket, contact_id=contact_id) for ticket in found if not is_note(ticket))[:WANTED]

    async def add_note(self, contact_id: str, text: str, *, idempotency_key: str) -> Note:
        key = vendor_key("note", idempotency_key)
        body = note_body(_id(contact_id), text, key=key)
        return note_from(await self._write(contact_id, body, key=key, what="add a note"), contact_id=contact_id)

    async def create_case(self, contact_id: str, *, subject: str, description: str, idempotency_key: str) -> Case:
        key = vendor_key("case", idempotency_key)
        body = case_body(_id(contact_id), subject=subject, description=description, key=key)
        return case_from(await self._write(contact_id, body, key=key, what="open a case"), contact_id=contact_id)

    async def update_case(self, contact_id: str, case_id: str, *, status: CaseStatus) -> Case:
        client, what = self._client(), "change a case"
        ticket = await client.ticket(_id(case_id), what=what)
        if ticket is None or optional(ticket, "requester_id") != contact_id or is_note(ticket):
            raise NotFound(f"the contact has no case {case_id}")
        changed = await client.update_ticket(case_id, {"status": status_of(status)}, what=what)
        return case_from(changed, contact_id=contact_id)

    async def _write(self, contact_id: str, body: Mapping[str, Any], *, key: str, what: str) -> Row:
        """One ticket per key: Zendesk remembers the header for two hours, the external id for ever."""
        client = self._client()
        async with self._writes.hold(key):
            if await client.user(contact_id, what="find the contact") is None:
                raise NotFound(f"there is no contact {contact_id}")
            return await find_or_create(
                lambda: client.ticket_by_key(key, what=what), lambda: client.create_ticket(body, key=key, what=what)
            )

    async def _orders(self, contact_id: str, also: Mapping[str, str]) -> tuple[Order, ...]:
        settings, contact = self._settings, self._settings.orders_contact_field
        if not settings.orders_object or not _is_id(contact_id):
            return ()
        having = {contact: contact_id, **also}
        found = await self._client().records(settings.orders_object, having, what="read the orders")
        own = [record for record in found if optional(record, f"custom_object_fields.{contact}") == contact_id]
        orders = [order_from(record, settings.order_fields, contact_id=contact_id) for record in own]
        return tuple(sorted(orders, key=lambda order: order.ordered_at, reverse=True)[:WANTED])

    def _client(self) -> ZendeskClient:
        return ZendeskClient(self._api.begin())


@asynccontextmanager
async def open_connector(settings: Mapping[str, Any]) -> AsyncIterator[Zendesk]:
    """Entry point `zendesk` of the group `voiceagent.crm`."""
    parsed = read_settings(ZendeskSettings, settings, name="Zendesk")
    async with open_api(
        vendor="Zendesk",
        base_url=base_url(parsed.base_url, setting="base_url"),
        limits=parsed,
        credentials=_credentials(parsed, SystemClock()),
        error_code=error_code,
    ) as api:
        yield Zendesk(api, parsed)


def _credentials(settings: ZendeskSettings, clock: Clock) -> Credentials:
    if settings.email and settings.api_token:
        return FixedHeader.basic(f"{settings.email}/token", settings.api_token, "email", "api_token")
    if settings.client_id and settings.client_secret:
        # Not a refresh token: Zendesk changes it at each use, so that the one in the settings would work once.
        grant = ClientCredentials(settings.client_id, settings.client_secret, scope=settings.scope)
        return OAuthToken(grant, "/oauth/tokens", clock=clock, as_json=True)
    raise ConfigError("settings of the Zendesk connector: set client_id and client_secret, or email and api_token")


def _is_id(text: str) -> bool:
    """Zendesk's ids are numbers."""
    return text.isascii() and text.isdecimal() and len(text) <= 20


def _id(text: str) -> str:
    """Raises NotFound for what cannot be one."""
    if not _is_id(text):
        raise NotFound("no object of Zendesk has such an id")
    return text
