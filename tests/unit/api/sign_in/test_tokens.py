"""Hostile and honest access tokens, against keys that are really of a pair. The time is given."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from voiceagent.api.sign_in.provider import IdentityProvider
from voiceagent.api.sign_in.refused import TokenRefused
from voiceagent.api.sign_in.tokens import SigningKey, claimed_of, keys_of, signed_in
from voiceagent.compliance.canonical import base64url
from voiceagent.core.ids import TenantId
from voiceagent.testing.vendors.identity_provider import IdentityProviderServer, part_of

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
PROVIDER = IdentityProvider(
    issuer="https://login.example.com", audience="voiceagent", tenant_id=TenantId("ten_a"), acr=frozenset()
)
Server = IdentityProviderServer


@pytest.fixture(scope="module")
def server() -> Server:
    server = Server(url=PROVIDER.issuer)
    server.rotate("RS256")
    server.rotate("ES256", keep=True)
    return server


def published(server: Server) -> dict[str, SigningKey]:
    listed = [{**key.as_dict(private=False), "kid": kid} for kid, key in server.keys.items()]
    return dict(keys_of({"keys": listed}))


def came_with(server: Server, token: str, provider: IdentityProvider = PROVIDER, now: datetime = NOW) -> Any:
    return signed_in(token, published(server)[claimed_of(token).kid], provider, now)


@pytest.mark.parametrize("place", [0, 1])
def test_an_honest_token_of_each_kind_of_key_tells_who_came(server: Server, place: int) -> None:
    kid, key = list(server.keys.items())[place]
    of_one = Server(url=server.url, keys={kid: key})
    claims = of_one.claims(
        NOW, aud=["other", "voiceagent"], email="Anna@example.com", email_verified=True, groups=["leads", 7]
    )

    came = came_with(of_one, of_one.token(claims))

    assert (came.subject, came.email, came.groups) == ("anna", "Anna@example.com", frozenset({"leads"}))


@pytest.mark.parametrize("verified", [None, False, "true", 1])
def test_an_address_that_the_provider_has_not_checked_is_nobodys(server: Server, verified: object) -> None:
    claims = server.claims(NOW, email="anna@example.com", email_verified=verified)

    assert came_with(server, server.token(claims)).email == ""


FORGED: dict[str, tuple[str, Callable[[Server], str]]] = {
    "none": ("bad_token", lambda server: server.unsigned(server.claims(NOW))),
    "the public key as a secret": (
        "bad_token",
        lambda server: server.signed_with_the_public_key(server.claims(NOW)),
    ),
    "a stranger's key": ("bad_signature", lambda server: server.signed_by_a_stranger(server.claims(NOW))),
    "another audience": ("wrong_audience", lambda server: server.token(server.claims(NOW, aud="crm"))),
    "no audience": ("bad_claim", lambda server: server.token(server.claims(NOW, aud=None))),
    "another issuer": ("bad_claim", lambda server: server.token(server.claims(NOW, iss="https://evil.example"))),
    "expired": ("token_expired", lambda server: server.token(server.claims(NOW - timedelta(minutes=7)))),
    "without an end": ("bad_claim", lambda server: server.token(server.claims(NOW, exp=None))),
    "an end that is no number": ("bad_claim", lambda server: server.token(server.claims(NOW, exp="never"))),
    "of tomorrow": (
        "not_yet_valid",
        lambda server: server.token(server.claims(NOW, nbf=int(NOW.timestamp()) + 3600)),
    ),
    "of nobody": ("bad_claim", lambda server: server.token(server.claims(NOW, sub=None))),
    "of a list": ("bad_claim", lambda server: server.token(server.claims(NOW, sub=["anna"]))),
    "an endless name": ("bad_token", lambda server: server.token(server.claims(NOW, sub="a" * 256))),
    "of a name that no database holds": ("bad_token", lambda server: server.token(server.claims(NOW, sub="a\0"))),
    "an ID token": ("no_access_token", lambda server: server.token(server.claims(NOW, at_hash="x"), typ="JWT")),
    "an ID token of Keycloak": ("no_access_token", lambda server: server.token(server.claims(NOW, typ="ID"))),
    "a logout token": ("no_access_token", lambda server: server.token(server.claims(NOW, events={}), typ="JWT")),
}


@pytest.mark.parametrize("way", FORGED)
def test_a_forged_token_opens_nothing(server: Server, way: str) -> None:
    reason, forge = FORGED[way]

    with pytest.raises(TokenRefused) as refused:
        came_with(server, forge(server))

    assert refused.value.reason == reason


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_token_that_was_changed_opens_nothing(server: Server, part: int) -> None:
    parts = server.token(server.claims(NOW)).split(".")
    other = server.token(server.claims(NOW, sub="root"), kid=next(reversed(server.keys)), extra=1).split(".")
    parts[part] = other[part]

    with pytest.raises(TokenRefused, match="was not signed"):
        came_with(server, ".".join(parts))


def test_the_clocks_may_be_a_minute_apart_and_no_more(server: Server) -> None:
    ending = server.token(server.claims(NOW))  # in five minutes

    came_with(server, ending, now=NOW + timedelta(seconds=300 + 59))
    with pytest.raises(TokenRefused, match="expired"):
        came_with(server, ending, now=NOW + timedelta(seconds=300 + 61))


def test_an_algorithm_that_is_not_listed_is_refused_though_the_key_is_known(server: Server) -> None:
    only_rsa = IdentityProvider(
        issuer=PROVIDER.issuer, audience="voiceagent", tenant_id=TenantId("ten_a"), algorithms=frozenset({"RS256"})
    )

    with pytest.raises(TokenRefused, match="algorithm"):
        came_with(server, server.token(server.claims(NOW)), only_rsa)


@pytest.mark.parametrize(("acr", "enough"), [("mfa", True), ("pwd", False), (None, False), (["mfa"], False)])
def test_a_second_factor_is_asked_for_where_one_is_set(server: Server, acr: object, enough: bool) -> None:
    strict = IdentityProvider(
        issuer=PROVIDER.issuer, audience="voiceagent", tenant_id=TenantId("ten_a"), acr=frozenset({"mfa"})
    )
    token = server.token(server.claims(NOW, acr=acr))

    if enough:
        assert came_with(server, token, strict).subject == "anna"
    else:
        with pytest.raises(TokenRefused, match="second factor"):
            came_with(server, token, strict)


@pytest.mark.parametrize(
    "header", [{"crit": ["b64"], "b64": False}, {"typ": "logout+jwt"}, {"kid": ""}, {"kid": 7}, {"kid": "k" * 300}]
)
def test_what_is_no_access_token_is_not_read(server: Server, header: dict[str, Any]) -> None:
    honest = server.token(server.claims(NOW)).split(".")
    kid = next(reversed(server.keys))

    with pytest.raises(TokenRefused, match="neither an API key"):
        claimed_of(".".join((part_of({"alg": "ES256", "kid": kid, **header}), *honest[1:])))


@pytest.mark.parametrize(
    "junk", ["", "a", "a.b", "a.b.c", "é.é.é", "W10.W10.W10", "." * 20_000, "[" * 9_000 + "." + "[" * 5_000 + "."]
)
def test_junk_is_refused(junk: str) -> None:
    with pytest.raises(TokenRefused, match="neither an API key"):
        claimed_of(junk)


def test_of_a_key_set_only_public_keys_for_signatures_count(server: Server) -> None:
    kid, key = next(reversed(server.keys.items()))
    good = {**key.as_dict(private=False), "kid": kid}
    private = {**key.as_dict(private=True), "kid": "private"}
    shared = {"kty": "oct", "k": "c2VjcmV0", "kid": "shared"}
    listed = [shared, {**good, "kid": "enc", "use": "enc"}, {"kty": "EC"}, "x", None, {**good, "kid": 7}, private, good]

    found = keys_of({"keys": listed})

    assert set(found) == {kid, "private"}
    assert not found["private"].is_private
    assert [keys_of(odd) for odd in (None, [], {}, {"keys": {}})] == [{}] * 4


def test_a_short_rsa_key_does_not_count() -> None:
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key().public_numbers()  # noqa: S505 - that is the point
    modulus = base64url(short.n.to_bytes(128))

    assert keys_of({"keys": [{"kty": "RSA", "n": modulus, "e": "AQAB", "kid": "short"}]}) == {}
