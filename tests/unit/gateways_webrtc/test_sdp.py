import pytest
from hypothesis import given, strategies as st

from voiceagent.core.errors import BadInput
from voiceagent.gateways.webrtc.sdp import ask_for_fec, check_offer

OFFER = """\
v=0
o=- 1 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1
m=audio 9 UDP/TLS/RTP/SAVPF 111 0
c=IN IP4 0.0.0.0
a=ice-ufrag:abcd
a=ice-pwd:0123456789abcdef01234567
a=fingerprint:sha-256 00:11
a=setup:actpass
a=mid:0
a=sendrecv
a=rtpmap:111 opus/48000/2
a=rtpmap:0 PCMU/8000
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
a=mid:1
""".replace("\n", "\r\n")


def test_a_browser_offer_is_accepted() -> None:
    check_offer(OFFER)


def test_an_offer_that_names_no_direction_goes_both_ways() -> None:
    check_offer(OFFER.replace("a=sendrecv\r\n", ""))


def test_the_direction_of_the_data_channel_does_not_matter() -> None:
    check_offer(OFFER + "a=sendonly\r\n")


@pytest.mark.parametrize(
    ("was", "becomes", "complaint"),
    [
        ("v=0", "v=1", "begin with v=0"),
        ("m=audio 9", "m=image 9", "audio section"),
        ("m=application 9", "m=audio 9", "exactly one audio"),
        ("m=application 9", "m=video 9", "no video"),
        ("opus/48000/2", "G729/8000", "no Opus"),
        ("a=ice-ufrag:abcd", "a=x:y", "ICE credentials"),
        ("a=fingerprint:sha-256 00:11", "a=x:y", "fingerprint"),
        ("a=sendrecv", "a=recvonly", "must send and receive.*not a=recvonly"),
        ("a=sendrecv", "a=sendonly", "must send and receive.*not a=sendonly"),
        ("a=sendrecv", "a=inactive", "must send and receive.*not a=inactive"),
        ("a=sendrecv", "a=sendrecv\r\na=sendonly", "not a=sendonly"),
        ("a=sendrecv", "a=sendonly:x", "not a=sendonly"),
        ("a=sendrecv", "a=x:y\x0ba=sendonly", "not a=sendonly"),
        ("a=mid:1", "a=mid:2", "BUNDLE"),
        ("a=setup:actpass", "\r\n".join(["a=candidate:1"] * 65), "candidates"),
        ("s=-", "s=" + "x" * 64_000, "characters"),
    ],
)
def test_an_offer_that_cannot_become_a_call_is_refused_with_its_reason(was: str, becomes: str, complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint):
        check_offer(OFFER.replace(was, becomes))


@given(text=st.text(max_size=200))
def test_any_text_is_either_accepted_or_bad_input(text: str) -> None:
    try:
        check_offer("v=0\r\nm=audio 9 x\r\n" + text)
    except BadInput:
        return


def test_the_answer_asks_for_fec_right_behind_the_codec_and_only_once() -> None:
    answer = ask_for_fec(OFFER)

    lines = answer.split("\r\n")
    assert lines[lines.index("a=rtpmap:111 opus/48000/2") + 1].startswith("a=fmtp:111 ")
    assert "useinbandfec=1" in answer
    assert ask_for_fec(answer) == answer


def test_an_answer_without_opus_is_left_alone() -> None:
    assert ask_for_fec("v=0\r\n") == "v=0\r\n"
