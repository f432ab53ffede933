"""Errors as problem documents (RFC 9457), for every part that speaks HTTP. Pure: no web framework.

`code` is the stable name that client code may switch on; it follows from the error's class, nearest known ancestor
first, and is never renamed. A bug's own message stays in the log: outside it reads as the class's general one.
"""

from dataclasses import dataclass
from typing import Any, Final

from voiceagent.core import errors

MEDIA_TYPE: Final = "application/problem+json"

_KNOWN: Final[dict[type[errors.VoiceagentError], tuple[int, str, str]]] = {
    errors.ConfigError: (500, "config_error", "The configuration is not valid"),
    errors.NotFound: (404, "not_found", "There is no such object"),
    errors.Conflict: (409, "conflict", "The object is in another state"),
    errors.Unauthorised: (401, "unauthorised", "No valid credentials"),
    errors.Forbidden: (403, "forbidden", "The credentials do not allow this"),
    errors.TooManyRequests: (429, "too_many_requests", "Too many requests"),
    errors.BadInput: (400, "bad_input", "The request is malformed"),
    errors.Damaged: (500, "damaged", "What was stored was changed since"),
    errors.Unavailable: (503, "unavailable", "A part of the service does not answer"),
    errors.NoCapacity: (503, "no_capacity", "Every line is taken"),
    errors.WorkerLost: (503, "worker_lost", "The interaction worker went away"),
    errors.StoreUnavailable: (503, "store_unavailable", "A store does not answer"),
    errors.UpstreamUnavailable: (502, "upstream_unavailable", "An outside system does not answer"),
    errors.VoiceagentError: (500, "internal_error", "Something went wrong inside"),
}
_RETRY_AFTER_S = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One problem document. `retry_after_s` is None when trying again cannot help."""

    status: int
    code: str
    title: str
    detail: str
    retry_after_s: int | None = None

    def body(self, **more: Any) -> dict[str, Any]:
        """The JSON object; `more` adds members such as request_id."""
        return {
            "type": f"urn:voiceagent:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            **more,
        }

    def headers(self) -> dict[str, str]:
        """The HTTP headers that belong to it."""
        headers = {"Content-Type": MEDIA_TYPE, "Cache-Control": "no-store"}
        if self.retry_after_s is not None:
            headers["Retry-After"] = str(self.retry_after_s)
        if self.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        return headers


def error_of(status: int, code: str, detail: str) -> errors.VoiceagentError:
    """The error behind a problem document, for whoever reads one. A code that is not known goes by its status."""
    kind = next((cls for cls, (_, known, _) in _KNOWN.items() if known == code), None)
    if kind is None:
        kind = next((cls for cls, (known, _, _) in _KNOWN.items() if known == status), None)
    if kind is None:
        kind = errors.Unavailable if status >= 500 else errors.BadInput
    return kind(detail)


def problem_for(error: BaseException) -> Problem:
    """Describe `error` to the outside world."""
    known = next((cls for cls in type(error).__mro__ if cls in _KNOWN), errors.VoiceagentError)
    status, code, title = _KNOWN[known]
    detail = str(error) if status != 500 else (errors.InternalError.__doc__ or title).strip()
    retryable = isinstance(error, errors.VoiceagentError) and error.retryable
    return Problem(
        status=status,
        code=code,
        title=title,
        detail=detail,
        retry_after_s=getattr(error, "retry_after_s", _RETRY_AFTER_S if retryable else None),
    )
