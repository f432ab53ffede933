"""What a REST API looks like, as settings. The defaults describe one that is easy to put in front of a system."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec

from voiceagent_integrations.http.limits import HttpSettings
from voiceagent_integrations.http.orders import OrderFields
from voiceagent_integrations.rest import templates
from voiceagent_integrations.settings import NO_SECRET, Secret


class Endpoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One request. `at` is where the answer has its rows or row, as `a.b`; "" when it is the answer itself."""

    path: Annotated[str, msgspec.Meta(pattern="^/")]
    method: Literal["GET", "POST", "PUT", "PATCH"] = "GET"
    params: dict[str, str] = {}
    body: dict[str, Any] | None = None
    at: str = ""


class Paging(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`link`: the next page's address is `at`. `cursor`: what is `at` goes into `param`. `offset`: `param` counts."""

    kind: Literal["none", "link", "cursor", "offset"] = "link"
    at: str = "next"
    param: str = ""
    size: Annotated[int, msgspec.Meta(ge=1)] = 50


class ContactFields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a contact has what, as `a.b.0.c`. At least one of `phones` must be the number that was searched."""

    id: str = "id"
    first_name: str = "first_name"
    last_name: str = "last_name"
    email: str = "email"
    phones: tuple[str, ...] = ("phone",)


class CaseFields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a case has what, and the API's words for its status; other words are open."""

    id: str = "id"
    subject: str = "subject"
    description: str = "description"
    status: str = "status"
    open: str = "open"
    pending: str = "pending"
    closed: str = "closed"


class NoteFields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str = "id"
    text: str = "text"
    written_at: str = "created_at"


_OF_CONTACT = "/contacts/{contact_id}"


class RestSettings(HttpSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """README.md explains each."""

    base_url: str
    token: Secret = NO_SECRET  # Authorization: Bearer
    username: str = ""  # Authorization: Basic
    password: Secret = NO_SECRET
    token_url: str = ""  # OAuth 2 client credentials
    client_id: str = ""
    client_secret: Secret = NO_SECRET
    scope: str = ""
    idempotency_header: str = "Idempotency-Key"  # "": this API has none, and writes are not repeated
    find_contact: Endpoint = Endpoint(path="/contacts", params={"phone": "{number}"}, at="items")
    get_orders: Endpoint = Endpoint(path=f"{_OF_CONTACT}/orders", at="items")
    get_order: Endpoint = Endpoint(path=f"{_OF_CONTACT}/orders", params={"number": "{order_number}"}, at="items")
    get_cases: Endpoint = Endpoint(path=f"{_OF_CONTACT}/cases", at="items")
    add_note: Endpoint = Endpoint(path=f"{_OF_CONTACT}/notes", method="POST", body={"text": "{text}"})
    create_case: Endpoint = Endpoint(
        path=f"{_OF_CONTACT}/cases", method="POST", body={"subject": "{subject}", "description": "{description}"}
    )
    update_case: Endpoint = Endpoint(
        path=f"{_OF_CONTACT}/cases/{{case_id}}", method="PATCH", body={"status": "{status}"}
    )
    paging: Paging = Paging()
    contact_fields: ContactFields = ContactFields()
    case_fields: CaseFields = CaseFields()
    note_fields: NoteFields = NoteFields()
    order_fields: OrderFields = OrderFields(
        number="number",
        item="item",
        status="status",
        ordered_at="ordered_at",
        carrier="carrier",
        eta="eta",
        delivery_window="delivery_window",
    )
    order_contact_field: str = "contact_id"  # whose an order is: looked at again when it has come


_NEEDED: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {  # endpoint: (may be used, must be used)
    "find_contact": (frozenset({"number"}), frozenset({"number"})),
    "get_orders": (frozenset({"contact_id"}), frozenset({"contact_id"})),
    "get_order": (frozenset({"contact_id", "order_number"}), frozenset({"order_number"})),
    "get_cases": (frozenset({"contact_id"}), frozenset({"contact_id"})),
    "add_note": (frozenset({"contact_id", "text", "key"}), frozenset({"contact_id", "text"})),
    "create_case": (
        frozenset({"contact_id", "subject", "description", "key"}),
        frozenset({"contact_id", "subject", "description"}),
    ),
    "update_case": (
        frozenset({"contact_id", "case_id", "status"}),
        frozenset({"contact_id", "case_id", "status"}),
    ),
}


def check_endpoints(settings: RestSettings) -> None:
    """Raises ConfigError when an endpoint lacks what it is about: whose case, which number."""
    for name, (known, needed) in _NEEDED.items():
        endpoint: Endpoint = getattr(settings, name)
        parts = (endpoint.path, endpoint.params, endpoint.body)
        templates.check(f"settings of the REST connector: {name}", parts, known=known, needed=needed)
