import pytest

from tests.unit.compliance.rules.made import pack_text
from voiceagent.compliance.rules.loading import check_pins, shipped_packs
from voiceagent.compliance.rules.pack import pack_sha256, parse_pack
from voiceagent.core.errors import ConfigError

ALL_PARTY = {"CA", "DE", "FL", "IL", "MD", "MA", "MT", "NV", "NH", "PA", "WA"}


def test_the_shipped_packs_are_read_and_say_where_they_have_it_from() -> None:
    shipped = shipped_packs()
    packs = {one.pack.id: one.pack for one in shipped}

    assert {"us-federal", "us-fl", "eu-gdpr-aiact", "uk", "default"} <= packs.keys()
    assert set(packs["us-all-party"].applies.regions) == ALL_PARTY
    assert set(packs["us-mixed-consent"].applies.regions) == {"CT", "MI", "OR"}
    assert {one.origin for one in shipped} == {"shipped"}
    for pack in packs.values():
        assert all(source.cite and source.grade for source in pack.sources)
        assert pack.counsel == ""  # nobody has signed one off, and none may look as if


@pytest.mark.parametrize(
    ("mistake", "told"),
    [
        ("recording: {mode: two_party}", "recording.mode"),
        ("recordings: {mode: all_party}", "recordings: Extra inputs"),
        ('outbound: {telemarketing: {hours: ["8-20"]}}', "write it like 08:00-21:00"),
        ('outbound: {telemarketing: {hours: ["20:00-08:00"]}}', "is no span of a day"),
        ("outbound: {telemarketing: {days: [monday]}}", "days are all, or of mon"),
        ("outbound: {robocalls: {}}", "outbound.robocalls"),
        ("ai_disclosure: {suppressible: true}", "ai_disclosure.suppressible"),
        ("recording: {mode: one_party}\nrecording: {mode: all_party}", "'recording' stands there twice"),
        ("retention: {dnc: {min_days: -1}}", "retention.dnc.min_days"),
        ("revoke_all_from: soon", "revoke_all_from"),
        ("x: !!python/object/apply:os.getcwd []", "not valid"),
        ("x: &a [*a]", "not valid"),
    ],
)
def test_a_mistake_in_a_pack_is_told_with_its_place(mistake, told) -> None:
    with pytest.raises(ConfigError, match=r"rule pack made.yaml is not valid") as raised:
        parse_pack(pack_text(mistake), "made.yaml")

    assert told in str(raised.value)


@pytest.mark.parametrize(
    ("applies", "told"),
    [
        ("{countries: [NO]}", "valid string"),  # YAML reads it as false
        ("{}", "say one of"),
        ("{everywhere: true, elsewhere: true}", "say one of"),
        ("{countries: [US, CA], regions: [FL]}", "regions are those of one country"),
    ],
)
def test_where_a_pack_applies_has_to_be_clear(applies, told) -> None:
    with pytest.raises(ConfigError, match=told):
        parse_pack(pack_text(applies=applies), "made.yaml")


def test_a_pack_ends_after_it_begins() -> None:
    with pytest.raises(ConfigError, match="`to` is before `from`"):
        parse_pack(pack_text(start="2026-02-01", to="2026-01-31"), "made.yaml")


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff\xfe\x00", b"{" * 2000, b"id: x" + b" " * 70_000])
def test_what_is_no_pack_is_told(content) -> None:
    with pytest.raises(ConfigError, match="rule pack odd"):
        parse_pack(content, "odd.yaml")


def test_a_shipped_pack_that_was_edited_is_found() -> None:
    content = pack_text()
    pins = f"{pack_sha256(content)}  made.yaml\n"

    assert [one.pack.id for one in check_pins({"made.yaml": content}, pins)] == ["made"]
    with pytest.raises(ConfigError, match=r"made.yaml was changed"):
        check_pins({"made.yaml": content + b"\n"}, pins)
    with pytest.raises(ConfigError, match=r"missing or unknown: made.yaml"):
        check_pins({}, pins)
    with pytest.raises(ConfigError, match=r"missing or unknown: more.yaml"):
        check_pins({"made.yaml": content, "more.yaml": content}, pins)
