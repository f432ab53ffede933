import csv
from datetime import datetime

import pytest

from tests.unit.compliance.rules.golden_statement import COLUMNS, FIXTURE, as_csv
from tests.unit.compliance.rules.made import consent, facts, question
from voiceagent.compliance.rules.loading import rule_book
from voiceagent.compliance.rules.outbound import decide
from voiceagent.compliance.rules.rules import Purpose

BOOK = rule_book()
ROWS = list(csv.DictReader(FIXTURE.read_text().splitlines()))
NUMBERS = sorted({row["number"] for row in ROWS})


def test_the_fixture_is_what_the_rules_by_hand_say() -> None:
    assert FIXTURE.read_text() == as_csv()
    assert tuple(ROWS[0]) == COLUMNS


@pytest.mark.parametrize("number", NUMBERS)
def test_T_RP_1_the_gate_decides_as_the_rules_by_hand_do(number) -> None:
    wrong = []
    for row in (row for row in ROWS if row["number"] == number):
        asked = question(number, datetime.fromisoformat(row["at"]), purpose=Purpose(row["purpose"]))
        known = facts(*([consent(row["consent"])] if row["consent"] else []), at=asked.at)
        decision = decide(asked, known, BOOK.for_places(asked.places, asked.at.date()))
        refused = "+".join(sorted(check.code for check in decision.checks if not check.passed))
        if refused != row["refused"] or decision.allowed != (not row["refused"]):
            wrong.append((row, refused))

    assert wrong == []


def test_T_RP_1_there_are_enough_rows_of_either_kind() -> None:
    assert len(ROWS) >= 500
    assert sum(not row["refused"] for row in ROWS) >= 100
