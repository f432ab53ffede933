"""Orders live in other fields at every company: which ones, as settings."""

import msgspec

from voiceagent.background.crm import Order
from voiceagent_integrations.http.fields import Row, instant, optional, required


class OrderFields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The vendor's field for each field of `Order`, as `a.b.0.c`; "" where there is none."""

    number: str
    item: str
    status: str
    ordered_at: str
    carrier: str = ""
    eta: str = ""
    delivery_window: str = ""

    def names(self) -> tuple[str, ...]:
        """The fields to ask for."""
        all_of_them = (self.number, self.item, self.status, self.ordered_at, self.carrier, self.eta)
        return tuple(dict.fromkeys(name for name in (*all_of_them, self.delivery_window) if name))


def order_from(row: Row, fields: OrderFields, *, contact_id: str) -> Order:
    """Raises UpstreamUnavailable when number or date are missing; the rest is "" then."""

    def words(name: str) -> str:
        return optional(row, name) if name else ""

    return Order(
        order_number=required(row, fields.number),
        contact_id=contact_id,
        item=words(fields.item),
        status=words(fields.status),
        ordered_at=instant(row, fields.ordered_at),
        carrier=words(fields.carrier),
        eta=words(fields.eta),
        delivery_window=words(fields.delivery_window),
    )
