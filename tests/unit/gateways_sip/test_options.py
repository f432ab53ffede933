import pytest

from voiceagent.core.errors import ConfigError
from voiceagent.gateways.sip.options import SipOptions


@pytest.mark.parametrize(
    "wrong",
    [
        {"codecs": ()},
        {"codecs": ("OPUS",)},
        {"sip_port": 70_000},
        {"rtp_port": 65_530, "rtp_port_count": 64},
        {"rtp_port_count": 1},
        {"lines": -1},
        {"poll_ms": 0},
        {"nice": 40},
    ],
)
def test_options_that_cannot_work_are_refused(wrong):
    with pytest.raises(ConfigError):
        SipOptions(**wrong)


def test_the_nonce_secret_is_not_shown():
    assert "hush" not in repr(SipOptions(nonce_secret=b"hush hush hush hush"))
