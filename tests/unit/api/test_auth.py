import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from voiceagent.api.auth import Guard
from voiceagent.core.errors import Forbidden, Unauthorised
from voiceagent.records.secrets import mint_api_key
from voiceagent.records.values import ApiKey

NOW = datetime(2030, 1, 1, tzinfo=UTC)


class StandingClock:
    def monotonic(self) -> float:
        return 0.0

    def now(self) -> datetime:
        return NOW


class Keys:
    """Keys by hash."""

    def __init__(self) -> None:
        self.by_hash: dict[str, ApiKey] = {}
        self.lookups = 0
        self.noted: list[str] = []

    def add(
        self,
        *,
        expires_at: datetime | None = None,
        revoked_at: datetime | None = None,
        last_used_at: datetime | None = None,
    ) -> str:
        minted = mint_api_key()
        self.by_hash[minted.sha256] = ApiKey(
            id="key_1",
            tenant_id="ten_a",
            name="test",
            prefix=minted.prefix,
            scopes=frozenset({"calls:read"}),
            holder="key_1",
            created_at=NOW,
            expires_at=expires_at,
            revoked_at=revoked_at,
            last_used_at=last_used_at,
        )
        return minted.plain

    async def find_api_key(self, sha256: str) -> ApiKey | None:
        self.lookups += 1
        return self.by_hash.get(sha256)

    async def note_use(self, key: ApiKey, now: datetime) -> None:  # noqa: ARG002
        self.noted.append(key.id)


async def test_a_valid_key_gives_its_tenant_and_scopes() -> None:
    keys = Keys()
    plain = keys.add(expires_at=NOW + timedelta(days=1))

    principal = await Guard(keys, StandingClock()).identify(plain)

    assert (principal.tenant_id, principal.scopes) == ("ten_a", frozenset({"calls:read"}))


@pytest.mark.parametrize("flaw", [{"expires_at": NOW}, {"revoked_at": NOW}])
async def test_expired_and_revoked_keys_are_refused(flaw: dict[str, datetime]) -> None:
    keys = Keys()
    plain = keys.add(**flaw)

    with pytest.raises(Unauthorised, match="unknown, revoked or expired"):
        await Guard(keys, StandingClock()).identify(plain)


@pytest.mark.parametrize("plain", ["", "va_talk_x", "sk-1", "va_live_" + "x" * 500])
async def test_what_cannot_be_a_key_is_not_even_looked_up(plain: str) -> None:
    keys = Keys()

    with pytest.raises(Unauthorised):
        await Guard(keys, StandingClock()).identify(plain)

    assert keys.lookups == 0


async def test_a_key_without_the_scope_is_forbidden() -> None:
    from fastapi import Request
    from fastapi.security import HTTPAuthorizationCredentials

    keys = Keys()
    credentials = HTTPAuthorizationCredentials(scheme="Bearer", credentials=keys.add())

    with pytest.raises(Forbidden, match="calls:write"):
        await Guard(keys, StandingClock()).require("calls:write")(Request({"type": "http"}), credentials)


def test_the_hash_is_what_the_records_store() -> None:
    minted = mint_api_key()

    assert hashlib.sha256(minted.plain.encode()).hexdigest() == minted.sha256


@pytest.mark.parametrize(
    ("last_used_at", "noted"),
    [(None, 1), (NOW - timedelta(minutes=5), 1), (NOW - timedelta(minutes=4), 0), (NOW, 0)],
)
async def test_a_busy_key_does_not_cost_a_write_per_request(last_used_at: datetime | None, noted: int) -> None:
    keys = Keys()
    plain = keys.add(last_used_at=last_used_at)

    await Guard(keys, StandingClock()).identify(plain)

    assert keys.noted == ["key_1"] * noted
