import voiceagent.records.models  # noqa: F401 - the tables are known once they are imported
from voiceagent.records.base import Base
from voiceagent.records.projection import project
from voiceagent.records.row_change import RowChange
from voiceagent.telephony import events as ev
from voiceagent.telephony.cdr import empty, fold
from voiceagent.telephony.event_codec import EVENT_TYPES
from voiceagent.telephony.events import CallEvent, DisclosurePlayed
from voiceagent.testing.sample_call import recorded, sample_events


def _changes(events: list[CallEvent]) -> list[RowChange]:
    log = recorded("call_1", events, tenant="acme")
    record, changes = empty(log[0]), []
    for entry in log:
        change = project(record, entry)
        changes += [change] if change else []
        record = fold(record, entry)
    return changes


def test_every_change_names_a_table_its_key_and_known_columns() -> None:
    changes = _changes(list(sample_events()))

    assert {change.table for change in changes} == {
        "call_legs",
        "consent_events",
        "transcript_segments",
        "tool_calls",
        "recordings",
    }
    for change in changes:
        table = Base.metadata.tables[change.table]
        assert set(change.key) == {column.name for column in table.primary_key}
        assert {*change.key, *change.values} <= {column.name for column in table.columns}
        assert change.values["tenant_id"] == "acme"


def test_a_new_row_has_every_column_that_needs_a_value() -> None:
    for change in _changes(list(sample_events())):
        table = Base.metadata.tables[change.table]
        needed = {column.name for column in table.columns if not column.nullable and column.default is None}
        assert needed <= {*change.key, *change.values}, change.table


def test_a_prompt_that_is_no_evidence_leaves_no_row() -> None:
    greeting = DisclosurePlayed(prompt="greeting", sha256="", language="en", start_ms=0, end_ms=1, completed=True)

    assert _changes([sample_events()[0], greeting]) == []


def test_the_transcript_holds_what_was_played_beside_what_was_planned() -> None:
    segments = [change.values for change in _changes(list(sample_events())) if change.table == "transcript_segments"]

    cut_off = segments[1]
    assert (cut_off["text"], cut_off["planned"], cut_off["completed"]) == ("One moment", "One moment, please.", False)


def test_no_event_type_is_projected_that_does_not_exist() -> None:
    from voiceagent.records.projection import _PROJECTIONS
    from voiceagent.telephony.cdr import _FOLDS

    assert set(_PROJECTIONS) | set(_FOLDS) <= set(EVENT_TYPES.values())


def test_a_transfer_that_was_answered_after_it_was_given_up_is_a_success_without_a_failure() -> None:
    late = ev.TransferFailed(reference="ref_1", reason="refused", at_ms=1, sip_code=408)
    changes = _changes([sample_events()[0], late, ev.Transferred(reference="ref_1", at_ms=2)])
    row = {key: value for change in changes for key, value in change.values.items()}

    assert (row["state"], row["sip_code"]) == ("completed", 0)


def test_what_came_of_a_transfer_and_of_a_callback_stays_when_their_request_is_written_again() -> None:
    requested = ev.TransferRequested(reference="ref_1", target="sip:a@b", at_ms=1, intent="person", slots={})
    failed = ev.TransferFailed(reference="ref_1", reason="refused", at_ms=2, sip_code=503)
    wanted = ev.CallbackRequested(callback_id="cbk_1", number="+4930", reason="unreached", at_ms=3, intent="person")
    first, second, third = _changes([sample_events()[0], requested, failed, wanted])

    assert (first.key, first.keeps, first.values["state"]) == ({"reference": "ref_1"}, {"state"}, "requested")
    assert (second.key, second.keeps, second.values["state"]) == ({"reference": "ref_1"}, set(), "failed")
    assert (third.table, third.once, third.values["number"]) == ("callbacks", True, "+4930")
    for change in (first, second, third):
        table = Base.metadata.tables[change.table]
        needed = {column.name for column in table.columns if not column.nullable and column.default is None}
        assert needed <= {*change.key, *change.values}
