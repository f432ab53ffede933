"""Tools of the example lines `clinic` and `bank`, on nothing but the CRM contract: cases, notes and their states.

The contract knows no appointments and no cards. An appointment asked for is a case that somebody books. A card is a
case with the subject "Card ending 4413", open while it can be used; to block it is to close the case.
"""

from dataclasses import dataclass
from typing import Annotated

import msgspec

from voiceagent.background.crm import CaseStatus, CrmConnector
from voiceagent.background.tools import Caller, Effect, IdempotencyKey, Tool, tool

LastFour = Annotated[str, msgspec.Meta(pattern="^[0-9]{4}$")]
Day = Annotated[str, msgspec.Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]  # text: the ledger keeps arguments as JSON
TimeOfDay = Annotated[str, msgspec.Meta(pattern="^[0-2][0-9]:[0-5][0-9]$")]
DoctorName = Annotated[str, msgspec.Meta(min_length=2, max_length=40)]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentRequest:
    """`reference` is what the CRM calls the case that the reception now has to deal with."""

    found: bool
    first_name: str | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardBlock:
    """`first_name` is None when the caller is not known."""

    found: bool
    first_name: str | None = None


def demo_tools(crm: CrmConnector) -> tuple[Tool, ...]:
    """The tools over one CRM, for the registry."""

    async def ask_reception(caller: Caller, key: IdempotencyKey, subject: str) -> AppointmentRequest:
        contact = await crm.find_contact(caller.number)
        if contact is None:
            return AppointmentRequest(found=False)
        description = f"Asked for on the phone and confirmed by the caller, call {caller.call_id}."
        case = await crm.create_case(contact.contact_id, subject=subject, description=description, idempotency_key=key)
        return AppointmentRequest(found=True, first_name=contact.first_name, reference=case.case_id)

    @tool(name="clinic.move_appointment", effect=Effect.WRITE, timeout_s=5)
    async def move_appointment(caller: Caller, key: IdempotencyKey, day: Day, time: TimeOfDay) -> AppointmentRequest:
        """Ask the reception to move the caller's appointment to another day and time."""
        return await ask_reception(caller, key, f"Move the appointment to {day} {time}")

    @tool(name="clinic.book_appointment", effect=Effect.WRITE, timeout_s=5)
    async def book_appointment(
        caller: Caller, key: IdempotencyKey, doctor: DoctorName, day: Day, time: TimeOfDay
    ) -> AppointmentRequest:
        """Ask the reception for an appointment of the caller with a doctor."""
        return await ask_reception(caller, key, f"Appointment with {doctor} on {day} {time}")

    @tool(name="bank.block_card", effect=Effect.CONSEQUENTIAL, timeout_s=5)
    async def block_card(caller: Caller, key: IdempotencyKey, card_digits: LastFour) -> CardBlock:
        """Block one of the caller's own cards. Done twice it is blocked once, with one note."""
        contact = await crm.find_contact(caller.number)
        if contact is None:
            return CardBlock(found=False)
        cards = await crm.get_cases(contact.contact_id)
        card = next((case for case in cards if case.subject == card_subject(card_digits)), None)
        if card is None:  # or it is somebody else's, which must sound the same
            return CardBlock(found=False, first_name=contact.first_name)
        await crm.update_case(contact.contact_id, card.case_id, status=CaseStatus.CLOSED)
        note = f"Card ending {card_digits} blocked on the phone, confirmed by the caller, call {caller.call_id}."
        await crm.add_note(contact.contact_id, note, idempotency_key=key)
        return CardBlock(found=True, first_name=contact.first_name)

    return (move_appointment, book_appointment, block_card)


def card_subject(digits: str) -> str:
    """The subject of the case that stands for a card in the demo."""
    return f"Card ending {digits}"
