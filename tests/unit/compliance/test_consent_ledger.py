"""The rows of evidence decide what may be kept, and say the same as the call's record."""

from hypothesis import given, strategies as st

from voiceagent.compliance.consent_ledger import Basis, Standing, standing
from voiceagent.core.ids import LegId
from voiceagent.records.projection import project
from voiceagent.records.values import ConsentEvidence
from voiceagent.telephony import events as ev
from voiceagent.telephony.cdr import CallDetailRecord, ConsentState, empty, fold
from voiceagent.testing.sample_call import recorded

_ASKED = {"purpose": "recording", "question_sha256": "f" * 64, "at_ms": 5}
GRANTED = ev.ConsentGranted(**_ASKED, method="voice", answer="yes", rule="spoken_answer.1", question_start_ms=1)
IMPLIED = ev.ConsentGranted(**_ASKED, method="implied")
DENIED = ev.ConsentDenied(**_ASKED, method="dtmf")
WITHDRAWN = ev.ConsentWithdrawn(purpose="recording", method="voice", at_ms=9, rule="withdrawal.1/stop")
OTHER = ev.ConsentGranted(purpose="training", method="voice", question_sha256="", at_ms=3)
NOTICE = ev.DisclosurePlayed(prompt="notice", sha256="e" * 64, language="en", start_ms=0, end_ms=4, completed=True)
RINGING = ev.LegRinging(leg_id=LegId("leg_1"))

_STATE = {
    Basis.NONE: ConsentState.NONE,
    Basis.EXPLICIT: ConsentState.GRANTED,
    Basis.IMPLIED: ConsentState.GRANTED,
    Basis.DENIED: ConsentState.DENIED,
    Basis.WITHDRAWN: ConsentState.WITHDRAWN,
}


def rows_of(*events: ev.CallEvent) -> tuple[CallDetailRecord, list[ConsentEvidence]]:
    """The record of a call and its rows of evidence."""
    log = recorded("call_1", events)
    record, rows = empty(log[0]), []
    for entry in log:
        change = project(record, entry)
        if change is not None and change.table == "consent_events":
            values = {name: value for name, value in change.values.items() if name != "tenant_id"}
            rows.append(ConsentEvidence(seq=entry.seq, **values))
        record = fold(record, entry)
    return record, rows


def test_a_yes_and_silence_after_the_notice_are_of_different_kinds():
    assert [row.kind for row in rows_of(NOTICE, GRANTED)[1]] == ["notice_played", "granted"]
    assert [row.kind for row in rows_of(NOTICE, IMPLIED)[1]] == ["notice_played", "implied_after_notice"]
    assert standing(rows_of(IMPLIED)[1], "recording") == Standing(basis=Basis.IMPLIED, seq=1)


def test_the_row_of_a_yes_leads_to_its_question_its_rule_and_the_profile():
    (row,) = rows_of(GRANTED)[1]

    assert (row.prompt_sha256, row.prompt_start_ms, row.rule, row.answer) == ("f" * 64, 1, "spoken_answer.1", "yes")


def test_a_withdrawal_ends_it_and_only_a_new_yes_begins_it_again():
    _, rows = rows_of(GRANTED, WITHDRAWN, NOTICE)

    assert standing(rows, "recording").basis is Basis.WITHDRAWN
    assert not standing(rows, "recording").allows
    assert standing(rows_of(GRANTED, WITHDRAWN, GRANTED)[1], "recording").allows


def test_a_purpose_is_folded_on_its_own():
    _, rows = rows_of(GRANTED, OTHER, WITHDRAWN)

    assert standing(rows, "training").allows
    assert not standing(rows, "recording").allows
    assert standing(rows, "quality") == Standing()


@given(
    st.lists(st.sampled_from([GRANTED, IMPLIED, DENIED, WITHDRAWN, OTHER, NOTICE, RINGING]), min_size=1), st.randoms()
)
def test_the_rows_say_what_the_calls_record_says_in_whatever_order_they_are_read(events, dice):
    record, rows = rows_of(*events)
    dice.shuffle(rows)

    assert record.consent is _STATE[standing(rows, "recording").basis]
