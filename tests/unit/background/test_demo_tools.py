"""The tools of the example lines do what they say on nothing but the CRM contract, once, and for the caller only."""

import pytest

from voiceagent.background.crm import CaseStatus, Contact
from voiceagent.background.demo_tools import card_subject, demo_tools
from voiceagent.background.tool_outcome import ToolOutcome, ToolStatus
from voiceagent.background.tool_registry import ToolRegistry
from voiceagent.background.tools import Caller, Effect, IdempotencyKey
from voiceagent.core.ids import CallId, TenantId
from voiceagent.testing.clock import ManualClock
from voiceagent.testing.memory_crm import MemoryCrm

_ANNA, _BEN = (Contact(contact_id=name, first_name=name.title(), last_name="X") for name in ("anna", "ben"))
_KEY = IdempotencyKey("prop_1")


@pytest.fixture
async def crm() -> MemoryCrm:
    crm = MemoryCrm(contacts={"+1": _ANNA, "+2": _BEN}, clock=ManualClock())
    for contact, digits in ((_ANNA, "4413"), (_BEN, "9027")):
        await crm.create_case(contact.contact_id, subject=card_subject(digits), description="", idempotency_key=digits)
    return crm


async def _call(crm: MemoryCrm, name: str, number: str = "+1", **arguments: str) -> ToolOutcome:
    caller = Caller(number=number, tenant_id=TenantId("t"), call_id=CallId("call_1"))
    return await ToolRegistry(demo_tools(crm)).get(name).call(arguments, caller=caller, clock=ManualClock(), key=_KEY)


async def test_a_card_is_blocked_once_however_often_it_is_tried(crm):
    first = await _call(crm, "bank.block_card", card_digits="4413")
    second = await _call(crm, "bank.block_card", card_digits="4413")

    assert first.result == second.result == {"found": True, "first_name": "Anna"}
    assert [case.status for case in await crm.get_cases("anna")] == [CaseStatus.CLOSED]
    assert [note.text for note in crm.notes] == [
        "Card ending 4413 blocked on the phone, confirmed by the caller, call call_1."
    ]


@pytest.mark.parametrize(("number", "digits"), [("+1", "9027"), ("+1", "0000"), ("+3", "4413")])
async def test_nobody_blocks_what_is_not_theirs(crm, number, digits):
    outcome = await _call(crm, "bank.block_card", number, card_digits=digits)

    assert (outcome.status, outcome.result["found"]) == (ToolStatus.OK, False)
    assert crm.notes == []
    cases = (*await crm.get_cases("anna"), *await crm.get_cases("ben"))
    assert [case.status for case in cases] == [CaseStatus.OPEN, CaseStatus.OPEN]


async def test_an_appointment_is_asked_for_as_a_case_once(crm):
    for _ in range(2):
        moved = await _call(crm, "clinic.move_appointment", day="2026-12-04", time="15:30")

    assert moved.result["first_name"] == "Anna"
    subjects = [case.subject for case in await crm.get_cases("anna")]
    assert subjects == ["Move the appointment to 2026-12-04 15:30", "Card ending 4413"]


async def test_an_appointment_with_a_doctor_names_them(crm):
    await _call(crm, "clinic.book_appointment", doctor="Doctor Keller", day="2026-12-04", time="09:00")

    assert (await crm.get_cases("anna"))[0].subject == "Appointment with Doctor Keller on 2026-12-04 09:00"


async def test_a_caller_whom_the_practice_does_not_know_gets_no_appointment(crm):
    outcome = await _call(crm, "clinic.move_appointment", "+3", day="2026-12-04", time="15:30")

    assert outcome.result["found"] is False


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("bank.block_card", {"card_digits": "441"}),
        ("clinic.move_appointment", {"day": "friday", "time": "15:30"}),
        ("clinic.move_appointment", {"day": "2026-12-04", "time": "half past"}),
    ],
)
async def test_what_is_no_card_day_or_time_gets_to_no_system(crm, name, arguments):
    assert (await _call(crm, name, **arguments)).status is ToolStatus.ERROR


def test_none_of_them_runs_without_a_yes_and_all_may_be_tried_again(crm):
    tools = demo_tools(crm)

    assert all(tool.effect is not Effect.READ and tool.repeatable for tool in tools)
