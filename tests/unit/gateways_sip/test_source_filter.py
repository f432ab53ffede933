"""The filter, on real sockets: every address of 127.0.0.0/8 is this machine's."""

import ipaddress
import socket

import pytest
from hypothesis import given, strategies as st

from voiceagent.core.errors import ConfigError
from voiceagent.core.ids import TrunkId
from voiceagent.gateways.sip.source_filter import SourceFilter, attach, listeners, program, sources
from voiceagent.telephony.routing import DialPeer, Directory, Trunk

_US = "127.0.0.1"


def trunk(*allow: str, peer: str = "") -> Directory:
    outbound = DialPeer(address=peer) if peer else None
    return Directory(trunks=(Trunk(trunk_id=TrunkId("trk_1"), name="carrier", allow=allow, outbound=outbound),))


def bound(host: str = _US) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((host, 0))
    made.setblocking(False)
    return made


def arrives(at: socket.socket, source: str) -> bool:
    """Whether a datagram of that source does: on the loopback it is there when `sendto` returns."""
    with bound(source) as sender:
        sender.sendto(b"OPTIONS", at.getsockname())
    try:
        return at.recv(100) == b"OPTIONS"
    except BlockingIOError:
        return False


_ADDRESSES = st.integers(int(ipaddress.IPv4Address("127.0.0.1")), int(ipaddress.IPv4Address("127.255.255.254"))).map(
    ipaddress.IPv4Address
)
_NETWORKS = st.lists(
    st.tuples(_ADDRESSES, st.integers(9, 32)).map(lambda one: ipaddress.ip_network(one, strict=False)), max_size=12
)


@given(_NETWORKS, _ADDRESSES)
def test_only_what_lies_in_a_network_arrives(networks, stranger):
    with bound() as ours:
        attach(ours, program(ipaddress.collapse_addresses(networks)))

        edges = [edge for one in networks for edge in (one[0], one[-1])]
        for source in [stranger, *edges[:6]]:
            if source.packed[1:] in (b"\0\0\0", b"\xff\xff\xff"):
                continue  # a network's own address and a broadcast: nobody sends from there
            assert arrives(ours, str(source)) is any(source in one for one in networks), source


def test_with_no_trunk_nobody_arrives():
    with bound() as ours:
        SourceFilter(*ours.getsockname()).follow(Directory())

        assert not arrives(ours, "127.0.0.1")


def test_another_directory_counts_at_once_and_the_same_one_changes_nothing():
    with bound() as ours:
        keeping = SourceFilter(*ours.getsockname())

        assert keeping.follow(trunk("127.0.0.2/32"))
        assert (arrives(ours, "127.0.0.2"), arrives(ours, "127.0.0.3")) == (True, False)
        assert not keeping.follow(trunk("127.0.0.2/32"))
        assert keeping.follow(trunk("127.0.0.3/32"))
        assert (arrives(ours, "127.0.0.2"), arrives(ours, "127.0.0.3")) == (False, True)


def test_who_is_called_by_us_may_answer():
    found = sources(trunk("192.0.2.0/24", peer="198.51.100.7:5070"))

    assert [str(one) for one in found] == ["192.0.2.0/24", "198.51.100.7/32"]


def test_a_connection_of_a_stranger_is_not_taken_and_one_of_a_trunk_works_both_ways():
    with socket.create_server((_US, 0)) as ours:
        SourceFilter(*ours.getsockname()).follow(trunk("127.0.0.2/32"))

        with pytest.raises(TimeoutError):
            socket.create_connection(ours.getsockname(), timeout=0.2, source_address=("127.0.0.3", 0))
        with socket.create_connection(ours.getsockname(), timeout=5, source_address=("127.0.0.2", 0)) as peer:
            taken, _ = ours.accept()
            with taken:
                peer.sendall(b"there")
                assert taken.recv(10) == b"there"
                taken.sendall(b"back")
                assert peer.recv(10) == b"back"


def test_only_what_anybody_can_reach_at_that_port_is_a_listener():
    with (
        socket.create_server((_US, 0)) as server,
        bound() as other,
        socket.create_connection(server.getsockname(), source_address=("127.0.0.2", 0)),
        server.accept()[0],
    ):
        places = [server.getsockname(), other.getsockname()]
        found = [list(listeners(*place)) for place in places]

        assert [len(one) for one in found] == [1, 1], "a connection that was taken is none"
        for one in (*found[0], *found[1]):
            one.close()


def test_more_networks_than_the_kernel_takes_are_refused_with_what_to_do_and_the_old_ones_stay():
    many = [f"10.{high}.{low}.1/32" for high in range(6) for low in range(256)]
    with bound() as ours:
        keeping = SourceFilter(*ours.getsockname())
        keeping.follow(trunk("127.0.0.2/32"))

        with pytest.raises(ConfigError, match="write them as wider ones"):
            keeping.follow(trunk(*many))

        assert (arrives(ours, "127.0.0.2"), arrives(ours, "127.0.0.3")) == (True, False)


def test_the_most_networks_that_it_takes_are_taken():
    most = [ipaddress.IPv4Network((int(ipaddress.IPv4Address("10.0.0.0")) + 2 * step, 32)) for step in range(1364)]
    with bound() as ours:
        attach(ours, program([*most[:-1], ipaddress.IPv4Network("127.0.0.2/32")]))

        assert (arrives(ours, "127.0.0.2"), arrives(ours, "127.0.0.3")) == (True, False)


def test_a_port_without_a_socket_is_told():
    with bound() as ours:
        address = ours.getsockname()

    with pytest.raises(ConfigError, match="no SIP socket was found"):
        SourceFilter(*address).follow(trunk("127.0.0.2/32"))
