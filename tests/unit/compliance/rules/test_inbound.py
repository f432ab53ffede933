from dataclasses import replace

import pytest

from tests.unit.compliance.rules.made import TODAY
from voiceagent.compliance.rules.inbound import rules_of_call, under_rules
from voiceagent.compliance.rules.loading import rule_book
from voiceagent.compliance.rules.place import stated_place
from voiceagent.conversation.profile import ConsentMode
from voiceagent.testing.sample_profile import sample_profile

BOOK = rule_book()
NEW_YORK, BERLIN = "+12125550123", "+4930123456"


def mode_of(caller: str, callee: str, home: str = "") -> str:
    place = stated_place(home) if home else None
    return rules_of_call(BOOK, caller=caller, callee=callee, home=place, today=TODAY).recording


@pytest.mark.parametrize(
    ("caller", "callee", "home", "mode"),
    [
        (NEW_YORK, "+13055550123", "", "all_party"),
        (NEW_YORK, BERLIN, "", "explicit_only"),  # our side's law counts too
        (BERLIN, NEW_YORK, "", "explicit_only"),
        ("anonymous", NEW_YORK, "", "explicit_only"),
        (NEW_YORK, "100", "", "explicit_only"),  # an extension tells nothing
        (NEW_YORK, "100", "US-NY", "all_party"),  # unless we say where it is
        ("anonymous", "100", "US-NY", "explicit_only"),
    ],
)
def test_a_call_has_the_stricter_rules_of_both_ends(caller, callee, home, mode) -> None:
    assert mode_of(caller, callee, home) == mode


def test_T_ST_1_a_profile_that_takes_silence_for_a_yes_asks_for_one_where_the_rules_do() -> None:
    profile = sample_profile()
    implied = replace(profile, opening=replace(profile.opening, consent=ConsentMode.IMPLIED))

    def asked(caller: str) -> ConsentMode:
        rules = rules_of_call(BOOK, caller=caller, callee=NEW_YORK, home=None, today=TODAY)
        return under_rules(implied, rules).opening.consent

    assert asked(NEW_YORK) is ConsentMode.IMPLIED
    assert asked(BERLIN) is ConsentMode.EXPLICIT
    assert asked("") is ConsentMode.EXPLICIT


def test_nothing_else_of_a_profile_changes() -> None:
    profile = sample_profile()
    rules = rules_of_call(BOOK, caller="", callee="", home=None, today=TODAY)

    changed = under_rules(profile, rules)

    assert replace(changed, opening=profile.opening) == profile
    assert replace(changed.opening, consent=profile.opening.consent) == profile.opening
