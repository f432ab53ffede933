"""What is asked and what comes back: values between a vendor's client, the verdict and the wire."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request. `what` completes "<vendor> did not ..." in errors and never holds data: "search contacts"."""

    what: str
    method: str
    path: str  # under the base URL, segments quoted (`urls.path`), or a whole URL for a token endpoint elsewhere
    params: Mapping[str, str] = field(default_factory=dict)
    json: Any = field(default=None, repr=False)  # None: no body; holds customers' data, or a secret
    form: Mapping[str, str] | None = field(default=None, repr=False)  # holds secrets
    headers: Mapping[str, str] = field(default_factory=dict)
    repeatable: bool = False  # may be sent again although it may have been carried out
    hand_back: frozenset[int] = frozenset()  # statuses besides 2xx that the caller understands
    authorised: bool = True  # False: the request for the token itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The vendor answered. `data` is the parsed JSON, None when there is none."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # names in lower case
    data: Any = field(default=None, repr=False)
    code: str = ""  # the vendor's own name of the error, safe to show


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """No answer. `sent` is False when the request surely never arrived, so that anything may be repeated."""

    why: str
    sent: bool
    crowded: bool = False  # it did not leave this process, which says nothing about the vendor


@dataclass(frozen=True, slots=True, kw_only=True)
class Garbled:
    """Something came that is not an answer of this API: too large, not JSON."""

    why: str


Outcome = Answer | Lost | Garbled
Send = Callable[[Ask], Awaitable[Answer]]
