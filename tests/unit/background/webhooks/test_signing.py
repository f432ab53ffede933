from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from voiceagent.background.webhooks.signing import secret_of, signed_headers

ROOT = b"0123456789abcdef0123456789abcdef"
BODY = b'{"type":"call.ended"}'


def test_T_WH_1_a_receiver_with_the_library_of_the_standard_verifies_what_we_sign() -> None:
    secret = secret_of(ROOT, "whe_1", 1)
    headers = signed_headers("msg_1", datetime.now(UTC), BODY, [secret])

    assert Webhook(secret).verify(BODY, headers) == {"type": "call.ended"}


@pytest.mark.parametrize("version", [1, 2])
def test_while_a_secret_is_changed_either_of_both_verifies(version: int) -> None:
    secrets = [secret_of(ROOT, "whe_1", 2), secret_of(ROOT, "whe_1", 1)]
    headers = signed_headers("msg_1", datetime.now(UTC), BODY, secrets)

    Webhook(secret_of(ROOT, "whe_1", version)).verify(BODY, headers)


@pytest.mark.parametrize(
    "other",
    [secret_of(ROOT, "whe_2", 1), secret_of(ROOT, "whe_1", 2), secret_of(ROOT[::-1], "whe_1", 1)],
    ids=["endpoint", "version", "installation"],
)
def test_T_WH_1_the_secret_of_another_endpoint_version_or_installation_does_not(other: str) -> None:
    headers = signed_headers("msg_1", datetime.now(UTC), BODY, [secret_of(ROOT, "whe_1", 1)])

    with pytest.raises(WebhookVerificationError):
        Webhook(other).verify(BODY, headers)


def test_T_WH_1_a_changed_body_an_old_message_and_another_id_do_not() -> None:
    secret = secret_of(ROOT, "whe_1", 1)
    fresh = signed_headers("msg_1", datetime.now(UTC), BODY, [secret])
    old = signed_headers("msg_1", datetime(2020, 1, 1, tzinfo=UTC), BODY, [secret])

    for headers, body in ((fresh, BODY + b" "), (old, BODY), ({**fresh, "webhook-id": "msg_2"}, BODY)):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(body, headers)
