import pytest
from hypothesis import given, strategies as st

from voiceagent.gateways.sip.invite import parse_invite, uri_user

INVITE = (
    "INVITE sip:100@192.0.2.1:5060;transport=udp SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK1\r\n"
    'From: "Jane \\"J\\" Doe" <sip:+4917012345@carrier.example>;tag=1\r\n'
    "To: <sip:100@192.0.2.1>\r\n"
    "Call-ID: abc@198.51.100.7\r\n"
    'Authorization: Digest username="a",\r\n realm="r"\r\n'
    "Content-Length: 4\r\n\r\nFrom: <sip:evil@example>"
)


def test_the_parts_that_admission_needs_are_read():
    invite = parse_invite(INVITE, "198.51.100.7:5062")

    assert (invite.caller, invite.callee, invite.sip_call_id) == ("+4917012345", "100", "abc@198.51.100.7")
    assert (invite.source_ip, invite.source) == ("198.51.100.7", "198.51.100.7:5062")
    assert invite.authorization == ('Digest username="a", realm="r"',)
    assert invite.complete


@pytest.mark.parametrize(("body", "has_offer"), [("", False), ("\r\n\r\n", False), ("\r\n\r\nv=0\r\n", True)])
def test_an_offer_is_what_comes_after_the_headers(body, has_offer):
    message = "INVITE sip:100@h SIP/2.0\r\nCall-ID: 1\r\nFrom: <sip:bob@h>" + body

    assert parse_invite(message, "192.0.2.1:5060").has_offer is has_offer


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        ("c=IN IP4 192.0.2.7|m=audio 9 RTP/AVP 0", ""),
        ("c=IN IP6 2001:db8::7|m=audio 9 RTP/AVP 0", ""),
        ("c=IN IP4 224.2.1.1/127/3|m=audio 9 RTP/AVP 0", ""),
        ("c=IN IP4 192.168.001.010|m=audio 9 RTP/AVP 0", ""),
        ("c=IN IP4 media.carrier.example|m=audio 9 RTP/AVP 0", "media.carrier.example"),
        ("c=IN IP4 media.example|m=audio 9 RTP/AVP 0|c=IN IP4 192.0.2.7", ""),
        ("c=IN IP4 192.0.2.7|m=video 9 RTP/AVP 96|m=audio 9 RTP/AVP 0|c=IN IP4 media.example", "media.example"),
        ("c=IN IP4 192.0.2.7|m=audio 9 RTP/AVP 0|m=video 0 RTP/AVP 96|c=IN IP4 media.example", ""),
        ("c=IN IP4 192.0.2.7|m=audio 9 RTP/AVP 0|m=audio 0 RTP/AVP 8|c=IN IP4 media.example", ""),
        ("c=IN IP4 192.0.2.7|m=audio 9 RTP/AVP 0|a=rtcp:10 IN IP4 media.example", "media.example"),
        ("c=IN IP4 192.0.2.7|m=audio 9 RTP/AVP 0|a=rtcp:10", ""),
        ("c=IN IP4 media.example|m=audio 9 RTP/AVP 0|a=rtcp:10 IN IP4 192.0.2.7", "media.example"),
        ("", ""),
    ],
)
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_audio_to_a_name_that_would_be_looked_up_is_noticed(lines, name, end):
    message = f"INVITE sip:100@h SIP/2.0\r\nCall-ID: 1\r\n\r\nv=0|{lines}|".replace("|", end)

    assert parse_invite(message, "192.0.2.1:5060").media_name == name


def test_compact_headers_are_understood():
    invite = parse_invite("INVITE sip:100@h SIP/2.0\nf: <sip:bob@x>;tag=1\ni: 77\n\n", "[2001:db8::1]:5060")

    assert (invite.caller, invite.sip_call_id, invite.source_ip) == ("bob", "77", "2001:db8::1")


@pytest.mark.parametrize("message", ["", "INVITE", "INVITE sip:192.0.2.1 SIP/2.0\r\ni: 1\r\n\r\n", "\r\n\r\n"])
def test_an_invite_without_callee_or_call_id_is_incomplete(message):
    assert not parse_invite(message, "192.0.2.1:5060").complete


@pytest.mark.parametrize(
    ("text", "user"),
    [
        ("sip:100@h", "100"),
        ("<sips:bob;x=1@h>", "bob"),
        ("tel:+49301;ext=2", "+49301"),
        ("sip:%2B15550100@h", "+15550100"),
        ("sip:%2b1555;isub=1@h", "+1555"),
        ("sip:a%3Bb@h", "a;b"),
        ("sip:a%00%0D%0Ab@h", "ab"),
        ("sip:100%@h", "100%"),
        ("tel:%2B49301;ext=2", "+49301"),
        ("sip:h", ""),
        ("nonsense", ""),
    ],
)
def test_the_user_part_of_an_address_is_found(text, user):
    assert uri_user(text) == user


@given(st.text(max_size=400), st.text(max_size=60))
def test_garbage_never_raises_and_comes_out_short_and_printable(message, source):
    invite = parse_invite("INVITE " + message, source)

    for value in (invite.caller, invite.callee, invite.sip_call_id, invite.source):
        assert len(value) <= 128
        assert value.isprintable()
        value.encode()
