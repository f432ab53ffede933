"""Sets the library up and takes it down again. SIP thread only, from libCreate to libDestroy."""

import ctypes
import gc
import os
import sys
from functools import cache
from typing import Any, Final

import pjsua2 as pj
import structlog

from voiceagent.audio.frame import FRAME_MS, SAMPLE_RATE_HZ
from voiceagent.core.errors import ConfigError
from voiceagent.gateways.sip.mishaps import Mishaps, describe
from voiceagent.gateways.sip.options import CODEC_IDS, SipOptions

_log = structlog.get_logger(__name__)
_TRANSPORTS: Final = (pj.PJSIP_TRANSPORT_UDP, pj.PJSIP_TRANSPORT_TCP)  # big requests go over TCP (RFC 3261 18.1.1)
_CHOICES: Final = 8


_MANY_CALLS: Final = 1024  # more than any build allows: the library cuts it down to its own limit


@cache
def _c_library() -> ctypes.CDLL:
    """The C functions of the extension module, for what the wrapper lacks."""
    return ctypes.CDLL(pj._pjsua2.__file__)  # noqa: SLF001


def library_lines() -> int:
    """How many calls this build allows (PJSUA_MAX_CALLS; the wheel from PyPI says 4). Only after `open_endpoint`."""
    return int(_c_library().pjsua_call_get_max_count())


def busy_lines() -> int:
    """Calls that the library holds now, with those whose BYE is not answered yet. Only on the SIP thread."""
    return int(_c_library().pjsua_call_get_count())


def raise_priority(nice: int) -> None:
    """Set the niceness of this thread; threads started from it inherit it (on Linux niceness belongs to a thread)."""
    if nice == 0:
        return
    try:
        os.setpriority(os.PRIO_PROCESS, 0, nice)
    except PermissionError:
        _log.warning("sip thread priority not permitted", nice=nice, remedy="grant CAP_SYS_NICE or set nice to 0")


def open_endpoint(endpoint: Any, options: SipOptions) -> int:
    """Start the library on `endpoint`; returns the SIP port. Raises ConfigError when it cannot listen."""
    _c_library().pj_log_set_level(0)  # what libCreate has to say would go to standard output
    endpoint.libCreate()
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True  # callbacks of the media thread are queued for this one
    config.uaConfig.maxCalls = _MANY_CALLS
    config.uaConfig.userAgent = options.user_agent
    config.medConfig.clockRate = SAMPLE_RATE_HZ
    config.medConfig.sndClockRate = SAMPLE_RATE_HZ
    config.medConfig.channelCount = 1
    config.medConfig.audioFramePtime = FRAME_MS
    config.medConfig.ecTailLen = 0
    config.medConfig.noVad = True  # otherwise RTP stops after 0.6 s of silence
    config.logConfig.consoleLevel = 0
    config.logConfig.level = options.log_level if options.log_path else 0
    config.logConfig.msgLogging = 1 if options.log_path else 0
    if options.log_path:
        # A LogWriter in Python would run on every library thread, under the library's locks: a file does not.
        config.logConfig.filename = str(options.log_path)
    endpoint.libInit(config)
    port = _listen(endpoint, options)
    endpoint.libStart()
    endpoint.audDevManager().setNullDev()
    _choose_codecs(endpoint, options.codecs)
    return port


def _listen(endpoint: Any, options: SipOptions) -> int:
    """The port of all transports. One that the system chose for UDP may be taken for TCP: then another is asked for."""
    what = ""
    for _ in range(_CHOICES if options.sip_port == 0 else 1):
        opened: list[int] = []
        try:
            return _open_transports(endpoint, options, opened)
        except pj.Error as error:
            what = describe(error)
            for transport_id in opened:
                endpoint.transportClose(transport_id)
    raise ConfigError(
        f"cannot listen for SIP on {options.host}:{options.sip_port} ({what}): is another process using the port?"
    )


def _open_transports(endpoint: Any, options: SipOptions, opened: list[int]) -> int:
    port = options.sip_port
    for kind in _TRANSPORTS:
        transport = pj.TransportConfig()
        transport.port = port
        transport.boundAddress = options.host
        transport.publicAddress = options.public_host
        opened.append(endpoint.transportCreate(kind, transport))
        if port == 0:
            port = int(endpoint.transportGetInfo(opened[-1]).localName.rpartition(":")[2])
    return port


def _choose_codecs(endpoint: Any, codecs: tuple[str, ...]) -> None:
    for info in endpoint.codecEnum2():
        endpoint.codecSetPriority(info.codecId, 0)
    for rank, codec in enumerate(codecs):
        endpoint.codecSetPriority(CODEC_IDS[codec], 255 - rank)


def account_config(options: SipOptions, user: str, port: int) -> Any:
    """An account without registration, with our media settings."""
    config = pj.AccountConfig()
    config.idUri = f"sip:{user}@{options.public_host or options.host}:{port}"
    transport = config.mediaConfig.transportConfig
    transport.port = options.rtp_port
    transport.portRange = options.rtp_port_count
    transport.boundAddress = options.host
    transport.publicAddress = options.public_host
    config.mediaConfig.srtpUse = int(options.srtp)
    config.mediaConfig.srtpSecureSignaling = 0
    config.natConfig.iceEnabled = False
    config.videoConfig.autoTransmitOutgoing = False
    return config


def close_endpoint(endpoint: Any, mishaps: Mishaps) -> None:
    """Destroy the library. Calls, ports and accounts must be gone: one left over aborts the process."""
    # An uncaught exception keeps frames, and with them library objects, alive.
    for name in ("last_type", "last_value", "last_traceback"):
        if hasattr(sys, name):
            setattr(sys, name, None)
    gc.collect()
    try:
        endpoint.libDestroy()
    except Exception as error:
        mishaps.add("libDestroy", describe(error))
