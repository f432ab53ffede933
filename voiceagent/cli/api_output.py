"""How calls and events look in a terminal."""

import json
from typing import Any

from rich.console import Console
from rich.table import Table

_console = Console()


def print_calls(page: dict[str, Any]) -> None:
    """One line a call, newest first."""
    table = Table("call", "started", "status", "from", "to", "ended")
    for call in page.get("items", page.get("data", [])):
        ended = call.get("ended_reason") or ""
        table.add_row(
            call["id"], call["started_at"][:19], call["status"], call.get("from") or "", call.get("to") or "", ended
        )
    _console.print(table)


def print_keys(keys: list[dict[str, Any]]) -> None:
    """One line a key, oldest first."""
    table = Table("key", "name", "begins with", "until", "last used", "scopes")
    for key in keys:
        until = "revoked" if key["revoked_at"] else (key["expires_at"] or "")[:10]
        used = (key["last_used_at"] or "never")[:16]
        table.add_row(key["id"], key["name"], key["prefix"], until, used, " ".join(key["scopes"]))
    _console.print(table)


def print_event(data: str) -> None:
    """One line an event."""
    event = json.loads(data)
    fields = " ".join(f"{name}={value}" for name, value in event.get("data", {}).items() if value not in ("", None))
    _console.print(f"[dim]{event.get('seq', '')}[/dim] [bold]{event.get('type', '')}[/bold] {fields}", highlight=False)
