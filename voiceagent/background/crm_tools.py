"""The tools that work with a CRM on behalf of the caller, and of nobody else."""

from dataclasses import dataclass
from typing import Annotated

import msgspec

from voiceagent.background.crm import Contact, CrmConnector, Order
from voiceagent.background.tools import Caller, Effect, IdempotencyKey, Tool, tool

Day = Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
OrderNumber = Annotated[str, msgspec.Meta(min_length=1, max_length=32, pattern="^[A-Za-z0-9-]+$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerLookup:
    """Flat, because templates fill `{field}`; what is not known is None or ""."""

    found: bool
    first_name: str | None = None
    order_number: str | None = None
    status: str | None = None
    eta: str | None = None
    carrier: str | None = None
    item: str | None = None
    delivery_window: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRequest:
    """`reference` is what the CRM calls the case that somebody now has to deal with."""

    found: bool
    order_number: str | None = None
    delivery_day: str | None = None
    reference: str | None = None


def crm_tools(crm: CrmConnector) -> tuple[Tool, ...]:
    """The tools over one CRM, for the registry."""

    @tool(name="crm.lookup_customer", effect=Effect.READ, timeout_s=5)
    async def lookup_customer(caller: Caller, order_number: OrderNumber | None = None) -> CustomerLookup:
        """Find out who is calling and how an order of theirs stands: the one they name, else their newest."""
        contact = await crm.find_contact(caller.number)
        if contact is None:
            return CustomerLookup(found=False)
        if order_number is None:
            orders = await crm.get_orders(contact.contact_id)
            return _answer(contact, orders[0]) if orders else CustomerLookup(found=True, first_name=contact.first_name)
        order = await crm.get_order(contact.contact_id, order_number)
        if order is None:  # or it is somebody else's, which must sound the same
            return CustomerLookup(found=False, first_name=contact.first_name)
        return _answer(contact, order)

    @tool(name="crm.request_delivery_day", effect=Effect.WRITE, timeout_s=5)
    async def request_delivery_day(
        caller: Caller, key: IdempotencyKey, order_number: OrderNumber, delivery_day: Day
    ) -> DeliveryRequest:
        """Ask the dispatchers to bring one of the caller's orders on another day."""
        contact = await crm.find_contact(caller.number)
        order = await crm.get_order(contact.contact_id, order_number) if contact else None
        if contact is None or order is None:
            return DeliveryRequest(found=False)
        case = await crm.create_case(
            contact.contact_id,
            subject=f"Deliver order {order.order_number} {delivery_day}",
            description=f"Asked for on the phone and confirmed by the caller, call {caller.call_id}.",
            idempotency_key=key,
        )
        return DeliveryRequest(
            found=True, order_number=order.order_number, delivery_day=delivery_day, reference=case.case_id
        )

    return (lookup_customer, request_delivery_day)


def _answer(contact: Contact, order: Order) -> CustomerLookup:
    return CustomerLookup(
        found=True,
        first_name=contact.first_name,
        order_number=order.order_number,
        status=order.status,
        eta=order.eta,
        carrier=order.carrier,
        item=order.item,
        delivery_window=order.delivery_window,
    )
