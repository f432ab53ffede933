"""The settings of the ServiceNow connector: which tables and fields a company uses."""

from typing import Annotated

import msgspec

from voiceagent.core.errors import ConfigError
from voiceagent_integrations.http.limits import HttpSettings
from voiceagent_integrations.http.orders import OrderFields
from voiceagent_integrations.servicenow.encoded import is_name
from voiceagent_integrations.servicenow.mapping import States
from voiceagent_integrations.settings import NO_SECRET, Secret

_ORDER = OrderFields(number="number", item="short_description", status="state", ordered_at="sys_created_on")


class ServiceNowSettings(HttpSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """README.md explains each. client_id and client_secret (and refresh_token), or username and password."""

    base_url: str
    client_id: str = ""
    client_secret: Secret = NO_SECRET
    refresh_token: Secret = NO_SECRET
    username: str = ""
    password: Secret = NO_SECRET
    contact_table: str = "customer_contact"
    phone_fields: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)] = ("phone", "mobile_phone")
    case_table: str = "sn_customerservice_case"
    case_contact_field: str = "contact"
    case_key_field: str = "correlation_id"
    case_states: States = States()
    closing_values: dict[str, str] = {}  # written along with a closed state: what its data policy asks for
    note_table: str = "u_voiceagent_note"
    note_contact_field: str = "u_contact"
    note_text_field: str = "u_text"
    note_key_field: str = "u_key"
    unique_keys: bool = False  # both key fields have a unique index
    order_table: str = ""  # "": this ServiceNow knows no orders
    order_contact_field: str = "contact"
    order_fields: OrderFields = _ORDER


def check_names(settings: ServiceNowSettings) -> None:
    """Fields go into queries: they must be plain names. Raises ConfigError."""
    of_order = (settings.order_contact_field, *settings.order_fields.names())
    of_case = (settings.case_contact_field, settings.case_key_field)
    wrong = [
        name for name in (*settings.phone_fields, *of_case, settings.note_key_field, *of_order) if not is_name(name)
    ]
    if wrong:
        raise ConfigError(f"settings of the ServiceNow connector: {wrong[0]!r} is not the name of a field")
