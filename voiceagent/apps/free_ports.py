"""Ports for an installation that shall not collide with another one on this machine."""

import secrets
import socket
from typing import Final

_FIRST: Final = 20_000
_LAST: Final = 32_000  # Linux gives 32768 and up to outgoing connections


def free_tcp_port(host: str) -> int:
    """A TCP port that nobody listens on now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def free_port_range(host: str, count: int) -> int:
    """The first of `count` consecutive ports, each free for UDP and TCP now; even, as RTP ports are (RFC 3550 sec. 11).

    Below the range that the system gives to clients, and from a random place on: two installations that start at the
    same time do not pick the same ports.
    """
    starts = range(_FIRST, _LAST - count + 1, 2)
    begin = secrets.randbelow(len(starts))
    first: int
    for first in (*starts[begin:], *starts[:begin]):
        if all(_is_free(host, port) for port in range(first, first + count)):
            return first
    raise OSError(f"no {count} consecutive free ports on {host} between {_FIRST} and {_LAST}")


def _is_free(host: str, port: int) -> bool:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((host, port))
            except OSError:
                return False
    return True
