"""Encoded queries: values that could be read as more than a value are not sent.

`^` joins conditions and has no escape that is documented for every release, and a value that begins with `javascript:`
is run as a script, so values are held to characters that mean nothing.
https://www.servicenow.com/docs/bundle/zurich-platform-user-interface/page/use/using-lists/concept/c_EncodedQueryStrings.html
"""

import re
from collections.abc import Mapping
from typing import Final

_NAME: Final = re.compile(r"[a-z][a-z0-9_.]*", re.ASCII)
_VALUE: Final = re.compile(r"[\w+@./#() -]{1,200}")


def encoded(*, all_of: Mapping[str, str], newest_by: str = "") -> str | None:
    """`a=x^b=y^ORDERBYDESCc`. None when a value has characters that no id, number or key has: nothing can match."""
    return _joined("^", all_of, newest_by)


def encoded_any(wanted: Mapping[str, str]) -> str | None:
    """`a=x^ORb=y`, else as `encoded`."""
    return _joined("^OR", wanted, "")


def _joined(joint: str, wanted: Mapping[str, str], newest_by: str) -> str | None:
    if not all(_VALUE.fullmatch(value) for value in wanted.values()):
        return None
    return joint.join(f"{field}={value}" for field, value in wanted.items()) + (
        f"^ORDERBYDESC{newest_by}" if newest_by else ""
    )


def is_name(text: str) -> bool:
    """Whether the settings name a field or table that ServiceNow could have."""
    return _NAME.fullmatch(text) is not None
