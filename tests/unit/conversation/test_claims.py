"""Only what was really heard can be contradicted."""

from hypothesis import given, strategies as st

from voiceagent.conversation.claims import Claim, HeardClaims
from voiceagent.core.ids import UtteranceId

_ONE, _TWO = UtteranceId("utt_1"), UtteranceId("utt_2")


def claim(value: str, field: str = "day", subject: str = "order 4021") -> Claim:
    return Claim(subject=subject, field=field, value=value)


def heard(value: str, words: str) -> HeardClaims:
    claims = HeardClaims()
    claims.played([claim(value)], words, _ONE)
    return claims


def test_another_value_contradicts_what_was_heard():
    (wrong,) = heard("Thursday", "It comes on Thursday.").contradicted([claim("Friday")])

    assert (wrong.said, wrong.claim.value, wrong.utterance_id) == ("Thursday", "Friday", _ONE)


def test_the_same_value_contradicts_nothing_however_it_is_written():
    assert heard("Thursday", "It comes on Thursday.").contradicted([claim("thursday")]) == ()


def test_words_that_were_cut_off_were_not_said():
    assert heard("Thursday", "It comes").contradicted([claim("Friday")]) == ()
    assert heard("day", "It comes on Thursday").contradicted([claim("week")]) == ()


def test_another_subject_or_field_is_another_matter():
    claims = heard("Thursday", "Thursday")

    assert claims.contradicted([claim("Friday", subject="order 3308")]) == ()
    assert claims.contradicted([claim("Friday", field="window")]) == ()


def test_after_a_correction_the_new_value_counts():
    claims = heard("Thursday", "Thursday")
    claims.played([claim("Friday")], "I said Thursday, it is Friday", _TWO)

    assert claims.contradicted([claim("Friday")]) == ()
    assert claims.contradicted([claim("Thursday")])[0].utterance_id == _TWO


@given(values=st.lists(st.sampled_from(["monday", "tuesday", "friday"]), min_size=1, max_size=8), cut=st.integers(0, 8))
def test_what_is_taken_back_is_always_what_was_heard_last(values, cut):
    claims, last = HeardClaims(), ""
    for number, value in enumerate(values):
        assert [one.said for one in claims.contradicted([claim(value)])] == ([last] if last and last != value else [])
        if number != cut:
            claims.played([claim(value)], f"it comes on {value}", _ONE)
            last = value
