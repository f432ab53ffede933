"""The queries of the settings: what each may use, must use, and must answer with. Pure."""

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from voiceagent.core.errors import ConfigError

_PARAMETER: Final = re.compile(r"%\((\w+)\)s", re.ASCII)
_OTHER_PERCENT: Final = re.compile(r"%(?!%|\(\w+\)s)", re.ASCII)


class Queries(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """SQL with `%(name)s` where a value goes: values travel apart from the text, so nothing is ever quoted."""

    find_contact: str
    get_orders: str
    get_order: str
    get_cases: str
    add_note: str
    create_case: str
    update_case: str


_NEEDED: Final[Mapping[str, frozenset[str]]] = {  # every query must use all of its parameters
    "find_contact": frozenset({"number"}),
    "get_orders": frozenset({"contact_id"}),
    "get_order": frozenset({"contact_id", "order_number"}),  # else a caller could hear of another's order
    "get_cases": frozenset({"contact_id"}),
    "add_note": frozenset({"contact_id", "text", "key"}),
    "create_case": frozenset({"contact_id", "subject", "description", "key"}),
    "update_case": frozenset({"contact_id", "case_id", "status"}),
}


def check(queries: Queries) -> None:
    """Raises ConfigError for a query that lacks a parameter, has another, or a `%` that is not doubled."""
    for name, needed in _NEEDED.items():
        text: str = getattr(queries, name)
        used = set(_PARAMETER.findall(text))
        if used != needed:
            wanted = ", ".join(f"%({parameter})s" for parameter in sorted(needed))
            raise ConfigError(f"settings of the SQL connector: queries.{name} must use exactly {wanted}")
        if _OTHER_PERCENT.search(text.replace("%%", "")):
            raise ConfigError(f"settings of the SQL connector: queries.{name} must write a percent sign as %%")
