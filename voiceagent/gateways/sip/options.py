"""What a SIP endpoint (gateway cell or test phone) can be told. Values only; `config` fills them from settings."""

from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Final

from voiceagent.core.errors import ConfigError

CODEC_IDS: Final = {"PCMU": "PCMU/8000/1", "PCMA": "PCMA/8000/1", "G722": "G722/16000/1"}


class Srtp(IntEnum):
    """SDES-SRTP (RFC 4568). Off by default: keys would travel in clear text unless signalling is TLS."""

    OFF = 0
    OPTIONAL = 1
    REQUIRED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class SipOptions:
    """Options of one endpoint. Raises ConfigError for values that cannot work."""

    host: str = "127.0.0.1"  # address that SIP and RTP bind to
    public_host: str = ""  # address to advertise when it is another one (NAT 1:1)
    sip_port: int = 5060  # UDP and TCP; 0 takes a free one
    rtp_port: int = 40_000  # first of `rtp_port_count`; each call takes two (RTP, RTCP)
    rtp_port_count: int = 64
    codecs: tuple[str, ...] = ("PCMU", "PCMA", "G722")  # in order of preference
    lines: int = 0  # calls at once; 0 takes all that the library allows
    poll_ms: int = 10  # 10 costs 1.4 % of a core when idle, 50 costs 1.0 %
    media_timeout_s: float = 15.0  # without RTP for so long the leg is dead
    answer_timeout_s: float = 10.0  # from our 200 OK until media runs (a late offer waits for the ACK)
    shutdown_s: float = 5.0  # for calls to end by themselves at exit
    retry_after_s: int = 5
    nice: int = 0  # niceness of the SIP and media threads; negative needs CAP_SYS_NICE
    srtp: Srtp = Srtp.OFF
    drop_strangers: bool = False  # who is on no trunk gets no answer and leaves no trace, instead of a refusal
    nonce_secret: bytes = field(default=b"", repr=False)  # shared by cells behind one proxy; empty: random per process
    nonce_lifetime_s: float = 60.0
    user_agent: str = "voiceagent"
    log_path: Path | None = None  # the library's own log file, written without Python; None: no log
    log_level: int = 4

    def __post_init__(self) -> None:
        unknown = [codec for codec in self.codecs if codec not in CODEC_IDS]
        if unknown or not self.codecs:
            raise ConfigError(f"codecs {unknown or '()'}: choose from {', '.join(CODEC_IDS)}")
        for name, port in (("sip_port", self.sip_port), ("rtp_port", self.rtp_port)):
            if not 0 <= port <= 65_535:
                raise ConfigError(f"{name} {port} is not a port")
        if self.rtp_port_count < 2 or self.rtp_port + self.rtp_port_count > 65_536:
            raise ConfigError(f"RTP ports {self.rtp_port} + {self.rtp_port_count} do not fit: each call needs two")
        if self.lines < 0 or not 1 <= self.poll_ms <= 200:
            raise ConfigError("lines must be 0 or more and poll_ms within 1 to 200")
        if not -20 <= self.nice <= 19:
            raise ConfigError(f"nice {self.nice} is not within -20 to 19")
