import pytest
from hypothesis import given, strategies as st

from voiceagent.compliance.retention.pseudonym import pseudonym
from voiceagent.compliance.retention.rules import Limit, check_limits, check_term, may_meet
from voiceagent.config.retention_settings import RetentionLimitSettings, RetentionSettings
from voiceagent.core.content_class import ContentClass
from voiceagent.core.errors import BadInput, ConfigError
from voiceagent.records.base import RetentionClass
from voiceagent.records.retention_values import Selector

A, T = ContentClass.AUDIO, ContentClass.TRANSCRIPT
EVERY = Selector()
MIFID = Limit(content_class=A, basis="MiFID II Art. 76", selector=Selector(number="+1"), min_days=1826)
CNIL = Limit(content_class=A, basis="CNIL", selector=Selector(profile="quality"), max_days=183)


@pytest.mark.parametrize("days", [None, 36_526, 10**9])
def test_a_policy_without_an_end_is_refused_with_a_way_out(days):
    with pytest.raises(BadInput, match=r"needs an end: give days, 36525 at most.*legal hold"):
        check_term(EVERY, A, days, [])


def test_a_negative_term_is_refused():
    with pytest.raises(BadInput, match="cannot be negative"):
        check_term(EVERY, A, -1, [])


@pytest.mark.parametrize(
    ("selector", "days", "told"),
    [
        (EVERY, 30, "MiFID II Art. 76 wants class A kept for at least 1826 days"),
        (Selector(number="+1"), 1825, "MiFID II"),
        (Selector(profile="quality", number="+2"), 184, "CNIL allows class A to be kept for 183 days"),
    ],
)
def test_T_FIN_1_a_policy_against_a_legal_limit_is_refused_with_its_basis(selector, days, told):
    with pytest.raises(BadInput, match=told):
        check_term(selector, A, days, [MIFID, CNIL])


@pytest.mark.parametrize(
    ("selector", "content_class", "days"),
    [
        (Selector(number="+2", profile="orders"), A, 30),
        (EVERY, T, 30),
        (Selector(number="+1", profile="bank"), A, 1826),
    ],
)
def test_a_limit_of_other_calls_or_classes_is_no_limit(selector, content_class, days):
    assert check_term(selector, content_class, days, [MIFID, CNIL]) == days


def test_limits_that_nothing_can_satisfy_stop_the_start():
    with pytest.raises(ConfigError, match=r"MiFID II Art. 76 wants class A .* 1826 days and CNIL for at most 183"):
        check_limits([MIFID, CNIL])


def test_limits_of_different_calls_do_not_meet():
    check_limits([MIFID, Limit(content_class=A, basis="CNIL", selector=Selector(number="+2"), max_days=183)])


def test_settings_with_limits_that_contradict_are_refused():
    lower = RetentionLimitSettings(content_class="A", basis="MiFID", min_days=1826)
    upper = RetentionLimitSettings(content_class="A", basis="CNIL", max_days=183)

    with pytest.raises(ValueError, match="MiFID wants class A"):
        RetentionSettings(limits=(lower, upper))


@pytest.mark.parametrize("days", [-1, 36_526])
def test_settings_know_no_for_ever(days):
    with pytest.raises(ValueError, match="audio_days"):
        RetentionSettings(audio_days=days)


def test_selectors_meet_unless_they_name_different_things():
    assert may_meet(Selector(number="+1"), Selector(profile="a"))
    assert may_meet(Selector(tag="a"), Selector(tag="b"))
    assert not may_meet(Selector(number="+1", tag="a"), Selector(number="+2"))


def test_every_class_of_content_is_a_class_of_the_schema():
    assert {one.value for one in ContentClass} <= {one.value for one in RetentionClass}


@given(number=st.text(min_size=1), pepper=st.binary(min_size=32, max_size=32))
def test_a_pseudonym_is_the_same_for_the_same_number_and_does_not_hold_it(number, pepper):
    name = pseudonym(number, pepper)

    assert name == pseudonym(number, pepper) == pseudonym(name, pepper)
    assert name.startswith("hmac:")
    assert pseudonym(number, pepper + b"x") != name or number.startswith("hmac:")


def test_no_number_has_no_pseudonym():
    assert pseudonym("", b"p" * 32) == ""
