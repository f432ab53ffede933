"""CSV (RFC 4180) that a spreadsheet opens without running anything: what callers said or are called is in it."""

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

# What makes a spreadsheet calculate, also in its wide form, and what it may cut off first (OWASP, "CSV Injection").
# Where a comma is a decimal sign, a spreadsheet takes every line apart at its semicolons and does not know our quotes:
# what follows a semicolon, a tab or the end of a line in the words begins a cell too.
_FORMULA: Final = re.compile(r"(^|[;\t\r\n])(?=[^\S\t\r\n]*[=+\-@＝＋－＠])|^(?=[\t\r\n])")  # noqa: RUF001 - the wide forms are meant


def csv_line(names: Sequence[str], row: Mapping[str, Any] | None = None) -> bytes:
    """One line of UTF-8; the header when there is no row."""
    line = io.StringIO()
    csv.writer(line).writerow(names if row is None else [cell(row[name]) for name in names])
    return line.getvalue().encode()


def cell(value: Any) -> str:
    """The text of a cell. An apostrophe is put before what would be read as a formula, also behind spaces."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)
    return _FORMULA.sub(r"\g<1>'", text)
