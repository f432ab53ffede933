"""`CrmConnector` over ServiceNow's Table API."""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from voiceagent.background.crm import Case, CaseStatus, Contact, Note, Order
from voiceagent.core.clock import Clock, SystemClock
from voiceagent.core.errors import ConfigError, NotFound
from voiceagent_integrations.http.credentials import Credentials, FixedHeader, OAuthToken
from voiceagent_integrations.http.exchange import Api, open_api
from voiceagent_integrations.http.fields import Row
from voiceagent_integrations.http.grants import ClientCredentials, RefreshToken
from voiceagent_integrations.http.keys import OneAtATime, find_or_create, vendor_key
from voiceagent_integrations.http.phone import is_e164, only_caller
from voiceagent_integrations.http.urls import base_url
from voiceagent_integrations.servicenow.client import ServiceNowClient
from voiceagent_integrations.servicenow.encoded import encoded, encoded_any
from voiceagent_integrations.servicenow.mapping import (
    case_from,
    contact_from,
    error_code,
    note_from,
    orders_row,
    state_of,
    values_of,
)
from voiceagent_integrations.servicenow.settings import ServiceNowSettings, check_names
from voiceagent_integrations.settings import read_settings

_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


class ServiceNow:
    """The connector. Made by `open_connector`."""

    def __init__(self, api: Api, settings: ServiceNowSettings) -> None:
        self._api = api
        self._settings = settings
        self._writes = OneAtATime()
        case = ("sys_id", "short_description", "description", "state", settings.case_contact_field)
        self._case_fields = (*case, settings.case_key_field, "sys_created_on")

    @property
    def repeats_writes(self) -> bool:
        """Two processes at once would both insert, unless an index forbids it."""
        return self._settings.unique_keys

    async def check(self) -> None:
        """Read one contact. Raises Unauthorised, Forbidden, ConfigError or UpstreamUnavailable."""
        nobody = encoded(all_of={"sys_id": "0" * 32})
        await self._client().query(self._settings.contact_table, nobody, ("sys_id",), what="check the credentials")

    async def find_contact(self, number: str) -> Contact | None:
        if not is_e164(number):
            return None
        fields = self._settings.phone_fields
        wanted = ("sys_id", "first_name", "last_name", "email", *fields)
        query = encoded_any(dict.fromkeys(fields, number))
        found = await self._client().query(self._settings.contact_table, query, wanted, what="find a contact")
        caller = only_caller(found, number, [f"{field}.value" for field in fields])
        return contact_from(caller) if caller else None

    async def get_orders(self, contact_id: str) -> tuple[Order, ...]:
        return await self._orders(contact_id, {})

    async def get_order(self, contact_id: str, order_number: str) -> Order | None:
        found = await self._orders(contact_id, {self._settings.order_fields.number: order_number})
        return next((order for order in found if order.order_number == order_number), None)

    async def get_cases(self, contact_id: str) -> tuple[Case, ...]:
        if not _is_id(contact_id):
            return ()
        settings, owner = self._settings, {self._settings.case_contact_field: contact_id}
        query = encoded(all_of=owner, newest_by="sys_created_on")
        found = await self._client().query(settings.case_table, query, self._case_fields, what="read the cases")
        return tuple(case_from(row, settings.case_states, contact_id=contact_id) for row in _having(found, owner))

    async def add_note(self, contact_id: str, text: str, *, idempotency_key: str) -> Note:
        settings = self._settings
        values = {
            settings.note_contact_field: _id(contact_id),
            settings.note_text_field: text,
            settings.note_key_field: vendor_key("note", idempotency_key),
        }
        fields = ("sys_id", "sys_created_on", *values)
        keys = (settings.note_contact_field, settings.note_key_field)
        row = await self._write(settings.note_table, values, fields, keys, "add a note")
        return note_from(row, contact_id=contact_id, text_field=settings.note_text_field)

    async def create_case(self, contact_id: str, *, subject: str, description: str, idempotency_key: str) -> Case:
        settings = self._settings
        values = {
            settings.case_contact_field: _id(contact_id),
            "short_description": subject,
            "description": description,
            settings.case_key_field: vendor_key("case", idempotency_key),
        }
        keys = (settings.case_contact_field, settings.case_key_field)
        row = await self._write(settings.case_table, values, self._case_fields, keys, "open a case")
        return case_from(row, settings.case_states, contact_id=contact_id)

    async def update_case(self, contact_id: str, case_id: str, *, status: CaseStatus) -> Case:
        settings, client, what = self._settings, self._client(), "change a case"
        own = {"sys_id": _id(case_id), settings.case_contact_field: _id(contact_id)}
        found = await client.query(settings.case_table, encoded(all_of=own), self._case_fields, what=what)
        if not _having(found, own):
            raise NotFound(f"the contact has no case {case_id}")
        closing = settings.closing_values if status is CaseStatus.CLOSED else {}
        values = {"state": state_of(status, settings.case_states), **closing}
        row = await client.update(settings.case_table, case_id, values, self._case_fields, what=what)
        return case_from(row, settings.case_states, contact_id=contact_id)

    async def _write(
        self, table: str, values: Mapping[str, str], fields: Sequence[str], keys: tuple[str, str], what: str
    ) -> Row:
        """Look before inserting. Two processes at once could both insert, unless the key's column is unique."""
        contact_field, key_field = keys
        client, key = self._client(), {key_field: values[key_field]}

        async def find() -> Row | None:
            found = _having(await client.query(table, encoded(all_of=key), fields, what=what), key)
            return found[0] if found else None

        async with self._writes.hold(values[key_field]):
            await self._known(client, values[contact_field])
            row = await find_or_create(find, lambda: client.create(table, values, fields, what=what))
        if not _having([row], key):  # ServiceNow drops what it does not know, without a word
            raise ConfigError(f"ServiceNow did not keep {key_field}, so that a repeated write would be a second one")
        return row

    async def _known(self, client: ServiceNowClient, contact_id: str) -> None:
        wanted = {"sys_id": contact_id}
        table, what = self._settings.contact_table, "find the contact"
        if not _having(await client.query(table, encoded(all_of=wanted), ("sys_id",), what=what), wanted):
            raise NotFound(f"there is no contact {contact_id}")

    async def _orders(self, contact_id: str, also: Mapping[str, str]) -> tuple[Order, ...]:
        settings = self._settings
        if not settings.order_table or not _is_id(contact_id):
            return ()
        own = {settings.order_contact_field: contact_id, **also}
        query = encoded(all_of=own, newest_by=settings.order_fields.ordered_at)
        fields = (settings.order_contact_field, *settings.order_fields.names())
        found = await self._client().query(settings.order_table, query, fields, what="read the orders")
        return tuple(orders_row(row, settings.order_fields, contact_id=contact_id) for row in _having(found, own))

    def _client(self) -> ServiceNowClient:
        return ServiceNowClient(self._api.begin())


@asynccontextmanager
async def open_connector(settings: Mapping[str, Any]) -> AsyncIterator[ServiceNow]:
    """Entry point `servicenow` of the group `voiceagent.crm`."""
    parsed = read_settings(ServiceNowSettings, settings, name="ServiceNow")
    check_names(parsed)
    async with open_api(
        vendor="ServiceNow",
        base_url=base_url(parsed.base_url, setting="base_url"),
        limits=parsed,
        credentials=_credentials(parsed, SystemClock()),
        error_code=error_code,
    ) as api:
        yield ServiceNow(api, parsed)


def _credentials(settings: ServiceNowSettings, clock: Clock) -> Credentials:
    if settings.username and settings.password:
        return FixedHeader.basic(settings.username, settings.password, "username", "password")
    if settings.client_id and settings.client_secret:
        if settings.refresh_token:
            grant = RefreshToken(settings.client_id, settings.client_secret, settings.refresh_token)
            return OAuthToken(grant, "/oauth_token.do", clock=clock)
        own = ClientCredentials(settings.client_id, settings.client_secret)
        return OAuthToken(own, "/oauth_token.do", clock=clock)
    raise ConfigError("settings of the ServiceNow connector: set client_id and client_secret, or username and password")


def _having(found: Sequence[Row], wanted: Mapping[str, str]) -> list[Row]:
    """The rows that really have these values."""
    return [row for row in found if all(values_of(row).get(name) == value for name, value in wanted.items())]


def _is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def _id(text: str) -> str:
    """A sys_id. Raises NotFound."""
    if not _is_id(text):
        raise NotFound("no record of ServiceNow has such an id")
    return text
