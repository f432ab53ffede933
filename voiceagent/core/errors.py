"""The one error tree. A docstring is the default message and says what to do.

VoiceagentError
├── ConfigError              settings, profile or rule file is wrong            (fault: client)
├── NotFound                 no such object                                     (client)
├── Conflict                 the object is in another state                     (client)
│   └── Locked               an object lock or a hold of its store keeps it     (client)
├── Unauthorised             no or wrong credentials                            (client)
├── Forbidden                the credentials do not allow this                  (client)
├── BadInput                 malformed audio, SDP, JSON, message                (client)
├── TooManyRequests          the caller of an API asks too often                (client)
├── Damaged                  what was stored was changed or cut off since       (server)
├── Unavailable              a part we need does not answer                     (server)
│   ├── NoCapacity           every slot is taken                                (server)
│   ├── WorkerLost           the interaction worker went away in mid-call       (server)
│   ├── StoreUnavailable     Postgres or Redis does not answer                  (server)
│   └── UpstreamUnavailable  a CRM, model provider or carrier does not answer   (upstream)
│       └── NothingSent      it was away before it was asked                     (upstream)
└── InternalError            a broken invariant: a bug of ours                  (server)
"""

from enum import StrEnum
from typing import ClassVar, TypeVar


class Fault(StrEnum):
    """Whose fault it was; decides SIP code, HTTP status and the colour on the dashboard."""

    CLIENT = "client"
    SERVER = "server"
    UPSTREAM = "upstream"


class VoiceagentError(Exception):
    """Something went wrong in voiceagent; see the log entry with the same call id."""

    fault: ClassVar[Fault] = Fault.SERVER
    retryable: ClassVar[bool] = False

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (self.__doc__ or type(self).__name__).strip())


class ConfigError(VoiceagentError):
    """The configuration is not valid; the message names the file, the line and the remedy."""

    fault = Fault.CLIENT


class NotFound(VoiceagentError):
    """There is no such object, or it belongs to another tenant."""

    fault = Fault.CLIENT


class Conflict(VoiceagentError):
    """The object is not in a state that allows this; read it again and decide anew."""

    fault = Fault.CLIENT


class Locked(Conflict):
    """The store keeps it under an object lock or a legal hold of its own; it can be deleted when that is over."""


class Unauthorised(VoiceagentError):
    """No valid credentials were given; send `Authorization: Bearer <api key>`."""

    fault = Fault.CLIENT


class Forbidden(VoiceagentError):
    """The credentials are valid but do not allow this; use a key with the scope that the message names."""

    fault = Fault.CLIENT


class BadInput(VoiceagentError):
    """The input is malformed; the message says where."""

    fault = Fault.CLIENT


class Damaged(VoiceagentError):
    """What was stored was changed or cut off since; the message names it. Put it back from a backup."""


class TooManyRequests(VoiceagentError):
    """Too many requests; wait as long as Retry-After says."""

    fault = Fault.CLIENT

    def __init__(self, message: str | None = None, *, retry_after_s: int = 1) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Unavailable(VoiceagentError):
    """A part this needs does not answer; try again shortly or run `voiceagent doctor`."""

    retryable = True


class NoCapacity(Unavailable):
    """Every slot is taken; add workers or lines, or try again later."""


class WorkerLost(Unavailable):
    """The interaction worker went away in the middle of a call."""


class StoreUnavailable(Unavailable):
    """Postgres or Redis does not answer; run `voiceagent doctor`."""


class UpstreamUnavailable(Unavailable):
    """An outside system does not answer."""

    fault = Fault.UPSTREAM


class NothingSent(UpstreamUnavailable):
    """An outside system is away, and nothing was sent to it: what was wanted has surely not happened."""


class InternalError(VoiceagentError):
    """An invariant does not hold: this is a bug in voiceagent, please report it."""


_E = TypeVar("_E", bound=BaseException)


def first_error(group: BaseExceptionGroup[_E]) -> _E:
    """The first plain error of a possibly nested group: what a TaskGroup failed of."""
    for error in group.exceptions:
        return first_error(error) if isinstance(error, BaseExceptionGroup) else error
    raise AssertionError  # an exception group is never empty
