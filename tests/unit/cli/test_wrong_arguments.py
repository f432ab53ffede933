"""What was typed wrongly is told in a sentence, before anything is done about it."""

from pathlib import Path

import pytest

from voiceagent.cli.call import call
from voiceagent.cli.tail import tail
from voiceagent.core.errors import BadInput, Unauthorised, Unavailable


@pytest.mark.parametrize(
    "uri", ["foo", "sip:", "sip:@", "sip:a@", "sips:100@127.0.0.1", "sip:a b@h", "tel:+15550100", ""]
)
def test_what_is_no_sip_address_is_not_called(uri: str) -> None:
    with pytest.raises(BadInput, match=r"is no address that can be called; write it like sip:\+15550100@"):
        call(uri)


@pytest.mark.parametrize("record", ["missing/call.wav", "."])
def test_nobody_is_called_when_the_recording_could_not_be_kept(record: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"--record .* cannot be written; name a file in a folder"):
        call("sip:+15550100@127.0.0.1:5060", record=str(tmp_path / record))


@pytest.mark.parametrize("key", ["ü", "va_live_1\n"])
def test_what_can_be_no_api_key_is_not_sent(key: str) -> None:
    with pytest.raises(Unauthorised, match="this is no API key"):
        tail(key=key)


@pytest.mark.parametrize("api", ["nowhere", "http://h:x", "http://127.0.0.1:1"])
def test_an_api_that_cannot_be_reached_is_named(api: str) -> None:
    with pytest.raises(Unavailable, match="no API at "):
        tail(api=api, key="va_live_1")
