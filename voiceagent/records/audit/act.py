"""What somebody did, as the code that did it tells the audit log."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_CODE: Final = re.compile(r"[a-z0-9_.:-]{0,64}")
_ID: Final = re.compile(r"[A-Za-z0-9_.:/-]{0,128}")
_LIKE_A_NUMBER: Final = re.compile(r"\d[\d.:/-]{5,}\d")  # seven digits and more may be somebody's telephone number


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts: `kind` is user, api_key, operator, system or anonymous; `auth` how we know, such as oidc or bearer.

    `id` is one of ours and never a name, number or address of a person.
    """

    kind: str
    id: str = ""
    auth: str = ""

    def __post_init__(self) -> None:
        _check_code(self.kind, "kind of an actor")
        _check_code(self.auth, "authentication of an actor")
        _check_id(self.id, "actor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing that was done or refused. All but `details` is kept for years and never changes.

    So words and ids there are codes of ours (`recording.read`, `ok`, `dsar`, `call_01K…`). What may be about a person,
    such as an address, a number or somebody's reasons in their own words, goes into `details`: JSON values that can be
    erased, while the log keeps a salted commitment to them. Raises ValueError for text that is no code.
    """

    action: str
    actor: Actor
    object_kind: str = ""
    object_id: str = ""
    result: str = "ok"
    purpose: str = ""
    reason: str = ""
    request_id: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.action:
            raise ValueError("an act has an action, such as recording.read")
        for name in ("action", "object_kind", "result", "purpose", "reason"):
            _check_code(getattr(self, name), name)
        _check_id(self.object_id, "object")
        _check_id(self.request_id, "request")


def _check_code(text: str, what: str) -> None:
    if _CODE.fullmatch(text) is None:
        raise ValueError(f"the {what} of an act is a short lower-case code; free text belongs into its details")


def _check_id(text: str, what: str) -> None:
    if _ID.fullmatch(text) is None or _LIKE_A_NUMBER.fullmatch(text):
        raise ValueError(f"the {what} of an act is an id of ours; numbers and addresses belong into its details")
