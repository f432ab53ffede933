"""Reading a browser's offer before any library does, and finishing our answer. Pure text work (RFC 8866, RFC 8829)."""

import re

from voiceagent.core.errors import BadInput

MAX_SDP_CHARS = 64_000
_MAX_CANDIDATES = 64  # each one costs a stream of STUN checks
_OPUS = re.compile(r"^a=rtpmap:(\d+) opus/48000(?:/2)?\s*$", re.IGNORECASE | re.MULTILINE)
_SECTION = re.compile(r"^m=(\w+) (\d+) ", re.MULTILINE)
_DIRECTIONS = frozenset({"sendrecv", "sendonly", "recvonly", "inactive"})


def check_offer(sdp: str) -> None:
    """Refuse what could never become a call. Raises BadInput that says what is missing."""
    if len(sdp) > MAX_SDP_CHARS:
        raise BadInput(f"the SDP offer has {len(sdp)} characters; {MAX_SDP_CHARS} are allowed")
    if not sdp.startswith("v=0"):
        raise BadInput("the SDP offer does not begin with v=0")
    kinds = [match.group(1) for match in _SECTION.finditer(sdp)]
    if kinds.count("audio") != 1:
        raise BadInput("the SDP offer needs exactly one audio section: ask for the microphone before offering")
    if set(kinds) - {"audio", "application"} or kinds.count("application") > 1:
        raise BadInput("only audio and one data channel can be offered, no video")
    if not _OPUS.search(sdp):
        raise BadInput("the SDP offer has no Opus codec")
    if "a=ice-ufrag:" not in sdp or "a=fingerprint:" not in sdp:
        raise BadInput("the SDP offer has no ICE credentials or no DTLS fingerprint")
    if sdp.count("a=candidate:") > _MAX_CANDIDATES:
        raise BadInput(f"the SDP offer has more than {_MAX_CANDIDATES} ICE candidates")
    bundle = re.search(r"^a=group:BUNDLE(.*)$", sdp, re.MULTILINE)
    if bundle and set(bundle.group(1).split()) != set(re.findall(r"^a=mid:(\S+)", sdp, re.MULTILINE)):
        raise BadInput("the SDP offer's BUNDLE group does not name its sections")
    one_way = _audio_directions(sdp) - {"sendrecv"}
    if one_way:
        raise BadInput(f"the audio section must send and receive: a=sendrecv, not a={', a='.join(sorted(one_way))}")


def _audio_directions(sdp: str) -> set[str]:
    """Every direction that audio is given; none means sendrecv (RFC 8866 section 6.7).

    Split as aiortc splits it, which ends a line at more than CR LF and ignores what follows a colon: one that we read
    past would never start its sender, and with it the clock of the call.
    """
    found, in_audio = set(), False
    for line in sdp.splitlines():
        if line.startswith("m="):
            in_audio = line.startswith("m=audio")
        elif in_audio and line.startswith("a="):
            found.add(line[2:].partition(":")[0].strip())
    return found & _DIRECTIONS


def ask_for_fec(sdp: str) -> str:
    """Our answer with what aiortc leaves out: send us in-band FEC, mono, wideband (RFC 7587 section 6.1)."""
    match = _OPUS.search(sdp)
    if match is None or f"a=fmtp:{match.group(1)} " in sdp:
        return sdp
    wanted = f"a=fmtp:{match.group(1)} minptime=20;useinbandfec=1;stereo=0;maxplaybackrate=16000"
    newline = "\r\n" if "\r\n" in sdp else "\n"
    line_end = sdp.index("\n", match.start(1)) + 1
    return sdp[:line_end] + wanted + newline + sdp[line_end:]
