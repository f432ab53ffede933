"""Lets only trunks reach the SIP port: a socket filter in the kernel, which answers nobody and costs next to nothing.

The library answers whatever it can read, so scanners learn that somebody is there, and a flood of theirs is parsed.
Linux lets a process attach a classic BPF program to its own sockets (socket(7), SO_ATTACH_FILTER); what the program
does not let through is gone before the library is woken.
"""

import ctypes
import ipaddress
import os
import socket
import struct
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from voiceagent.core.errors import ConfigError
from voiceagent.telephony.routing import Directory, Network

_SO_ATTACH_FILTER: Final = 26  # asm-generic/socket.h
_MOST_INSTRUCTIONS: Final = 4096  # BPF_MAXINSNS
_LOAD_WORD: Final = 0x20  # BPF_LD | BPF_W | BPF_ABS
_AT_LEAST: Final = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_MORE_THAN: Final = 0x25  # BPF_JMP | BPF_JGT | BPF_K
_RETURN: Final = 0x06  # BPF_RET | BPF_K
_SOURCE: Final = 0xFFF00000 + 12  # SKF_NET_OFF: of the IPv4 header, where the source address stands (RFC 791, 3.1)
_WHOLE: Final = 0xFFFFFFFF  # bytes of the packet that are let through
_NONE: Final = 0


class Instruction(NamedTuple):
    """`struct sock_filter`: what to do, how far to jump if so and if not, and with what."""

    code: int
    if_so: int
    if_not: int
    value: int


def sources(directory: Directory) -> Sequence[ipaddress.IPv4Network]:
    """Who has business here: networks that may call us, and the peers that we call."""
    peers = [trunk.outbound.address.partition(":")[0] for trunk in directory.trunks if trunk.outbound]
    networks: list[Network] = [network for trunk in directory.trunks for network in trunk.networks]
    networks += [ipaddress.IPv4Network(peer) for peer in peers]
    return list(ipaddress.collapse_addresses(one for one in networks if isinstance(one, ipaddress.IPv4Network)))


def program(networks: Iterable[ipaddress.IPv4Network]) -> Sequence[Instruction]:
    """What lets only packets of these networks through. Raises ConfigError when they are too many for the kernel."""
    steps = [Instruction(_LOAD_WORD, 0, 0, _SOURCE)]
    for network in networks:
        # Each returns by itself: a jump reaches 255 steps at most
        steps.append(Instruction(_AT_LEAST, 0, 2, int(network.network_address)))
        steps.append(Instruction(_MORE_THAN, 1, 0, int(network.broadcast_address)))
        steps.append(Instruction(_RETURN, 0, 0, _WHOLE))
    steps.append(Instruction(_RETURN, 0, 0, _NONE))
    if len(steps) > _MOST_INSTRUCTIONS:
        raise ConfigError(
            f"the trunks allow {len(steps) // 3} separate networks, and the kernel filters "
            f"{_MOST_INSTRUCTIONS // 3 - 1} at most: write them as wider ones, or set sip.strangers to answer"
        )
    return steps


def attach(listener: socket.socket, steps: Sequence[Instruction]) -> None:
    """Filter what reaches the socket from now on; what was attached before is replaced. Raises OSError."""
    code = b"".join(struct.pack("HBBI", *step) for step in steps)
    held = ctypes.create_string_buffer(code, len(code))
    listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", len(steps), ctypes.addressof(held)))


def listeners(host: str, port: int) -> Iterator[socket.socket]:
    """This process's sockets that anybody can reach there: for datagrams, or for connections. Close each."""
    met: set[int] = set()  # a descriptor of the listing itself is free again, and may be that of our first copy
    for entry in list(Path("/proc/self/fd").iterdir()):
        found = _socket_of(int(entry.name))
        if found and os.fstat(found.fileno()).st_ino not in met and _is_open_to_all(found, host, port):
            met.add(os.fstat(found.fileno()).st_ino)
            yield found
        elif found:
            found.close()


def _socket_of(descriptor: int) -> socket.socket | None:
    """The same socket under another descriptor; None for something else, or when it is gone since it was listed."""
    try:
        copy = os.dup(descriptor)
    except OSError:
        return None
    try:
        return socket.socket(fileno=copy)
    except OSError:
        os.close(copy)
        return None


def _is_open_to_all(found: socket.socket, host: str, port: int) -> bool:
    if found.family != socket.AF_INET or found.getsockname() != (host, port):
        return False
    return found.type == socket.SOCK_DGRAM or bool(found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))


class SourceFilter:
    """Keeps the filter of one SIP port in step with the directory."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._let_in: Sequence[ipaddress.IPv4Network] | None = None

    def follow(self, directory: Directory) -> bool:
        """Let in who has business here now; whether that is somebody else than before. What was stays when this fails.

        Raises ConfigError where this cannot be done.
        """
        wanted = sources(directory)
        if wanted == self._let_in:
            return False
        steps = program(wanted)
        filtered = 0
        try:
            for listener in listeners(*self._address):
                with listener:
                    attach(listener, steps)
                filtered += 1
        except OSError as error:
            raise ConfigError(f"strangers cannot be kept out: {error}. {_REMEDY}") from error
        if not filtered:
            raise ConfigError(f"strangers cannot be kept out: no SIP socket was found ({sys.platform}). {_REMEDY}")
        self._let_in = wanted
        return True


_REMEDY: Final = "It needs Linux with /proc; or set sip.strangers to answer and filter in a firewall"
