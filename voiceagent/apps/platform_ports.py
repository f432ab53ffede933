"""Port arithmetic that the supervisor and the cells must agree on."""


def rtp_ports_per_cell(lines: int) -> int:
    """RTP and RTCP per line, twice over, so that a new call never meets an old one's packets."""
    return lines * 4
