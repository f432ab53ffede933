import ipaddress

import pytest
from hypothesis import assume, given, strategies as st

from voiceagent.core.errors import ConfigError
from voiceagent.core.ids import TrunkId
from voiceagent.core.termination import Reason
from voiceagent.telephony.digest import DigestCredentials, DigestOutcome, DigestVerdict
from voiceagent.telephony.routing import (
    Accepted,
    ChallengeNeeded,
    Directory,
    Number,
    Refused,
    Trunk,
    decide,
    normalise_callee,
)

ALICE = DigestCredentials.from_password("alice", "carrier.example", "secret")
BOB = DigestCredentials.from_password("bob", "carrier.example", "other")
SALES = Number(number="+4930123456", profile="sales")
DESK = Number(number="100", profile="desk")


def trunk(name="acme", allow=("192.0.2.0/24",), digest=None):
    return Trunk(trunk_id=TrunkId(f"trk_{name}"), name=name, allow=allow, digest=digest)


def saying(outcomes):
    def verify(credentials):
        outcome, username = outcomes.get(credentials.username, (DigestOutcome.BAD, ""))
        return DigestVerdict(outcome=outcome, username=username, explanation="the test says so")

    return verify


def test_a_listed_number_from_an_allowed_address_is_accepted():
    directory = Directory(trunks=(trunk(),), numbers=(SALES,))

    decision = decide(directory, "192.0.2.9", "+4930123456")

    assert isinstance(decision, Accepted)
    assert (decision.trunk.name, decision.number.profile) == ("acme", "sales")


def test_an_empty_directory_refuses_everybody():
    decision = decide(Directory(), "192.0.2.9", "100")

    assert isinstance(decision, Refused)
    assert (decision.sip_code, decision.reason) == (403, Reason.UNKNOWN_TRUNK)


def test_a_stranger_is_told_nothing_about_numbers():
    directory = Directory(trunks=(trunk(),), numbers=(SALES,))

    existing, missing = (decide(directory, "198.51.100.1", callee) for callee in ("+4930123456", "+499999"))

    assert existing == missing


def test_an_unlisted_number_is_refused_and_the_explanation_says_what_to_add():
    decision = decide(Directory(trunks=(trunk(),), numbers=(SALES,)), "192.0.2.9", "+499999999")

    assert isinstance(decision, Refused)
    assert (decision.sip_code, decision.reason, decision.trunk_name) == (404, Reason.UNKNOWN_NUMBER, "acme")
    assert "'acme'" in decision.explanation
    assert "add the number" in decision.explanation


def test_a_trunk_with_credentials_is_challenged_before_numbers_are_looked_at():
    decision = decide(Directory(trunks=(trunk(digest=ALICE),)), "192.0.2.9", "100")

    assert isinstance(decision, ChallengeNeeded)
    assert (decision.realm, decision.credentials, decision.stale) == ("carrier.example", (ALICE,), False)


@pytest.mark.parametrize(
    ("outcome", "code", "reason"),
    [
        (DigestOutcome.BAD, 403, Reason.BAD_CREDENTIALS),
        (DigestOutcome.MALFORMED, 400, Reason.MALFORMED),
    ],
)
def test_credentials_that_do_not_verify_are_refused(outcome, code, reason):
    directory = Directory(trunks=(trunk(digest=ALICE),), numbers=(DESK,))

    decision = decide(directory, "192.0.2.9", "100", saying({"alice": (outcome, "alice")}))

    assert isinstance(decision, Refused)
    assert (decision.sip_code, decision.reason) == (code, reason)


def test_an_expired_nonce_gets_a_new_challenge():
    directory = Directory(trunks=(trunk(digest=ALICE),), numbers=(DESK,))

    decision = decide(directory, "192.0.2.9", "100", saying({"alice": (DigestOutcome.STALE, "alice")}))

    assert isinstance(decision, ChallengeNeeded)
    assert decision.stale


def test_trunks_behind_one_proxy_are_told_apart_by_their_users():
    shared = Directory(trunks=(trunk("a", digest=ALICE), trunk("b", digest=BOB)), numbers=(DESK,))

    decision = decide(shared, "192.0.2.9", "100", saying({"bob": (DigestOutcome.GOOD, "bob")}))

    assert isinstance(decision, Accepted)
    assert decision.trunk.name == "b"


def test_the_closest_network_decides():
    wide, narrow = trunk("wide", allow=("10.0.0.0/8",)), trunk("narrow", allow=("10.1.0.0/16",), digest=ALICE)
    directory = Directory(trunks=(wide, narrow), numbers=(DESK,))

    assert isinstance(decide(directory, "10.1.2.3", "100"), ChallengeNeeded)
    assert isinstance(decide(directory, "10.2.2.3", "100"), Accepted)


def test_an_ipv4_caller_on_an_ipv6_socket_is_recognised():
    directory = Directory(trunks=(trunk(),), numbers=(DESK,))

    assert isinstance(decide(directory, "::ffff:192.0.2.9", "100"), Accepted)


def test_an_unreadable_source_is_malformed():
    decision = decide(Directory(trunks=(trunk(),)), "not an address", "100")

    assert isinstance(decision, Refused)
    assert decision.reason is Reason.MALFORMED


@pytest.mark.parametrize(
    "allow",
    [
        (),
        ("0.0.0.0/0",),
        ("::/0",),
        ("0.0.0.0/1", "128.0.0.0/1"),
        ("10.0.0.0/8", "11.0.0.0/8"),
        ("192.0.2.1/24",),
        ("everybody",),
    ],
    ids=["empty", "all", "all6", "halves", "neighbours", "host bits", "word"],
)
def test_a_catch_all_or_broken_network_cannot_be_configured(allow):
    with pytest.raises(ConfigError):
        trunk(allow=allow)


@pytest.mark.parametrize("number", ["", "+", "+0301", "*", "1??", "_X.", "+49.*", "10 0", "a" * 33])
def test_a_number_is_literal(number):
    with pytest.raises(ConfigError):
        Number(number=number, profile="sales")


def test_a_number_needs_a_profile():
    with pytest.raises(ConfigError, match="profile"):
        Number(number="100", profile="")


@pytest.mark.parametrize(
    "trunks",
    [
        (trunk("a"), trunk("a", allow=("10.0.0.0/8",))),
        (trunk("a"), trunk("b")),
        (trunk("a", digest=ALICE), trunk("b")),
        (trunk("a", digest=ALICE), trunk("b", digest=ALICE)),
        (trunk("a", digest=ALICE), trunk("b", digest=DigestCredentials.from_password("bob", "elsewhere", "x"))),
    ],
    ids=["same name", "both open", "one open", "same user", "two realms"],
)
def test_trunks_that_cannot_be_told_apart_are_refused(trunks):
    with pytest.raises(ConfigError):
        Directory(trunks=trunks)


def test_a_number_cannot_be_listed_twice():
    with pytest.raises(ConfigError, match="twice"):
        Directory(numbers=(DESK, Number(number="100", profile="other")))


@pytest.mark.parametrize(
    ("dialled", "meant"),
    [
        ("+49 30 123-456", "+4930123456"),
        ("tel:+4930123456;phone-context=x", "+4930123456"),
        ("(030) 123.456", "030123456"),
        ("sales.desk", "sales.desk"),
    ],
)
def test_dialled_numbers_are_compared_without_decoration(dialled, meant):
    assert normalise_callee(dialled) == meant


def test_a_carrier_that_leaves_out_the_plus_reaches_the_number():
    directory = Directory(trunks=(trunk(),), numbers=(SALES,))

    assert isinstance(decide(directory, "192.0.2.9", "4930123456"), Accepted)


@given(address=st.ip_addresses(), callee=st.text(max_size=40), networks=st.lists(st.ip_addresses(v=4), max_size=4))
def test_nobody_outside_the_allowed_networks_gets_in(address, callee, networks):
    allowed = {ipaddress.ip_network(f"{base}/24", strict=False) for base in networks}
    assume(all(address not in network for network in allowed))
    mapped = getattr(address, "ipv4_mapped", None)
    assume(mapped is None)
    trunks = tuple(trunk(str(network), allow=(str(network),)) for network in allowed)

    decision = decide(Directory(trunks=trunks, numbers=(DESK,)), str(address), callee)

    assert isinstance(decision, Refused)
    assert decision.reason is Reason.UNKNOWN_TRUNK


@given(callee=st.text(max_size=40))
def test_only_listed_numbers_are_reached(callee):
    decision = decide(Directory(trunks=(trunk(),), numbers=(SALES, DESK)), "192.0.2.1", callee)

    reached = isinstance(decision, Accepted)
    assert reached == (normalise_callee(callee) in {"+4930123456", "4930123456", "100"})


@given(outcome=st.sampled_from([outcome for outcome in DigestOutcome if outcome is not DigestOutcome.GOOD]))
def test_without_proof_a_trunk_with_credentials_never_accepts(outcome):
    directory = Directory(trunks=(trunk(digest=ALICE),), numbers=(DESK,))

    assert not isinstance(decide(directory, "192.0.2.1", "100", saying({"alice": (outcome, "alice")})), Accepted)


@given(prefix=st.integers(0, 7), base=st.ip_addresses(v=4))
def test_no_network_wider_than_a_slash_8_is_allowed(prefix, base):
    network = ipaddress.ip_network(f"{base}/{prefix}", strict=False)

    with pytest.raises(ConfigError):
        trunk(allow=(str(network),))
