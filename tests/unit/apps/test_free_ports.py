import socket

import pytest

from voiceagent.apps.free_ports import free_port_range, free_tcp_port

_HOST = "127.0.0.1"


def test_a_range_is_even_and_free_for_both_protocols() -> None:
    first = free_port_range(_HOST, 6)

    assert first % 2 == 0
    for port in range(first, first + 6):
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            with socket.socket(socket.AF_INET, kind) as probe:
                probe.bind((_HOST, port))


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
def test_a_port_in_use_is_in_no_range(kind: socket.SocketKind, monkeypatch: pytest.MonkeyPatch) -> None:
    first = free_port_range(_HOST, 8)
    monkeypatch.setattr("voiceagent.apps.free_ports._FIRST", first)
    monkeypatch.setattr("voiceagent.apps.free_ports._LAST", first + 8)
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind((_HOST, first + 3))

        found = free_port_range(_HOST, 4)

    assert found == first + 4


def test_two_installations_look_in_different_places() -> None:
    assert len({free_port_range(_HOST, 2) for _ in range(5)}) > 1


def test_a_free_port_can_be_listened_on() -> None:
    port = free_tcp_port(_HOST)

    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as server:
        server.bind((_HOST, port))
