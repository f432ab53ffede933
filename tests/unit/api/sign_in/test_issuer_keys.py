"""When an issuer is asked for its keys, by a clock that stands until it is moved."""

import asyncio
from collections.abc import Mapping

import pytest

from voiceagent.api.sign_in.issuer_keys import IssuerKeys
from voiceagent.api.sign_in.refused import TokenRefused
from voiceagent.api.sign_in.tokens import SigningKey, keys_of
from voiceagent.core.errors import Unavailable, UpstreamUnavailable
from voiceagent.testing.clock import ManualClock
from voiceagent.testing.vendors.identity_provider import IdentityProviderServer


class Issuer:
    """Counts how often it is asked; away while `away`."""

    def __init__(self) -> None:
        self.server = IdentityProviderServer()
        self.asked, self.away = 0, False
        self.clock = ManualClock()
        self.keys = IssuerKeys("https://login.example.com", self.fetch, self.clock)

    async def fetch(self) -> Mapping[str, SigningKey]:
        self.asked += 1
        await asyncio.sleep(0)
        if self.away:
            raise UpstreamUnavailable("it gave no answer")
        return keys_of({"keys": [{**key.as_dict(private=False), "kid": kid} for kid, key in self.server.keys.items()]})


@pytest.fixture
def issuer() -> Issuer:
    issuer = Issuer()
    issuer.server.rotate()
    return issuer


async def test_many_who_come_at_once_ask_once(issuer: Issuer) -> None:
    (kid,) = issuer.server.keys

    await asyncio.gather(*(issuer.keys.find(kid) for _ in range(50)))

    assert issuer.asked == 1


async def test_a_new_key_is_found_when_a_token_first_names_it(issuer: Issuer) -> None:
    await issuer.keys.find(next(iter(issuer.server.keys)))
    new = issuer.server.rotate(keep=True)
    issuer.clock.advance(30)

    await issuer.keys.find(new)

    assert issuer.asked == 2


async def test_made_up_key_names_ask_the_issuer_twice_a_minute_at_most(issuer: Issuer) -> None:
    (kid,) = issuer.server.keys
    await issuer.keys.find(kid)

    for number in range(600):
        issuer.clock.advance(0.1)
        with pytest.raises(TokenRefused, match="does not have"):
            await issuer.keys.find(f"made-up-{number}")
        await issuer.keys.find(kid)

    assert issuer.asked <= 3


async def test_a_key_that_was_withdrawn_counts_for_a_quarter_of_an_hour_at_most(issuer: Issuer) -> None:
    (old,) = issuer.server.keys
    await issuer.keys.find(old)
    issuer.server.rotate()
    issuer.clock.advance(899)
    await issuer.keys.find(old)

    issuer.clock.advance(1)

    with pytest.raises(TokenRefused, match="does not have"):
        await issuer.keys.find(old)


async def test_while_the_issuer_is_away_its_keys_count_for_an_hour(issuer: Issuer) -> None:
    (kid,) = issuer.server.keys
    await issuer.keys.find(kid)
    issuer.away = True
    issuer.clock.advance(3_600)
    await issuer.keys.find(kid)

    issuer.clock.advance(1)

    with pytest.raises(Unavailable, match="voiceagent doctor"):
        await issuer.keys.find(kid)


async def test_an_issuer_that_is_away_is_left_alone_for_a_moment(issuer: Issuer) -> None:
    issuer.away = True
    for _ in range(10):
        with pytest.raises(Unavailable, match="API keys still work"):
            await issuer.keys.find("any")
    once = issuer.asked

    issuer.away = False
    issuer.clock.advance(5)
    await issuer.keys.find(next(iter(issuer.server.keys)))

    assert (once, issuer.asked) == (1, 2)
