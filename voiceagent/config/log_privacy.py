"""What may not be in a log: personal values unless allowed, secrets never. Pure."""

import re
import sys
import traceback
from collections.abc import Iterator, Mapping
from typing import Any

from structlog.typing import EventDict, WrappedLogger

from voiceagent.core.errors import VoiceagentError

MASK = "***"
_MAX_CHAIN = 5  # causes of an exception that are told

_SECRET_NAME = re.compile(r"token|password|passwd|secret|authorization|api_?key|cookie|credential", re.IGNORECASE)
# Values that are secret under any name: the password of a URL, a bearer token, a digest response (RFC 7616).
_SECRET_TEXT = (
    (re.compile(r"(://[^\s/:@]*:)[^\s/@]+@"), rf"\1{MASK}@"),
    (re.compile(r"(\bBearer\s+)[^\s\"']+", re.IGNORECASE), rf"\1{MASK}"),
    (re.compile(r"(\bDigest\s+)[^\r\n]+", re.IGNORECASE), rf"\1{MASK}"),
    (re.compile(r"(\bpassword=)[^\s&\"']+", re.IGNORECASE), rf"\1{MASK}"),
)


def masked(event: Mapping[str, Any], *, show_pii: bool) -> dict[str, Any]:
    """The event with secrets masked, and `pii_` fields too unless `show_pii`; also inside of mappings and lists."""
    return {name: _masked_field(name, value, show_pii=show_pii) for name, value in event.items()}


def describe_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace `exc_info` by the frames and types of the chain.

    Our own messages are constant-shaped and go into `error`; a library's may quote a row or a header ("Key
    (number)=(+44...) already exists"), so they go into `pii_error`.
    """
    error = _exception_of(event.pop("exc_info", None))
    if error is None:
        return event
    chain = tuple(_chain(error))
    event["error_type"] = type(error).__name__
    event["exception"] = "\n".join(_frames(link) for link in reversed(chain))
    if isinstance(error, VoiceagentError):
        event.setdefault("error", str(error))
    foreign = [str(link) for link in chain if not isinstance(link, VoiceagentError) and str(link)]
    if foreign:
        event["pii_error"] = " <- ".join(foreign)
    return event


def _exception_of(exc_info: object) -> BaseException | None:
    match exc_info:
        case BaseException():
            return exc_info
        case (_, BaseException() as error, _):
            return error
        case True:
            return sys.exception()
        case _:
            return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    link: BaseException | None = error
    for _ in range(_MAX_CHAIN):
        if link is None:
            return
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def _frames(error: BaseException) -> str:
    """Where it happened, without the message; members of a group follow, indented."""
    text = "".join(traceback.format_tb(error.__traceback__)) + type(error).__name__
    if isinstance(error, BaseExceptionGroup):
        members = "\n".join(_frames(member) for member in error.exceptions[:_MAX_CHAIN])
        text += "\n" + "\n".join("  | " + line for line in members.splitlines())
    return text


def _masked_field(name: str, value: object, *, show_pii: bool) -> object:
    if _SECRET_NAME.search(name) or (name.startswith("pii_") and not show_pii):
        return MASK
    return _masked_value(value, show_pii=show_pii)


def _masked_value(value: object, *, show_pii: bool) -> object:
    match value:
        case str():
            for pattern, replacement in _SECRET_TEXT:
                value = pattern.sub(replacement, value)
            return value
        case Mapping():
            return masked({str(name): inner for name, inner in value.items()}, show_pii=show_pii)
        case list() | tuple():
            return [_masked_value(inner, show_pii=show_pii) for inner in value]
        case _:
            return value
