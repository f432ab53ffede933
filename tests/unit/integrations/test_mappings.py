"""Vendors' rows become our records, or the vendor is at fault: whatever JSON comes, nothing else is raised."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, note, strategies as st

from voiceagent.background.crm import CaseStatus, Contact
from voiceagent.core.errors import UpstreamUnavailable
from voiceagent_integrations.dynamics import mapping as dynamics
from voiceagent_integrations.http.orders import OrderFields, order_from
from voiceagent_integrations.hubspot import mapping as hubspot
from voiceagent_integrations.rest import mapping as rest
from voiceagent_integrations.rest.settings import CaseFields, ContactFields, NoteFields
from voiceagent_integrations.salesforce import mapping as salesforce
from voiceagent_integrations.servicenow import mapping as servicenow
from voiceagent_integrations.zendesk import mapping as zendesk

FIELDS = OrderFields(number="number", item="lines.0.name", status="state", ordered_at="at", eta="eta")
_NAMES = st.sampled_from(
    ["id", "Id", "sys_id", "contactid", "properties", "name", "status", "state", "statecode", "value", "number", "at"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=8,
)
READERS = {
    "hubspot contact": hubspot.contact_from,
    "hubspot case": lambda row: hubspot.case_from(row, hubspot.Stages(), contact_id="1"),
    "hubspot note": lambda row: hubspot.note_from(row, contact_id="1"),
    "hubspot associations": hubspot.associated_contacts,
    "zendesk contact": zendesk.contact_from,
    "zendesk case": lambda row: zendesk.case_from(row, contact_id="1"),
    "zendesk note": lambda row: zendesk.note_from(row, contact_id="1"),
    "zendesk tag": zendesk.is_note,
    "salesforce contact": salesforce.contact_from,
    "salesforce case": lambda row: salesforce.case_from(row, salesforce.Statuses()),
    "salesforce note": lambda row: salesforce.note_from(row, contact_id="1", text_field="Text__c"),
    "servicenow contact": servicenow.contact_from,
    "servicenow case": lambda row: servicenow.case_from(row, servicenow.States(), contact_id="1"),
    "servicenow note": lambda row: servicenow.note_from(row, contact_id="1", text_field="u_text"),
    "servicenow order": lambda row: servicenow.orders_row(row, FIELDS, contact_id="1"),
    "dynamics contact": dynamics.contact_from,
    "dynamics case": lambda row: dynamics.case_from(row, dynamics.Statuses()),
    "dynamics note": lambda row: dynamics.note_from(row, contact_id="1"),
    "rest contact": lambda row: rest.contact_from(row, ContactFields()),
    "rest case": lambda row: rest.case_from(row, CaseFields(), contact_id="1"),
    "rest note": lambda row: rest.note_from(row, NoteFields(), contact_id="1"),
    "order": lambda row: order_from(row, FIELDS, contact_id="1"),
}


@given(row=st.dictionaries(_NAMES, JSON, max_size=5))
def test_whatever_comes_is_a_record_or_the_vendors_fault(row):
    for name, reader in READERS.items():
        note(name)
        try:
            reader(row)
        except UpstreamUnavailable as error:
            assert "answer" in str(error)  # noqa: PT017


@given(data=JSON)
def test_an_error_code_is_text_whatever_the_body(data):
    for module in (hubspot, zendesk, salesforce, servicenow, dynamics, rest):
        note(module.__name__)
        assert isinstance(module.error_code(data), str)


@pytest.mark.parametrize(
    ("made", "first", "last"),
    [
        (hubspot.contact_from({"id": "1", "properties": {"firstname": "Anna", "lastname": None}}), "Anna", ""),
        (zendesk.contact_from({"id": 1, "name": "Anna van Keller", "email": None}), "Anna", "van Keller"),
        (zendesk.contact_from({"id": 1, "name": "Anna"}), "Anna", ""),
        (salesforce.contact_from({"Id": "1", "FirstName": "Anna", "LastName": "Keller"}), "Anna", "Keller"),
        (servicenow.contact_from({"sys_id": {"value": "1"}, "first_name": {"value": "Anna"}}), "Anna", ""),
        (dynamics.contact_from({"contactid": "1", "firstname": "Anna", "lastname": "Keller"}), "Anna", "Keller"),
    ],
)
def test_names(made, first, last):
    assert made == Contact(contact_id="1", first_name=first, last_name=last)


OPEN, PENDING, CLOSED = CaseStatus.OPEN, CaseStatus.PENDING, CaseStatus.CLOSED


def _hubspot(stage):
    return hubspot.case_from({"id": "1", "properties": {"hs_pipeline_stage": stage}}, hubspot.Stages(), contact_id="1")


def _zendesk(status):
    return zendesk.case_from({"id": 1, "status": status}, contact_id="1")


def _salesforce(status):
    row = {"Id": "1", "ContactId": "2", "Status": status, "IsClosed": status in {"Closed", "Merged"}}
    return salesforce.case_from(row, salesforce.Statuses())


def _servicenow(state):
    return servicenow.case_from(
        {"sys_id": {"value": "1"}, "state": {"value": state}}, servicenow.States(), contact_id="1"
    )


def _dynamics(codes):
    row = {"incidentid": "1", "_customerid_value": "2", "statecode": codes[0], "statuscode": codes[1]}
    return dynamics.case_from(row, dynamics.Statuses())


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (_hubspot, {"1": OPEN, "2": PENDING, "3": OPEN, "4": CLOSED, "other": OPEN}),
        (_zendesk, {"new": OPEN, "open": OPEN, "hold": OPEN, "pending": PENDING, "solved": CLOSED, "closed": CLOSED}),
        (_salesforce, {"New": OPEN, "Escalated": OPEN, "On Hold": PENDING, "Closed": CLOSED, "Merged": CLOSED}),
        (_servicenow, {"1": OPEN, "10": OPEN, "18": PENDING, "3": CLOSED, "6": CLOSED}),
        (_dynamics, {(0, 1): OPEN, (0, 3): PENDING, (1, 5): CLOSED, (2, 6): CLOSED}),
    ],
)
def test_statuses(make, expected):
    assert {status: make(status).status for status in expected} == expected


def test_an_order_is_read_from_wherever_it_is():
    row = {"number": 4217, "lines": [{"name": "boots"}], "state": None, "at": "2026-11-17"}

    order = order_from(row, FIELDS, contact_id="1")

    assert (order.order_number, order.item, order.status, order.eta, order.carrier) == ("4217", "boots", "", "", "")
    assert order.ordered_at == datetime(2026, 11, 17, tzinfo=UTC)
    assert FIELDS.names() == ("number", "lines.0.name", "state", "at", "eta")
