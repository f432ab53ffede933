"""Who is on no trunk, where strangers are dropped: what scanners send comes from another address than our trunk's."""

import socket
import time

import pytest

STRANGER, TRUNK = "127.0.0.2", [{"name": "carrier", "allow": ["127.0.0.1"]}]
_SDP = "v=0\r\no=- 1 1 IN IP4 {source}\r\ns=-\r\nc=IN IP4 {source}\r\nt=0 0\r\nm=audio 30000 RTP/AVP 0\r\n"
# What svmap and svwar of SIPVicious send (method, user part, their From), and tools that are seen beside them
_SCANS = [
    ("OPTIONS", "100", '"sipvicious"<sip:100@1.1.1.1>', "friendly-scanner"),
    ("REGISTER", "100", '"100"<sip:100@{port}>', "friendly-scanner"),
    *(
        ("REGISTER", str(number), f'"{number}"<sip:{number}@127.0.0.1>', "friendly-scanner")
        for number in range(90, 120)
    ),
    *(("INVITE", str(number), f'"{number}"<sip:{number}@127.0.0.1>', "friendly-scanner") for number in range(95, 105)),
    ("INVITE", "00441904000000", '"sipcli"<sip:1000@127.0.0.1>', "sipcli/v1.8"),
    ("INVITE", "+15550100", "<sip:a@b>", "pplsip"),
    ("SUBSCRIBE", "100", "<sip:a@b>", "sipvicious"),
    ("PROPFIND", "100", "<sip:a@b>", "VaxSIPUserAgent/3.1"),
]


def request(place, scan, source, port, transport="UDP"):
    method, user, shown, agent = scan
    body = _SDP.format(source=source) if method == "INVITE" else ""
    head = [
        f"{method} sip:{user}@127.0.0.1:{port} SIP/2.0",
        f"Via: SIP/2.0/{transport} {source}:{place};branch=z9hG4bK-{method}{user}{agent[:3]};rport",
        "Max-Forwards: 70",
        f"From: {shown.format(port=port)};tag=6434373032616566",
        f"To: <sip:{user}@127.0.0.1>",
        f"Call-ID: {method}{user}{agent[:3]}@{source}",
        f"CSeq: 1 {method}",
        f"Contact: <sip:{user}@{source}:{place}>",
        f"User-Agent: {agent}",
        *(["Content-Type: application/sdp"] if body else []),
        f"Content-Length: {len(body)}",
    ]
    return ("\r\n".join(head) + "\r\n\r\n" + body).encode()


def answers(port, source, scans):
    """What comes back to a scanner there, until half a second after its last request."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as scanner:
        scanner.bind((source, 0))
        scanner.settimeout(0.5)
        for scan in scans:
            scanner.sendto(request(scanner.getsockname()[1], scan, source, port), ("127.0.0.1", port))
        found = []
        while True:
            try:
                found.append(scanner.recv(65_535))
            except TimeoutError:
                return found


def test_T_SIP_1_scanners_get_no_answer_leave_no_trace_and_disturb_no_call(gateway, phone):
    cell = gateway(trunks=TRUNK, options={"drop_strangers": True})
    caller = phone(cell.port, "--tone", "440", "--seconds", "3")
    cell.wait_for("answered")

    heard = [answers(cell.port, STRANGER, _SCANS) for _ in range(2)]
    with pytest.raises(TimeoutError):
        socket.create_connection(("127.0.0.1", cell.port), timeout=0.5, source_address=(STRANGER, 0))

    assert heard == [[], []]
    assert caller.report()["answered"]
    assert cell.of("refused") == []
    assert cell.stop()["counters"]["refusals_dropped"] == 0


def test_the_same_scanners_are_answered_where_strangers_are(gateway):
    cell = gateway(trunks=TRUNK)

    heard = answers(cell.port, STRANGER, [scan for scan in _SCANS if scan[0] in {"OPTIONS", "INVITE"}][:4])

    assert {answer.split(b" ", 2)[1] for answer in heard} >= {b"200", b"403"}, "so the test above can fail"


def test_a_trunk_that_is_added_is_let_in_within_seconds(gateway, sipp):
    added = [{"name": "carrier", "allow": ["127.0.0.1"]}, {"name": "second", "allow": ["127.0.0.9"]}]
    cell = gateway(trunks=TRUNK, later_trunks=added, options={"drop_strangers": True})
    assert answers(cell.port, "127.0.0.9", _SCANS[:1]) == []

    cell.change_directory()
    until_s = time.monotonic() + 10.0
    while not answers(cell.port, "127.0.0.9", _SCANS[:1]):
        assert time.monotonic() < until_s

    sipp("refused_404", cell.port, source="127.0.0.9", number="999")
    assert cell.wait_for("refused")["trunk_name"] == "second"
