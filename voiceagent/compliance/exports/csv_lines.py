"""CSV (RFC 4180) that a spreadsheet opens without running anything: what callers said or are called is in it."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

# What makes a spreadsheet calculate, also in its wide form, and what it may cut off first (OWASP, "CSV Injection")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - the wide forms are meant


def csv_line(names: Sequence[str], row: Mapping[str, Any] | None = None) -> bytes:
    """One line of UTF-8; the header when there is no row."""
    line = io.StringIO()
    csv.writer(line).writerow(names if row is None else [cell(row[name]) for name in names])
    return line.getvalue().encode()


def cell(value: Any) -> str:
    """The text of a cell. Text that would be read as a formula is preceded by an apostrophe, also behind spaces."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)
    return f"'{text}" if text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA) else text
