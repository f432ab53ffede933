from datetime import UTC, datetime, timedelta

from voiceagent.records.secrets import hash_api_key, mint_api_key
from voiceagent.records.values import ApiKey

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def _key(**changes: object) -> ApiKey:
    fields = {
        "id": "key_1",
        "tenant_id": "default",
        "name": "n",
        "prefix": "va_live_x",
        "scopes": frozenset({"calls:read"}),
        "holder": "key_1",
        "created_at": NOW,
        "expires_at": None,
        "revoked_at": None,
        "last_used_at": None,
    }
    return ApiKey(**{**fields, **changes})  # type: ignore[arg-type]


def test_keys_are_long_different_and_recognisable() -> None:
    one, other = mint_api_key(), mint_api_key()

    assert one.plain.startswith("va_live_")
    assert one.plain.startswith(one.prefix)
    assert len(one.plain) - len(one.prefix) >= 43  # 256 bits in base 64
    assert one.plain != other.plain


def test_only_the_hash_finds_the_key_again() -> None:
    minted = mint_api_key()

    assert minted.sha256 == hash_api_key(minted.plain)
    assert minted.plain not in repr(minted)


def test_a_key_is_valid_until_it_expires_or_is_revoked() -> None:
    assert _key().is_valid(NOW)
    assert _key(expires_at=NOW + timedelta(seconds=1)).is_valid(NOW)
    assert not _key(expires_at=NOW).is_valid(NOW)
    assert not _key(revoked_at=NOW - timedelta(days=1)).is_valid(NOW)
