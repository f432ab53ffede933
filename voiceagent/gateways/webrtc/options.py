"""What an operator may set for browser calls."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WebRtcOptions:
    """Limits and timeouts of one gateway process. A call costs 1 to 3 % of a core for its media path."""

    max_calls: int = 20
    answer_timeout_s: float = 10.0  # from the offer until the call handler answers or refuses
    connect_timeout_s: float = 15.0  # from the answer until ICE and DTLS are up
    media_timeout_s: float = 10.0  # without one packet from the caller; browsers send at least every 400 ms
    max_calls_per_token: int = 3  # a link that leaks must not take all lines
    host_addresses: tuple[str, ...] = ()  # where media listens; "*" and () are every interface but loopback
