"""Finds log calls that break the rules of voiceagent/config/logging.py, in the syntax tree of a module."""

import ast
from collections.abc import Iterator

_LEVELS = frozenset({"debug", "info", "warning", "error", "exception", "critical", "log"})
_BINDERS = frozenset({"bind", "new", "bound_contextvars", "bind_contextvars"})

# Field names that hold, or are likely to hold, something about a person or something a person said.
_PERSONAL_NAMES = """
    address answer arguments body callee caller contact conversation customer digit digits display_name e164 email
    first_name from_ from_uri header headers heard ip last_name line message number offer package peer phone planned
    played remote request_uri result said say sdp slots source spoken text to to_uri transcript uri user username
    utterance words
"""
_PERSONAL = frozenset(_PERSONAL_NAMES.split())


def problems(source: str) -> list[str]:
    """`line: what is wrong` for each log call of a module that breaks a rule."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom) and _imports_logging(node):
            found.append(f"{node.lineno}: use structlog, not the standard library's logging")
        if isinstance(node, ast.Call):
            found += [f"{node.lineno}: {problem}" for problem in _problems_of_call(node)]
    return found


def _imports_logging(node: ast.Import | ast.ImportFrom) -> bool:
    names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
    return any(name.split(".")[0] == "logging" for name in names)


def _problems_of_call(call: ast.Call) -> Iterator[str]:
    if not isinstance(call.func, ast.Attribute):
        return
    is_log, is_binding = call.func.attr in _LEVELS, call.func.attr in _BINDERS
    if not (is_log or is_binding) or not _is_about_logging(call.func):
        return
    if is_log and not (call.args and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)):
        yield "the event text must be constant; put values into fields"
    if is_log and len(call.args) > 1:
        yield "values belong into named fields, not behind the text"
    for keyword in call.keywords:
        if keyword.arg is None:
            yield "write the fields out: ** hides their names"
        elif keyword.arg in _PERSONAL:
            yield f"field {keyword.arg!r} looks personal: call it 'pii_{keyword.arg}'"


def _is_about_logging(function: ast.Attribute) -> bool:
    """As in `log.info`, `self._log.bind(...).info`, `structlog.get_logger().info`, `structlog.contextvars.bind_...`."""
    target: ast.expr = function.value
    while isinstance(target, ast.Call):
        target = target.func
    names = []
    while isinstance(target, ast.Attribute):
        names.append(target.attr)
        target = target.value
    names.append(target.id if isinstance(target, ast.Name) else "")
    return any(name.lower().rstrip("_").endswith(("log", "logger", "structlog", "contextvars")) for name in names)
