"""Making SOQL out of parts: values are quoted here and nowhere else.

https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_select_quotedstringescapes.htm
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from voiceagent.core.errors import ConfigError

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*", re.ASCII)
_ESCAPES: Final = {
    "\\": "\\\\",
    "'": "\\'",
    '"': '\\"',
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\b": "\\b",
    "\f": "\\f",
}


def quoted(value: str) -> str:
    """A SOQL string literal of any text."""
    return "'" + "".join(_ESCAPES.get(character, character) for character in value) + "'"


def name(text: str) -> str:
    """A field or object name from the settings. Raises ConfigError for anything else."""
    if not _NAME.fullmatch(text):
        raise ConfigError(f"{text!r} is not the API name of a Salesforce field or object")
    return text


def select(
    fields: Sequence[str],
    source: str,
    *,
    all_of: Mapping[str, str] | None = None,
    any_of: Mapping[str, str] | None = None,
    newest_by: str = "",
) -> str:
    """`SELECT ... FROM source WHERE a = 'x' AND b = 'y'` (or `OR`), at most 50 rows. Fields may be subqueries."""
    joint, wanted = (" AND ", all_of) if all_of else (" OR ", any_of or {})
    conditions = joint.join(f"{name(field)} = {quoted(value)}" for field, value in wanted.items())
    order = f" ORDER BY {name(newest_by)} DESC" if newest_by else ""
    return f"SELECT {', '.join(fields)} FROM {name(source)} WHERE {conditions}{order} LIMIT 50"  # noqa: S608 - quoted
