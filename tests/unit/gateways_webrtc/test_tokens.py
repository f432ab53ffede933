import base64
import json

import pytest
from hypothesis import given, strategies as st

from voiceagent.core.errors import ConfigError, Unauthorised
from voiceagent.core.ids import TenantId
from voiceagent.gateways.webrtc.tokens import TalkClaims, TalkTokens

TOKENS = TalkTokens(b"0123456789abcdef0123456789abcdef")
NOW = 1_800_000_000.0
CLAIMS = TalkClaims(
    token_id="tok_1", tenant_id=TenantId("ten_a"), profile="orders", expires_at=int(NOW) + 60, subject="anna"
)


def test_a_minted_token_verifies_to_the_same_claims() -> None:
    token = TOKENS.mint(CLAIMS, now=NOW)

    assert token.startswith("va_talk_")
    assert TOKENS.verify(token, now=NOW + 59) == CLAIMS


def test_a_token_is_refused_from_the_second_it_expires() -> None:
    token = TOKENS.mint(CLAIMS, now=NOW)

    with pytest.raises(Unauthorised, match="expired"):
        TOKENS.verify(token, now=NOW + 60)


def test_a_token_for_another_audience_is_refused() -> None:
    token = TOKENS.mint(CLAIMS, now=NOW)

    with pytest.raises(Unauthorised, match="another service"):
        TOKENS.verify(token, now=NOW, audience="exports")


def test_a_token_of_another_secret_is_refused() -> None:
    token = TalkTokens(b"another secret of 32 bytes......").mint(CLAIMS, now=NOW)

    with pytest.raises(Unauthorised, match="signature"):
        TOKENS.verify(token, now=NOW)


def test_changed_claims_are_refused() -> None:
    _, signature = TOKENS.mint(CLAIMS, now=NOW).split(".")
    forged = json.dumps({"token_id": "x", "tenant_id": "ten_b", "profile": "orders", "expires_at": int(NOW) + 9_999})
    body = base64.urlsafe_b64encode(forged.encode()).rstrip(b"=").decode()

    with pytest.raises(Unauthorised, match="signature"):
        TOKENS.verify(f"va_talk_{body}.{signature}", now=NOW)


def test_a_token_cannot_live_longer_than_an_hour() -> None:
    claims = TalkClaims(token_id="t", tenant_id=TenantId("ten_a"), profile="orders", expires_at=int(NOW) + 3_601)

    with pytest.raises(ConfigError):
        TOKENS.mint(claims, now=NOW)


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ConfigError, match="32 bytes"):
        TalkTokens(b"short")


@given(text=st.text(max_size=60))
def test_no_text_but_ours_is_ever_accepted(text: str) -> None:
    for token in (text, f"va_talk_{text}", f"va_talk_{text}.{text}"):
        with pytest.raises(Unauthorised):
            TOKENS.verify(token, now=NOW)
