"""Noise from the network and many short calls leave the gateway as it was."""

import random
import re
import socket

import pytest

from voiceagent.audio.tone import tone_dbfs

GARBAGE = [
    b"",
    b"\0" * 100,
    b"\r\n\r\n",
    b"INVITE",
    b"INVITE sip:100@127.0.0.1 SIP/2.0\r\n\r\n",
    b"INVITE sip:100@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\r\n",
    b"INVITE sip:" + b"a" * 3000 + b"@127.0.0.1 SIP/2.0\r\n\r\n",
    b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKx\r\nCSeq: 1 INVITE\r\n\r\n",
    b"REGISTER sip:127.0.0.1 SIP/2.0\r\nContent-Length: 99999999\r\n\r\n",
    bytes(range(256)) * 8,
]


def send(port, datagrams):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for datagram in datagrams:
            sender.sendto(datagram, ("127.0.0.1", port))


def noise(seed, count, size):
    dice = random.Random(seed)
    return [dice.randbytes(dice.randrange(1, size)) for _ in range(count)]


def test_garbage_datagrams_are_ignored_and_the_next_call_works(gateway, phone):
    cell = gateway()

    send(cell.port, GARBAGE + noise(1, 500, 1400))

    assert phone(cell.port, "--seconds", "1").report()["answered"]


def test_garbage_over_tcp_is_ignored_and_the_next_call_works(gateway, phone):
    cell = gateway()

    for datagram in GARBAGE:
        with socket.create_connection(("127.0.0.1", cell.port), timeout=5) as connection:
            connection.sendall(datagram)

    assert phone(cell.port, "--seconds", "1").report()["answered"]


def test_garbage_on_the_rtp_ports_does_not_disturb_the_talk(gateway, phone, stereo, tmp_path):
    cell = gateway(options={"rtp_port": 21_000, "rtp_port_count": 16})
    caller = phone(cell.port, "--tone", "700", "--seconds", "5", "--record", str(tmp_path / "call.wav"))
    cell.wait_for("answered")

    for port in range(21_000, 21_016):
        send(port, noise(port, 100, 400))
        send(port, [b"\x80\x00" + packet for packet in noise(port, 100, 200)])

    report = caller.report()
    _, heard = stereo(tmp_path / "call.wav")
    assert report["answered"]
    assert tone_dbfs(heard[-24_000:-8_000], 700) == pytest.approx(-12, abs=1)


INVITE = (
    "INVITE sip:100@127.0.0.1 SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 127.0.0.9:{port};branch=z9hG4bK{number};rport\r\n"
    "Max-Forwards: 70\r\n"
    "From: <sip:scan@127.0.0.9>;tag={number}\r\n"
    "To: <sip:100@127.0.0.1>\r\n"
    "Call-ID: flood-{number}\r\n"
    "CSeq: 1 INVITE\r\n"
    "Contact: <sip:scan@127.0.0.9:{port}>\r\n"
    "Content-Type: application/sdp\r\n"
    "Content-Length: 99\r\n\r\n"
    "v=0\r\n"
    "o=- 1 1 IN IP4 127.0.0.9\r\n"
    "s=-\r\n"
    "c=IN IP4 127.0.0.9\r\n"
    "t=0 0\r\n"
    "m=audio 9000 RTP/AVP 0\r\n"
    "a=sendrecv\r\n"
)


NO_COMMON_CODEC = INVITE.replace("RTP/AVP 0", "RTP/AVP 3")
WITHOUT_OFFER = re.sub(r"Content-Type:.*", "Content-Length: 0\r\n\r\n", INVITE, flags=re.DOTALL)


def answers_to_a_flood(port, count, template=INVITE):
    """The final answer to each of `count` INVITEs of a stranger as fast as they are answered, by Call-ID."""
    codes = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.9", 0))
        stranger.settimeout(3)
        for number in range(count):
            invite = template.format(port=stranger.getsockname()[1], number=number)
            stranger.sendto(invite.encode(), ("127.0.0.1", port))
            while f"flood-{number}" not in codes:
                head = stranger.recv(4096).decode()
                if not head.startswith("SIP/2.0 1"):
                    codes[re.search(r"Call-ID: (\S+)", head)[1]] = int(head.split()[1])
    return codes


def test_a_flood_of_strangers_is_answered_in_full_and_recorded_in_part(gateway, phone):
    cell = gateway(trunks=[{"name": "lab", "allow": ["127.0.0.1"]}])

    codes = answers_to_a_flood(cell.port, 80)

    assert len(codes) == 80
    assert set(codes.values()) == {403}
    assert phone(cell.port, "--seconds", "1").report()["answered"]
    dropped = cell.stop()["counters"]["refusals_dropped"]
    assert 20 <= len(cell.of("refused")) < 60  # 20 at once, then 5 a second
    assert len(cell.of("refused")) + dropped == 80


@pytest.mark.parametrize(("template", "code"), [(WITHOUT_OFFER, 403), (NO_COMMON_CODEC, 488)])
def test_a_flood_that_the_library_dislikes_is_answered_in_full(gateway, phone, template, code):
    cell = gateway(trunks=[{"name": "lab", "allow": ["127.0.0.1"]}])

    codes = answers_to_a_flood(cell.port, 60, template)

    assert set(codes.values()) == {code}
    assert phone(cell.port, "--seconds", "1").report()["answered"]


@pytest.mark.timeout(180)
def test_many_short_calls_four_at_a_time_leave_nothing_behind(gateway, phone):
    cell = gateway(report_heard=False)

    reports = phone(cell.port, "--tone", "700", "--seconds", "0.4", "--calls", "80", "--parallel", "4").reports(150)

    words = cell.stop()
    assert len(reports) == 80
    assert all(report["answered"] and report["mishaps"] == {} for report in reports)
    assert words["counters"]["calls"] == len(cell.of("hung_up")) == 80
    assert {event["reason"] for event in cell.of("hung_up")} == {"caller_hung_up"}


def test_the_gateway_keeps_standard_output_to_itself(gateway, phone):
    cell = gateway()

    phone(cell.port, "--seconds", "1").report()
    cell.stop()

    assert [line for line in cell.noise if "[" not in line] == []
