"""Ports for an installation that shall not collide with another one on this machine."""

import socket


def free_tcp_port(host: str) -> int:
    """A TCP port that nobody listens on now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def free_udp_range(host: str, count: int) -> int:
    """The first of `count` consecutive UDP ports, all free now; even, as RTP ports are (RFC 3550 section 11)."""
    for first in range(20_000, 60_000, 2 * count):
        probes: list[socket.socket] = []
        try:
            for port in range(first, first + count):
                probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                probes.append(probe)
                probe.bind((host, port))
        except OSError:
            continue
        else:
            return first
        finally:
            for probe in probes:
                probe.close()
    raise OSError(f"no {count} consecutive free UDP ports on {host}")
