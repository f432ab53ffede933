"""The tools that read a CRM on behalf of the caller, and of nobody else."""

from typing import Annotated, Any

import msgspec

from voiceagent.background.crm import Contact, CrmConnector, Order
from voiceagent.background.tools import Caller, Effect, Tool, tool

OrderNumber = Annotated[str, msgspec.Meta(min_length=1, max_length=32, pattern="^[A-Za-z0-9-]+$")]


def crm_tools(crm: CrmConnector) -> tuple[Tool, ...]:
    """The tools over one CRM, for the registry."""

    @tool(name="crm.lookup_customer", effect=Effect.READ, timeout_s=5)
    async def lookup_customer(caller: Caller, order_number: OrderNumber | None = None) -> dict[str, Any]:
        """Find out who is calling and how an order of theirs stands: the one they name, else their newest."""
        contact = await crm.find_contact(caller.number)
        if contact is None:
            return _answer(found=False)
        if order_number is not None:
            order = await crm.get_order(contact.contact_id, order_number)
            return _answer(contact, order, found=order is not None)
        orders = await crm.get_orders(contact.contact_id)
        return _answer(contact, orders[0] if orders else None, found=True)

    return (lookup_customer,)


def _answer(contact: Contact | None = None, order: Order | None = None, *, found: bool) -> dict[str, Any]:
    """Flat, because templates fill `{field}`; always the same keys. Somebody else's order is like no order at all."""
    return {
        "found": found,
        "first_name": contact.first_name if contact else None,
        "order_number": order.order_number if order else None,
        "status": order.status if order else None,
        "eta": order.eta if order else None,
        "carrier": order.carrier if order else None,
        "item": order.item if order else None,
        "delivery_window": order.delivery_window if order else None,
    }
