from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.compliance.rules.made import NOON, TODAY, book_of, consent, day, facts, pack_text, place, question
from voiceagent.compliance.rules.book import RuleBook
from voiceagent.compliance.rules.loading import rule_book
from voiceagent.compliance.rules.outbound import decide
from voiceagent.core.errors import ConfigError

ANY_CALL = 'outbound: {telemarketing: {hours: ["00:00-24:00"]}}'


def test_T_RP_3_a_pack_after_its_last_day_blocks_outbound_calls() -> None:
    book = book_of(pack_text(ANY_CALL, to="2027-01-13"))
    places = [place("US", "NY")]

    on_the_day = decide(question(), facts(), book.for_places(places, TODAY))
    day_after = decide(question(at=NOON + timedelta(days=1)), facts(), book.for_places(places, day("2027-01-14")))

    assert on_the_day.allowed
    assert (day_after.allowed, day_after.code) == (False, "pack_expired")
    assert "made@2026.1.1" in day_after.detail


def test_T_RP_3_a_pack_is_warned_of_thirty_days_before_its_end() -> None:
    book = book_of(pack_text(to="2027-03-31"))

    assert book.expiring(day("2027-02-28")) == []
    assert [(one.name, one.days_left) for one in book.expiring(day("2027-03-01"))] == [("made@2026.1.1", 30)]
    assert [one.days_left for one in book.expiring(day("2027-04-02"))] == [-2]


def test_T_RP_3_the_shipped_packs_end_and_are_warned_of() -> None:
    book = rule_book()

    assert book.expiring(day("2027-10-30")) == []
    assert len(book.expiring(day("2027-11-01"))) == len(book.packs)


def test_a_rule_does_not_get_milder_by_expiring() -> None:
    book = book_of(pack_text("recording: {mode: explicit_only}", to="2026-02-01"))

    assert book.for_places([place("US")], TODAY).recording == "explicit_only"


def test_a_newer_version_takes_over_on_its_first_day() -> None:
    old = pack_text("recording: {mode: explicit_only}", to="2026-12-31")
    new = pack_text("recording: {mode: all_party}", start="2027-01-01").replace(b"2026.1.1", b"2027.1.1")
    book = book_of(old, new)

    assert book.for_places([place("US")], day("2026-12-31")).recording == "explicit_only"
    assert book.for_places([place("US")], day("2027-01-01")).recording == "all_party"
    assert book.expiring(day("2026-12-20")) == []


def test_two_versions_of_a_pack_for_one_day_are_refused() -> None:
    with pytest.raises(ConfigError, match="made is there twice for 2026-06-01"):
        book_of(pack_text(), pack_text(start="2026-06-01"))


def test_a_book_without_rules_for_elsewhere_is_refused() -> None:
    with pytest.raises(ConfigError, match="no rule pack applies elsewhere"):
        RuleBook([])


def test_a_pack_that_asks_for_what_nobody_does_is_refused() -> None:
    with pytest.raises(ConfigError, match="mandatory recording"):
        book_of(pack_text("recording: {mode: mandatory}"))


@pytest.mark.parametrize(
    ("country", "region", "names"),
    [
        ("US", "NY", {"us-federal"}),
        ("US", "CA", {"us-federal", "us-all-party", "us-ca"}),
        ("US", "CT", {"us-federal", "us-mixed-consent", "us-nine-to-eight"}),
        ("DE", "", {"eu-gdpr-aiact"}),
        ("NO", "", {"eu-gdpr-aiact"}),  # which YAML would read as false
        ("GB", "SCT", {"uk"}),
        ("JP", "", {"default"}),
        ("", "", {"default"}),
    ],
)
def test_the_packs_of_a_place(country, region, names) -> None:
    rules = rule_book().for_places([place(country, region)], TODAY)

    assert {pack.id for pack in rules.packs} == names


def test_who_may_be_in_either_of_two_places_has_the_rules_of_both() -> None:
    rules = rule_book().for_places([place("US", "NY"), place("DE")], TODAY)

    assert {pack.id for pack in rules.packs} == {"us-federal", "eu-gdpr-aiact"}
    assert rules.recording == "explicit_only"


def test_T_US_7_an_upgrade_in_a_campaign_shows_in_the_hash_of_its_decisions() -> None:
    old = pack_text(ANY_CALL, to="2026-12-31")
    new = pack_text(ANY_CALL, start="2027-01-01").replace(b"2026.1.1", b"2027.1.1")
    book = book_of(old, new)

    before, after = book.for_places([], day("2026-12-31")), book.for_places([], day("2027-01-01"))

    assert before.names == "default@2026.1.1 made@2026.1.1"
    assert after.names == "default@2026.1.1 made@2027.1.1"
    assert before.sha256 != after.sha256


def test_consent_is_valid_from_its_moment_to_its_end() -> None:
    book = book_of(pack_text("outbound: {telemarketing: {consent: [PEWC]}}"))
    rules = book.for_places([place("US", "NY")], TODAY)
    given = consent(captured_at=NOON, expires_at=NOON + timedelta(hours=1))

    def allowed(at: datetime) -> bool:
        return decide(question(at=at), facts(given, at=at), rules).allowed

    assert [allowed(NOON + timedelta(minutes=m)) for m in (-1, 0, 59, 60)] == [False, True, True, False]
    assert NOON.tzinfo is UTC
