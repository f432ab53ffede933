from datetime import date

import pytest
from hypothesis import given, settings, strategies as st

from tests.unit.compliance.rules.made import TODAY, book_of, booked, pack_text, place
from voiceagent.compliance.rules.call_times import DAY_MINUTES, CallTimes, joined
from voiceagent.compliance.rules.loading import rule_book, shipped_packs
from voiceagent.compliance.rules.recording import RecordingMode
from voiceagent.compliance.rules.rules import (
    NOTHING_SAID,
    CallRule,
    ConsentKind,
    Days,
    PackRef,
    Purpose,
    Rules,
    merged,
)
from voiceagent.core.errors import ConfigError

minutes = st.integers(0, DAY_MINUTES // 60).map(lambda hour: hour * 60)
spans = st.lists(st.tuples(minutes, minutes).filter(lambda span: span[0] < span[1]), max_size=3).map(joined)
times = st.builds(CallTimes, spans=spans, days=st.sets(st.integers(0, 6)).map(lambda days: tuple(sorted(days))))
least = st.none() | st.integers(1, 40)
attempts = st.dictionaries(st.integers(1, 48), st.integers(1, 5), max_size=2).map(
    lambda found: tuple(sorted(found.items()))
)
consents = st.sampled_from(
    [(), (ConsentKind.PEC,), (ConsentKind.PEWC,), (ConsentKind.EU_OPTIN,), (ConsentKind.EU_OPTIN, ConsentKind.PEC)]
)
lists = st.sets(st.sampled_from(["national", "state", "seller"])).map(lambda names: tuple(sorted(names)))
call_rules = st.builds(
    CallRule,
    forbidden=st.booleans(),
    consent=consents,
    times=times,
    attempts=attempts,
    dnc=lists,
    dnc_max_age_days=least,
    opt_out_within_s=least,
    opt_out_ends_call_s=least,
    human_intro=st.booleans(),
)
refs = st.builds(PackRef, id=st.sampled_from("abc"), version=st.just("2026.1.1"), sha256=st.sampled_from("01"))
rules = st.builds(
    Rules,
    packs=refs.map(lambda ref: (ref,)),
    recording=st.sampled_from(RecordingMode),
    calls=st.dictionaries(st.sampled_from(Purpose), call_rules, max_size=2),
    revoke_all_from=st.none() | st.dates(date(2026, 1, 1), date(2028, 1, 1)),
    retention=st.dictionaries(
        st.sampled_from(["dnc", "calls"]),
        st.builds(Days, min_days=st.integers(0, 9), max_days=st.none() | st.integers(10, 20)),
    ),
)


@settings(max_examples=60, deadline=None)
@given(one=rules, other=rules, third=rules)
def test_T_RP_2_merging_is_commutative_associative_and_idempotent(one, other, third) -> None:
    assert one & other == other & one
    assert (one & other) & third == one & (other & third)
    assert one & one == one
    assert one & NOTHING_SAID == one


@settings(max_examples=60, deadline=None)
@given(one=call_rules, other=call_rules, hour=st.integers(0, 23), weekday=st.integers(1, 7))
def test_what_two_rules_allow_together_each_of_them_allows(one, other, hour, weekday) -> None:
    from datetime import datetime

    local = datetime(2026, 6, weekday, hour, 30)  # noqa: DTZ001 - a wall clock; the 1st is a Monday
    both = one & other

    assert both.times.allow(local) == (one.times.allow(local) and other.times.allow(local))
    assert set(both.dnc) == {*one.dnc, *other.dnc}
    assert both.forbidden >= one.forbidden
    assert both.human_intro >= other.human_intro
    for hours, most in one.attempts:
        assert dict(both.attempts)[hours] <= most


def test_two_packs_that_cannot_both_be_kept_stop_the_start() -> None:
    keep = pack_text("retention: {dnc: {min_days: 100}}", name="keep")
    drop = pack_text("retention: {dnc: {max_days: 99}}", name="drop")

    with pytest.raises(ConfigError, match=r"dnc is to be kept 100 days at least and 99 days at most.*drop@2026.1.1"):
        book_of(keep, drop)


def test_the_order_of_files_does_not_matter() -> None:
    packs = shipped_packs()

    assert merged(one.rules for one in packs) == merged(one.rules for one in reversed(packs))


def test_nothing_is_stricter_than_the_default_pack() -> None:
    book = rule_book()
    default = book.for_places([place()], TODAY)
    everything = merged(one.rules for one in book.packs)

    assert everything.recording == default.recording
    assert everything.calls == default.calls
    assert everything.revoke_all_from == default.revoke_all_from
    assert everything.retention == default.retention


def test_T_ST_4_a_state_makes_federal_rules_stricter_and_never_milder() -> None:
    book = book_of(
        pack_text('outbound: {telemarketing: {hours: ["08:00-21:00"]}}', name="us", applies="{countries: [US]}"),
        pack_text(
            'outbound: {telemarketing: {hours: ["07:00-20:00"]}}',
            name="us-x",
            applies="{countries: [US], regions: [TX]}",
        ),
    )

    texas = book.for_places([place("US", "TX")], TODAY).calls[Purpose.TELEMARKETING]
    ohio = book.for_places([place("US", "OH")], TODAY).calls[Purpose.TELEMARKETING]
    unknown_state = book.for_places([place("US")], TODAY).calls[Purpose.TELEMARKETING]

    assert texas.times.spans == ((8 * 60, 20 * 60),) == unknown_state.times.spans
    assert ohio.times.spans == ((8 * 60, 21 * 60),)


def test_an_own_pack_for_everywhere_joins_the_others() -> None:
    own = booked(pack_text("recording: {mode: explicit_only}"))

    rules = rule_book([own]).for_places([place("US", "NY")], TODAY)

    assert rules.recording is RecordingMode.EXPLICIT_ONLY
    assert rules.names == "made@2026.1.1 us-federal@2026.11.1"
