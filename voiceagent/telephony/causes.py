"""SIP status codes and Q.850 causes <-> how a leg ended. Pure tables (RFC 3261 section 21, RFC 3326, RFC 6432)."""

from typing import Final

from voiceagent.core.termination import Reason, Result, Termination

# What we answer before the call is up. 486 is avoided on purpose: a proxy in front fails over on it (and on 503), which
# is right for "no capacity here" and wrong for a final no.
_STATUS: Final[dict[Reason, tuple[int, str]]] = {
    Reason.CALLER_HUNG_UP: (487, "Request Terminated"),
    Reason.AGENT_HUNG_UP: (603, "Decline"),
    Reason.OPERATOR_HUNG_UP: (603, "Decline"),
    Reason.CONSENT_WITHHELD: (603, "Decline"),
    Reason.TIME_LIMIT: (480, "Temporarily Unavailable"),
    Reason.DEAD_AIR: (480, "Temporarily Unavailable"),
    Reason.TRANSFERRED: (480, "Temporarily Unavailable"),
    Reason.CANCELLED: (487, "Request Terminated"),
    Reason.OPTED_OUT: (603, "Decline"),
    Reason.BUSY: (600, "Busy Everywhere"),
    Reason.NO_ANSWER: (480, "Temporarily Unavailable"),
    Reason.DECLINED: (603, "Decline"),
    Reason.UNREACHABLE: (480, "Temporarily Unavailable"),
    Reason.NOT_ALLOWED: (403, "Forbidden"),
    Reason.UNKNOWN_TRUNK: (403, "Forbidden"),
    Reason.UNKNOWN_AGENT: (404, "Not Found"),
    Reason.BAD_CREDENTIALS: (403, "Forbidden"),
    Reason.UNKNOWN_NUMBER: (404, "Not Found"),
    Reason.UNSUPPORTED_CODEC: (488, "Not Acceptable Here"),
    Reason.UNSUPPORTED_REQUEST: (488, "Not Acceptable Here"),
    Reason.MALFORMED: (400, "Bad Request"),
    Reason.NO_CAPACITY: (503, "Service Unavailable"),
    Reason.MEDIA_LOST: (480, "Temporarily Unavailable"),
    Reason.WORKER_LOST: (503, "Service Unavailable"),
    Reason.GATEWAY_LOST: (503, "Service Unavailable"),
    Reason.SHUTDOWN: (503, "Service Unavailable"),
    Reason.INTERNAL: (500, "Internal Server Error"),
}

# Q.850 causes for the Reason header of our BYE: carriers' own records show them.
_Q850: Final[dict[Reason, tuple[int, str]]] = {
    Reason.TIME_LIMIT: (102, "Recovery on timer expiry"),
    Reason.DEAD_AIR: (19, "No answer from user"),
    Reason.MEDIA_LOST: (27, "Destination out of order"),
    Reason.WORKER_LOST: (41, "Temporary failure"),
    Reason.GATEWAY_LOST: (41, "Temporary failure"),
    Reason.SHUTDOWN: (41, "Temporary failure"),
    Reason.INTERNAL: (41, "Temporary failure"),
    Reason.NO_CAPACITY: (34, "No circuit or channel available"),
    Reason.UNSUPPORTED_CODEC: (65, "Bearer capability not implemented"),
    Reason.UNSUPPORTED_REQUEST: (79, "Service or option not implemented"),
}
_NORMAL_CLEARING: Final = (16, "Normal call clearing")

_FROM_STATUS: Final[dict[int, Reason]] = {
    400: Reason.MALFORMED,
    401: Reason.BAD_CREDENTIALS,
    403: Reason.BAD_CREDENTIALS,
    404: Reason.UNKNOWN_NUMBER,
    407: Reason.BAD_CREDENTIALS,
    410: Reason.UNKNOWN_NUMBER,
    415: Reason.UNSUPPORTED_CODEC,
    484: Reason.UNKNOWN_NUMBER,
    486: Reason.NO_CAPACITY,
    487: Reason.CANCELLED,
    488: Reason.UNSUPPORTED_CODEC,
    503: Reason.NO_CAPACITY,
    600: Reason.NO_CAPACITY,
    604: Reason.UNKNOWN_NUMBER,
    606: Reason.UNSUPPORTED_CODEC,
}
# What a call of ours came to before anybody answered. 408 is our own transaction's, too: nobody is there who answers.
# 487 is what the library makes of a redirection, which is not followed: it may lead to a number that costs extra.
_DIALLED: Final[dict[int, Reason]] = {
    401: Reason.BAD_CREDENTIALS,
    403: Reason.BAD_CREDENTIALS,
    404: Reason.UNKNOWN_NUMBER,
    407: Reason.BAD_CREDENTIALS,
    408: Reason.NO_ANSWER,
    410: Reason.UNKNOWN_NUMBER,
    415: Reason.UNSUPPORTED_CODEC,
    480: Reason.NO_ANSWER,
    484: Reason.UNKNOWN_NUMBER,
    486: Reason.BUSY,
    488: Reason.UNSUPPORTED_CODEC,
    600: Reason.BUSY,
    603: Reason.DECLINED,
    604: Reason.UNKNOWN_NUMBER,
    606: Reason.UNSUPPORTED_CODEC,
    607: Reason.DECLINED,  # unwanted (RFC 8197)
    608: Reason.DECLINED,  # by an intermediary (RFC 8688)
}
# What the SIP stack says no to by itself: another body than SDP, an extension, too short a session, TLS on every hop
# (sips:), the place of another call (Replaces). From a far end the same codes mean other things.
_BEYOND_THE_STACK: Final = frozenset({415, 420, 422, 480, 481})
_NO_MEDIA: Final = frozenset({406, 488})  # what the stack calls an answer whose SDP is missing, or not for us
# The far end stopped answering our requests: no ACK, no reply to a re-INVITE, or its dialog is gone.
_LOST: Final = frozenset({408, 481})


def refusal_status(reason: Reason) -> tuple[int, str]:
    """Status code and phrase with which a call that is not up yet is ended for `reason`."""
    return _STATUS[reason]


def wants_retry_after(sip_code: int) -> bool:
    """True for answers that mean "later, please": they carry Retry-After."""
    return sip_code in {480, 503}


def reason_header(termination: Termination) -> str:
    """The Reason header (RFC 3326) for a BYE of ours."""
    cause, text = _Q850.get(termination.reason, _NORMAL_CLEARING)
    return f'Q.850;cause={cause};text="{text}"'


def refusal_reason(sip_code: int) -> Reason:
    """Why the SIP stack refused a call by itself with `sip_code`, before we were asked."""
    if sip_code in _BEYOND_THE_STACK:
        return Reason.UNSUPPORTED_REQUEST
    return _FROM_STATUS.get(sip_code, Reason.MALFORMED if 400 <= sip_code < 500 else Reason.INTERNAL)


def dial_ended(sip_code: int) -> Termination:
    """What a call of ours came to that nobody has answered."""
    return Termination.because(_DIALLED.get(sip_code, Reason.UNREACHABLE), f"sip {sip_code}")


def leg_ended(
    sip_code: int, *, answered: bool, accepting: bool = False, dialled: bool = False, detail: str = ""
) -> Termination:
    """How a leg ended that the far end, the network or the SIP stack took down.

    `answered`: it had been up. `accepting`: the stack refused it when it was to be answered; codecs are agreed on by
    then, so a 488 means the media address. `dialled`: it was us who called.
    """
    if dialled and not answered:
        return dial_ended(sip_code)
    note = f"sip {sip_code}" + (f" {detail}" if detail else "")
    if dialled and sip_code in _NO_MEDIA:
        return Termination.because(Reason.UNSUPPORTED_CODEC, note)
    if accepting and sip_code == 488:
        return Termination.because(Reason.UNSUPPORTED_REQUEST, note)
    if sip_code in _LOST:
        return Termination.because(Reason.MEDIA_LOST, note)
    if answered and sip_code < 300:
        return Termination.because(Reason.CALLER_HUNG_UP, note)
    reason = _FROM_STATUS.get(sip_code)
    if reason is None or answered:
        result = Result.CLIENT if 400 <= sip_code < 500 else Result.UPSTREAM
        return Termination(result=result, reason=Reason.INTERNAL, detail=note)
    return Termination.because(reason, note)
