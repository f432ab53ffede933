from datetime import UTC, datetime, timedelta

import pytest

from voiceagent.compliance.erasure.evaluation import due_at, item_of, preview
from voiceagent.compliance.retention.rules import Limit, Rules
from voiceagent.core.content_class import ContentClass
from voiceagent.records.erasure_values import Fate
from voiceagent.records.retention_values import CallFacts, LegalHold, Selector

A, T, X, M, C = ContentClass
END = datetime(2030, 1, 1, tzinfo=UTC)
FACTS = CallFacts(call_id="c1", ended_at=END, caller="+4930")
PROOF = Limit(content_class=C, basis="proof", min_days=2192)
HOLD = LegalHold(
    id="hold_1",
    matter="1",
    selector=Selector(caller="+4930"),
    classes=frozenset({T}),
    reason="r",
    placed_by="key_1",
    placed_at=END,
)
LAW = Limit(content_class=M, basis="16 CFR 310.5", min_days=1827)


@pytest.mark.parametrize(
    ("letter", "rules", "fate", "reason", "source"),
    [
        (A, Rules(), Fate.DUE, "subject_erasure", ""),
        (C, Rules(limits=(PROOF,)), Fate.KEPT, "legal_minimum", "proof"),
        (C, Rules(), Fate.DUE, "subject_erasure", ""),
        (T, Rules(holds=(HOLD,)), Fate.RESTRICTED, "legal_hold", "hold_1"),
        (A, Rules(holds=(HOLD,)), Fate.DUE, "subject_erasure", ""),
        (M, Rules(holds=(HOLD,)), Fate.RESTRICTED, "legal_hold", "hold_1"),  # or the hold would not find the call
        (M, Rules(limits=(LAW,)), Fate.RESTRICTED, "legal_minimum", "16 CFR 310.5"),
        (M, Rules(limits=(LAW,), holds=(HOLD,)), Fate.RESTRICTED, "legal_hold", "hold_1"),
    ],
)
def test_T_ER_3_the_stronger_rule_says_what_becomes_of_a_class(letter, rules, fate, reason, source):
    item = item_of(FACTS, letter, rules, END + timedelta(days=1))

    assert (item.fate, item.reason, item.source) == (fate, reason, source)
    assert (item.until is None) == (fate is Fate.DUE or reason == "legal_hold")


def test_a_legal_minimum_that_is_over_keeps_nothing():
    assert item_of(FACTS, M, Rules(limits=(LAW,)), END + timedelta(days=1827)).fate is Fate.DUE


def test_a_preview_counts_calls_by_class_fate_and_reason():
    calls = [FACTS, CallFacts(call_id="c2", ended_at=END + timedelta(days=1), caller="+4931")]

    found = preview(calls, Rules(limits=(PROOF,), holds=(HOLD,)), END + timedelta(days=2))

    counted = {(one.content_class, one.fate, one.source): one.items for one in found}
    assert counted == {
        (A, Fate.DUE, ""): 2,
        (T, Fate.DUE, ""): 1,
        (T, Fate.RESTRICTED, "hold_1"): 1,
        (X, Fate.DUE, ""): 2,
        (M, Fate.DUE, ""): 1,
        (M, Fate.RESTRICTED, "hold_1"): 1,
        (C, Fate.KEPT, "proof"): 2,
    }
    [proof] = [one for one in found if one.content_class is C]
    assert proof.until == END + timedelta(days=1 + 2192)


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2030-01-31", "2030-02-28"),
        ("2032-01-31", "2032-02-29"),
        ("2030-12-05", "2031-01-05"),
        ("2030-03-30", "2030-04-30"),
    ],
)
def test_a_request_is_due_a_month_after_it_was_received(received, due):
    assert due_at(datetime.fromisoformat(received)) == datetime.fromisoformat(due)
