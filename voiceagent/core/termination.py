"""How calls, legs and jobs end: a result that says whose doing it was, and a reason from a closed list."""

from dataclasses import dataclass
from enum import StrEnum


class Result(StrEnum):
    """Success, or whose fault it was."""

    SUCCESS = "success"
    CLIENT = "client"  # the far end asked for something we refuse, or broke the protocol
    SERVER = "server"  # we failed
    UPSTREAM = "upstream"  # somebody we depend on failed


class Reason(StrEnum):
    """Why it ended. New values are added here only; outside systems' codes go into `detail`."""

    CALLER_HUNG_UP = "caller_hung_up"
    AGENT_HUNG_UP = "agent_hung_up"
    OPERATOR_HUNG_UP = "operator_hung_up"
    CONSENT_WITHHELD = "consent_withheld"
    TIME_LIMIT = "time_limit"
    DEAD_AIR = "dead_air"
    TRANSFERRED = "transferred"
    CANCELLED = "cancelled"
    OPTED_OUT = "opted_out"  # who we called does not want to be called
    BUSY = "busy"  # who we called, as the next three
    NO_ANSWER = "no_answer"
    DECLINED = "declined"
    UNREACHABLE = "unreachable"
    NOT_ALLOWED = "not_allowed"  # the gate of outbound calls said no when it was to be dialled
    UNKNOWN_TRUNK = "unknown_trunk"
    UNKNOWN_AGENT = "unknown_agent"  # who was to call is not published
    BAD_CREDENTIALS = "bad_credentials"
    UNKNOWN_NUMBER = "unknown_number"
    UNSUPPORTED_CODEC = "unsupported_codec"
    UNSUPPORTED_REQUEST = "unsupported_request"
    MALFORMED = "malformed"
    NO_CAPACITY = "no_capacity"
    MEDIA_LOST = "media_lost"
    WORKER_LOST = "worker_lost"
    GATEWAY_LOST = "gateway_lost"
    SHUTDOWN = "shutdown"
    INTERNAL = "internal"


_RESULTS = {
    Reason.CALLER_HUNG_UP: Result.SUCCESS,
    Reason.AGENT_HUNG_UP: Result.SUCCESS,
    Reason.OPERATOR_HUNG_UP: Result.SUCCESS,
    Reason.CONSENT_WITHHELD: Result.SUCCESS,
    Reason.TIME_LIMIT: Result.SUCCESS,
    Reason.DEAD_AIR: Result.SUCCESS,
    Reason.TRANSFERRED: Result.SUCCESS,
    Reason.CANCELLED: Result.CLIENT,
    Reason.OPTED_OUT: Result.SUCCESS,
    Reason.BUSY: Result.UPSTREAM,
    Reason.NO_ANSWER: Result.UPSTREAM,
    Reason.DECLINED: Result.UPSTREAM,
    Reason.UNREACHABLE: Result.UPSTREAM,
    Reason.NOT_ALLOWED: Result.CLIENT,
    Reason.UNKNOWN_TRUNK: Result.CLIENT,
    Reason.UNKNOWN_AGENT: Result.CLIENT,
    Reason.BAD_CREDENTIALS: Result.CLIENT,
    Reason.UNKNOWN_NUMBER: Result.CLIENT,
    Reason.UNSUPPORTED_CODEC: Result.CLIENT,
    Reason.UNSUPPORTED_REQUEST: Result.CLIENT,
    Reason.MALFORMED: Result.CLIENT,
    Reason.NO_CAPACITY: Result.SERVER,
    Reason.MEDIA_LOST: Result.UPSTREAM,
    Reason.WORKER_LOST: Result.SERVER,
    Reason.GATEWAY_LOST: Result.SERVER,
    Reason.SHUTDOWN: Result.SERVER,
    Reason.INTERNAL: Result.SERVER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Termination:
    """The end of a call, leg or job. `detail` is a constant-shaped technical note without personal data."""

    result: Result
    reason: Reason
    detail: str = ""

    @classmethod
    def because(cls, reason: Reason, detail: str = "") -> "Termination":
        """Build the termination whose result follows from `reason`."""
        return cls(result=_RESULTS[reason], reason=reason, detail=detail)
