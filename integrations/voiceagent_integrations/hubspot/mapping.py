"""HubSpot's objects (`{"id": ..., "properties": {...}}`) to the port's records: pure."""

from collections.abc import Mapping
from typing import Any

import msgspec

from voiceagent.background.crm import Case, CaseStatus, Contact, Note
from voiceagent_integrations.http.fields import Row, find, instant, optional, required


class Stages(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Ids of a ticket pipeline's stages; the defaults are those of the pipeline that every account begins with."""

    open: str = "1"
    pending: str = "2"
    closed: str = "4"


def contact_from(row: Row) -> Contact:
    return Contact(
        contact_id=required(row, "id"),
        first_name=optional(row, "properties.firstname"),
        last_name=optional(row, "properties.lastname"),
        email=optional(row, "properties.email"),
    )


def case_from(row: Row, stages: Stages, *, contact_id: str) -> Case:
    """A stage that the settings do not name is open: somebody works on it."""
    stage = required(row, "properties.hs_pipeline_stage")
    named = {stages.pending: CaseStatus.PENDING, stages.closed: CaseStatus.CLOSED}
    return Case(
        case_id=required(row, "id"),
        contact_id=contact_id,
        subject=optional(row, "properties.subject"),
        description=optional(row, "properties.content"),
        status=named.get(stage, CaseStatus.OPEN),
    )


def note_from(row: Row, *, contact_id: str) -> Note:
    return Note(
        note_id=required(row, "id"),
        contact_id=contact_id,
        text=optional(row, "properties.hs_note_body"),
        written_at=instant(row, "properties.hs_timestamp"),
    )


def stage_of(status: CaseStatus, stages: Stages) -> str:
    return {CaseStatus.OPEN: stages.open, CaseStatus.PENDING: stages.pending, CaseStatus.CLOSED: stages.closed}[status]


def search_body(any_of: list[Mapping[str, str]], properties: tuple[str, ...], *, newest_by: str = "") -> dict[str, Any]:
    """A search for objects that have all values of one of the mappings. Values are JSON, so nothing needs escaping."""
    groups = [
        {"filters": [{"propertyName": name, "operator": "EQ", "value": value} for name, value in values.items()]}
        for values in any_of
    ]
    sorts = [{"propertyName": newest_by, "direction": "DESCENDING"}] if newest_by else []
    return {"filterGroups": groups, "properties": list(properties), "sorts": sorts, "limit": 50}


def associated_contacts(row: Row) -> set[str]:
    """Ids of the contacts that an object read with `associations=contacts` belongs to."""
    results = find(row, "associations.contacts.results")
    return {required(one, "id") for one in results} if isinstance(results, list) else set()


def error_code(data: Any) -> str:
    """`category` of an error body, `VALIDATION_ERROR`; `status` of the token endpoint's, `BAD_REFRESH_TOKEN`."""
    return optional(data, "category") or optional(data, "status")
