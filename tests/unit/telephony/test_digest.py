import hashlib

import pytest
from hypothesis import given, strategies as st

from voiceagent.core.errors import ConfigError
from voiceagent.telephony.digest import (
    RANDOM_BYTES,
    Algorithm,
    Authorization,
    DigestCredentials,
    DigestOutcome,
    NonceSigner,
    challenges,
    expected_response,
    parse_authorization,
    verify,
)

ALICE = DigestCredentials.from_password("alice", "carrier.example", "secret")
SIGNER = NonceSigner(secret=b"0123456789abcdef", lifetime_s=60.0)
NOW_S = 1_800_000_000.0
RANDOM = bytes(RANDOM_BYTES)


def header(nonce, secret=None, *, algorithm=Algorithm.MD5, username="alice", count="00000001", method="INVITE"):
    """What a correct phone would send."""
    hashed = hashlib.sha256 if algorithm is Algorithm.SHA_256 else hashlib.md5
    ha1 = hashed(f"{username}:carrier.example:{secret or 'secret'}".encode()).hexdigest()
    ha2 = hashed(f"{method}:sip:100@192.0.2.1".encode()).hexdigest()
    response = hashed(f"{ha1}:{nonce}:{count}:0a4f113b:auth:{ha2}".encode()).hexdigest()
    return (
        f'Digest username="{username}", realm="carrier.example", nonce="{nonce}", uri="sip:100@192.0.2.1", '
        f'response="{response}", algorithm={algorithm.value}, cnonce="0a4f113b", qop=auth, nc={count}'
    )


def check(*headers, now_s=NOW_S, credentials=ALICE):
    return verify(headers, credentials, method="INVITE", signer=SIGNER, now_s=now_s)


def test_the_example_of_rfc_7616_verifies():
    # RFC 7616 section 3.9.1: Mufasa, Circle of Life, GET /dir/index.html
    fields = {
        "username": "Mufasa",
        "realm": "http-auth@example.org",
        "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        "uri": "/dir/index.html",
        "cnonce": "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
        "nonce_count": "00000001",
        "response": "",
    }
    mufasa = DigestCredentials.from_password("Mufasa", "http-auth@example.org", "Circle of Life")

    md5 = expected_response(mufasa.ha1, "GET", Authorization(algorithm=Algorithm.MD5, **fields))
    sha = expected_response(mufasa.ha1_sha256, "GET", Authorization(algorithm=Algorithm.SHA_256, **fields))

    assert md5 == "8ca523f5e9506fed4657c9700eebdbec"
    assert sha == "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_the_right_password_is_good(algorithm):
    verdict = check(header(SIGNER.make(NOW_S, RANDOM), algorithm=algorithm, count="0000000a"))

    assert (verdict.outcome, verdict.username, verdict.nonce_count) == (DigestOutcome.GOOD, "alice", 10)


def test_a_wrong_password_is_bad():
    verdict = check(header(SIGNER.make(NOW_S, RANDOM), "guess"))

    assert verdict.outcome is DigestOutcome.BAD
    assert "password" in verdict.explanation


def test_another_method_is_bad():
    assert check(header(SIGNER.make(NOW_S, RANDOM), method="BYE")).outcome is DigestOutcome.BAD


def test_another_user_is_bad():
    assert check(header(SIGNER.make(NOW_S, RANDOM), username="mallory")).outcome is DigestOutcome.BAD


def test_no_header_is_absent():
    assert check().outcome is DigestOutcome.ABSENT


def test_an_old_nonce_is_stale():
    nonce = SIGNER.make(NOW_S, RANDOM)

    assert check(header(nonce), now_s=NOW_S + 60).outcome is DigestOutcome.GOOD
    assert check(header(nonce), now_s=NOW_S + 61).outcome is DigestOutcome.STALE


def test_a_nonce_from_the_future_is_stale():
    assert check(header(SIGNER.make(NOW_S + 5, RANDOM))).outcome is DigestOutcome.STALE


def test_a_foreign_nonce_is_challenged_again_and_never_good():
    foreign = NonceSigner(secret=b"fedcba9876543210").make(NOW_S, RANDOM)

    assert check(header(foreign)).outcome is DigestOutcome.STALE


def test_cells_with_one_secret_accept_each_others_nonces():
    other = NonceSigner(secret=SIGNER.secret)

    assert check(header(other.make(NOW_S, RANDOM))).outcome is DigestOutcome.GOOD


def test_an_algorithm_without_a_hash_is_bad_and_says_so():
    only_sha = DigestCredentials(username="alice", realm="carrier.example", ha1_sha256=ALICE.ha1_sha256)

    verdict = check(header(SIGNER.make(NOW_S, RANDOM)), credentials=only_sha)

    assert verdict.outcome is DigestOutcome.BAD
    assert "MD5" in verdict.explanation


def test_the_strongest_algorithm_is_offered_first():
    assert challenges([ALICE], "n", stale=True) == (
        'Digest realm="carrier.example", nonce="n", algorithm=SHA-256, qop="auth", stale=true',
        'Digest realm="carrier.example", nonce="n", algorithm=MD5, qop="auth", stale=true',
    )


def test_the_right_one_of_several_headers_is_used():
    other = (
        'Digest username="x", realm="elsewhere", nonce="n", uri="u", response="r", cnonce="c", qop=auth, nc=00000001'
    )

    assert check(other, header(SIGNER.make(NOW_S, RANDOM))).outcome is DigestOutcome.GOOD


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("Basic YWxpY2U6c2VjcmV0", "not Digest"),
        ("Digest", "lacks"),
        ('Digest username="alice"', "lacks realm"),
        (header("n").replace("qop=auth, ", ""), "qop=auth"),
        (header("n").replace("nc=00000001", "nc=1"), "nonce count"),
        (header("n").replace("MD5", "MD4"), "neither"),
        ("Digest " + "x" * 5000, "longer"),
    ],
)
def test_what_cannot_be_checked_is_malformed_with_a_reason(text, complaint):
    verdict = check(text)

    assert verdict.outcome is DigestOutcome.MALFORMED
    assert complaint in verdict.explanation


@given(st.text(max_size=300))
def test_garbage_is_never_good_and_never_raises(text):
    assert check(text, "Digest " + text, header(text)).outcome is not DigestOutcome.GOOD


@given(st.binary(max_size=80), st.floats(0, 4e9))
def test_nonces_cannot_be_made_up(raw, now_s):
    assert SIGNER.check(raw.hex(), now_s) is DigestOutcome.BAD


@given(at_s=st.floats(0, 4e9), random=st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES), flip=st.integers(0, 287))
def test_a_nonce_with_any_bit_changed_is_refused(at_s, random, flip):
    import base64

    raw = bytearray(base64.urlsafe_b64decode(SIGNER.make(at_s, random)))
    raw[flip // 8] ^= 1 << flip % 8

    assert SIGNER.check(base64.urlsafe_b64encode(bytes(raw)).decode(), at_s) is DigestOutcome.BAD


@given(
    st.text(min_size=1, max_size=30).filter(lambda text: '"' not in text and "\\" not in text and text.strip() == text)
)
def test_what_was_quoted_is_read_back(name):
    line = f'Digest username="{name}", realm="r", nonce="n", uri="u", response="AB", cnonce="c", qop=auth, nc=0000000f'

    parsed = parse_authorization(line)

    assert isinstance(parsed, Authorization)
    assert (parsed.username, parsed.response) == (name, "ab")


@pytest.mark.parametrize(
    "fields",
    [
        {"username": "", "realm": "r", "ha1": "0" * 32},
        {"username": "a", "realm": 'r"', "ha1": "0" * 32},
        {"username": "a", "realm": "r"},
        {"username": "a", "realm": "r", "ha1": "secret"},
        {"username": "a", "realm": "r", "ha1_sha256": "0" * 32},
    ],
)
def test_credentials_that_could_never_verify_are_refused(fields):
    with pytest.raises(ConfigError):
        DigestCredentials(**fields)


def test_a_short_nonce_secret_is_refused():
    with pytest.raises(ConfigError):
        NonceSigner(secret=b"short")


def test_hashes_are_not_shown():
    assert ALICE.ha1 not in repr(ALICE)
