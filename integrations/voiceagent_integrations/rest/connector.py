"""`CrmConnector` over an API that the settings describe."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from voiceagent.background.crm import Case, CaseStatus, Contact, Note, Order
from voiceagent.core.clock import Clock, SystemClock
from voiceagent.core.errors import ConfigError
from voiceagent_integrations.http.credentials import Credentials, FixedHeader, OAuthToken
from voiceagent_integrations.http.exchange import Api, open_api
from voiceagent_integrations.http.fields import optional
from voiceagent_integrations.http.grants import ClientCredentials
from voiceagent_integrations.http.keys import vendor_key
from voiceagent_integrations.http.orders import order_from
from voiceagent_integrations.http.pages import WANTED
from voiceagent_integrations.http.phone import is_e164, only_caller
from voiceagent_integrations.http.urls import base_url
from voiceagent_integrations.rest.client import RestClient
from voiceagent_integrations.rest.mapping import case_from, contact_from, error_code, note_from, word_for
from voiceagent_integrations.rest.settings import Endpoint, RestSettings, check_endpoints
from voiceagent_integrations.settings import read_settings


class Rest:
    """The connector. Made by `open_connector`."""

    def __init__(self, api: Api, settings: RestSettings) -> None:
        self._api = api
        self._settings = settings

    @property
    def repeats_writes(self) -> bool:
        """As far as the API knows a header for the key."""
        return bool(self._settings.idempotency_header)

    async def check(self) -> None:
        """Look for a number that nobody has. Raises Unauthorised, Forbidden, ConfigError or UpstreamUnavailable."""
        await self.find_contact("+10000000")

    async def find_contact(self, number: str) -> Contact | None:
        if not is_e164(number):
            return None
        settings = self._settings
        found = await self._client().rows(settings.find_contact, {"number": number}, what="find a contact")
        caller = only_caller(found, number, settings.contact_fields.phones)
        return contact_from(caller, settings.contact_fields) if caller else None

    async def get_orders(self, contact_id: str) -> tuple[Order, ...]:
        return await self._orders(self._settings.get_orders, contact_id)

    async def get_order(self, contact_id: str, order_number: str) -> Order | None:
        found = await self._orders(self._settings.get_order, contact_id, order_number=order_number)
        return next((order for order in found if order.order_number == order_number), None)

    async def get_cases(self, contact_id: str) -> tuple[Case, ...]:
        """In the API's own order, which must be newest first."""
        settings = self._settings
        found = await self._client().rows(settings.get_cases, {"contact_id": contact_id}, what="read the cases")
        return tuple(case_from(row, settings.case_fields, contact_id=contact_id) for row in found)

    async def add_note(self, contact_id: str, text: str, *, idempotency_key: str) -> Note:
        key, settings = vendor_key("note", idempotency_key), self._settings
        values = {"contact_id": contact_id, "text": text, "key": key}
        row = await self._client().write(settings.add_note, values, what="add a note", key=key)
        return note_from(row, settings.note_fields, contact_id=contact_id)

    async def create_case(self, contact_id: str, *, subject: str, description: str, idempotency_key: str) -> Case:
        key, settings = vendor_key("case", idempotency_key), self._settings
        values = {"contact_id": contact_id, "subject": subject, "description": description, "key": key}
        row = await self._client().write(settings.create_case, values, what="open a case", key=key)
        return case_from(row, settings.case_fields, contact_id=contact_id)

    async def update_case(self, contact_id: str, case_id: str, *, status: CaseStatus) -> Case:
        """The API is told whose case it must be, and has to refuse another's with 404."""
        settings = self._settings
        values = {"contact_id": contact_id, "case_id": case_id, "status": word_for(status, settings.case_fields)}
        row = await self._client().write(settings.update_case, values, what="change a case")
        return case_from(row, settings.case_fields, contact_id=contact_id)

    async def _orders(self, endpoint: Endpoint, contact_id: str, **also: str) -> tuple[Order, ...]:
        settings = self._settings
        found = await self._client().rows(endpoint, {"contact_id": contact_id, **also}, what="read the orders")
        own = [row for row in found if optional(row, settings.order_contact_field) == contact_id]
        orders = [order_from(row, settings.order_fields, contact_id=contact_id) for row in own]
        return tuple(sorted(orders, key=lambda order: order.ordered_at, reverse=True)[:WANTED])

    def _client(self) -> RestClient:
        return RestClient(self._api.begin(), self._settings)


@asynccontextmanager
async def open_connector(settings: Mapping[str, Any]) -> AsyncIterator[Rest]:
    """Entry point `rest` of the group `voiceagent.crm`."""
    parsed = read_settings(RestSettings, settings, name="REST")
    check_endpoints(parsed)
    async with open_api(
        vendor="The CRM",
        base_url=base_url(parsed.base_url, setting="base_url"),
        limits=parsed,
        credentials=_credentials(parsed, SystemClock()),
        error_code=error_code,
    ) as api:
        yield Rest(api, parsed)


def _credentials(settings: RestSettings, clock: Clock) -> Credentials:
    if settings.token:
        return FixedHeader.bearer(settings.token, "token")
    if settings.username and settings.password:
        return FixedHeader.basic(settings.username, settings.password, "username", "password")
    if settings.token_url and settings.client_id and settings.client_secret:
        grant = ClientCredentials(settings.client_id, settings.client_secret, scope=settings.scope)
        return OAuthToken(grant, base_url(settings.token_url, setting="token_url"), clock=clock)
    raise ConfigError(
        "settings of the REST connector: set token, or username and password, or token_url, client_id and client_secret"
    )
