"""Offers that are right but rare, byte by byte: video first, on hold from the start, an address we cannot send to."""

import re
import socket
import time

import pytest

AUDIO = "m=audio {rtp} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
VIDEO = "m=video 9000 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"


class Caller:
    """A caller who writes its own SIP and listens on one RTP port."""

    def __init__(self, port, number="sip:100@127.0.0.1"):
        self._signalling, self._media = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        for side in (self._signalling, self._media):
            side.bind(("127.0.0.1", 0))
            side.settimeout(5)
        self._gateway = ("127.0.0.1", port)
        self._number = number
        self._to_tag = ""
        self._requests = 0

    def invite(self, media=AUDIO, address="IN IP4 127.0.0.1", extra="", body_type="application/sdp"):
        """Offer `media` at `address`; the status of the final answer."""
        rtp = self._media.getsockname()[1]
        offer = f"v=0\r\no=- 1 1 {address}\r\ns=-\r\nc={address}\r\nt=0 0\r\n{media.format(rtp=rtp)}"
        self._requests += 1
        self._send("INVITE", f"{extra}Content-Type: {body_type}\r\n", offer)
        while True:
            answer = self._signalling.recv(8192).decode()
            status = int(answer.split()[1])
            if status >= 200 and f"CSeq: {self._requests} INVITE" in answer:
                self._to_tag = re.search(r"^To: .*;tag=(\S+)", answer, re.MULTILINE)[1]
                self._send("ACK")
                return status

    def hears_rtp(self):
        """True when a packet of audio comes."""
        return self._media.recv(2048)[1] & 0x7F == 0  # payload type PCMU (RFC 3551 section 6)

    def hang_up(self):
        self._requests += 1
        self._send("BYE")

    def close(self):
        self._signalling.close()
        self._media.close()

    def _send(self, method, extra="", body=""):
        own = self._signalling.getsockname()[1]
        to_tag = f";tag={self._to_tag}" if self._to_tag else ""
        request = (
            f"{method} {self._number} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{own};branch=z9hG4bK{own}-{self._requests}-{method}\r\n"
            "Max-Forwards: 70\r\n"
            "From: <sip:rare@127.0.0.1>;tag=rare\r\n"
            f"To: <{self._number}>{to_tag}\r\n"
            f"Call-ID: rare-{own}\r\n"
            f"CSeq: {self._requests} {method}\r\n"
            f"Contact: <sip:rare@127.0.0.1:{own}>\r\n"
            f"{extra}Content-Length: {len(body)}\r\n\r\n{body}"
        )
        self._signalling.sendto(request.encode(), self._gateway)


@pytest.fixture
def caller():
    """Make callers: `caller(port)`."""
    made = []

    def make(port, **how):
        made.append(Caller(port, **how))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_audio_is_found_behind_a_video_line_that_we_turn_down(gateway, caller):
    cell = gateway(tone_hz=1000.0)
    one = caller(cell.port)

    status = one.invite(media=VIDEO + AUDIO)

    assert status == 200
    assert cell.wait_for("answered")["codec"] == "PCMU"
    assert one.hears_rtp()
    one.hang_up()
    assert cell.wait_for("hung_up")["reason"] == "caller_hung_up"


@pytest.mark.parametrize(
    "offer", [{"media": AUDIO + "a=inactive\r\n"}, {"address": "IN IP4 0.0.0.0"}], ids=["inactive", "0.0.0.0"]
)
def test_a_call_on_hold_from_the_start_is_up_and_outlasts_the_watch_on_its_media(gateway, caller, offer):
    cell = gateway(options={"answer_timeout_s": 1.0, "media_timeout_s": 0.5}, tone_hz=1000.0)
    one = caller(cell.port)

    status = one.invite(**offer)
    cell.wait_for("answered")
    time.sleep(2.0)  # the library's counters are read once a second
    one.hang_up()

    ended = cell.wait_for("hung_up")
    assert status == 200
    assert ended["reason"] == "caller_hung_up"
    assert ended["pulled"] == pytest.approx(100, abs=20)  # 50 frames a second
    assert abs(ended["pulled"] - ended["pushed"]) <= 1


def test_a_call_on_hold_from_the_start_is_heard_once_it_is_taken_back(gateway, caller):
    cell = gateway(tone_hz=1000.0)
    one = caller(cell.port)

    one.invite(media=AUDIO + "a=inactive\r\n")
    cell.wait_for("answered")
    status = one.invite()

    assert status == 200
    assert one.hears_rtp()
    one.hang_up()
    assert cell.wait_for("hung_up")["reason"] == "caller_hung_up"


def test_a_media_address_that_cannot_be_sent_to_is_the_callers_fault(gateway, caller):
    cell = gateway()

    status = caller(cell.port).invite(address="IN IP6 ::1")

    failed = cell.wait_for("answer_failed")
    ended = cell.wait_for("hung_up")
    assert status == ended["refused_with"] == 488
    assert (failed["error"], ended["result"], ended["reason"]) == ("BadInput", "client", "unsupported_request")
    assert "IPv4" in failed["message"]


def test_media_to_a_name_is_refused_before_a_resolver_is_asked_on_the_thread_of_all_calls(gateway, caller):
    cell = gateway()

    status = caller(cell.port).invite(address="IN IP4 media.carrier.example")

    refusal = cell.wait_for("refused")
    assert (status, refusal["sip_code"], refusal["reason"]) == (488, 488, "unsupported_request")
    assert "media.carrier.example" in refusal["explanation"]


@pytest.mark.parametrize(
    ("scheme", "asks", "status", "says"),
    [
        ("sip", {"extra": "Require: foo\r\n"}, 420, "extension"),
        ("sip", {"extra": "Replaces: abc;to-tag=1;from-tag=2\r\n"}, 481, "Replaces"),
        ("sip", {"body_type": "text/plain"}, 415, "application/sdp"),
        ("sip", {"extra": "Supported: timer\r\nSession-Expires: 10\r\n"}, 422, "Session-Expires"),
        ("sips", {}, 480, "sips"),
    ],
)
def test_what_the_library_refuses_by_itself_is_told_as_what_it_was(gateway, caller, scheme, asks, status, says):
    cell = gateway()

    answer = caller(cell.port, number=f"{scheme}:100@127.0.0.1").invite(**asks)

    refusal = cell.wait_for("refused")
    assert (answer, refusal["sip_code"], refusal["reason"]) == (status, status, "unsupported_request")
    assert says in refusal["explanation"]


def test_a_dialled_number_may_be_escaped(gateway, caller):
    cell = gateway()

    status = caller(cell.port, number="sip:%3100@127.0.0.1").invite()

    assert status == 200
    assert cell.wait_for("offer")["callee"] == "100"
