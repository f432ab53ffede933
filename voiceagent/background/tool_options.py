"""What may stand in `@tool(...)`: Python takes anything there, and it would be found in the middle of a call."""

import re
from enum import StrEnum

from voiceagent.core.errors import ConfigError

_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")


def check_options(bare: tuple[object, ...], name: object, timeout_s: object, retries: object) -> None:
    """Types and ranges. Raises ConfigError that says what to write. bare: what was given without its name."""
    if bare or not name:
        raise ConfigError(
            'a tool needs a name and an effect: write @tool(name="crm.lookup_customer", effect=Effect.READ)'
        )
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ConfigError(f"tool name {name!r} is not like `crm.lookup_customer`: lower case, at least one dot")
    if not isinstance(timeout_s, int | float) or isinstance(timeout_s, bool) or not timeout_s > 0:
        raise ConfigError(f"tool {name} has the timeout {timeout_s!r}: write seconds above 0, like timeout_s=3")
    if not isinstance(retries, int) or isinstance(retries, bool) or retries < 0:
        raise ConfigError(f"tool {name} has {retries!r} retries: write a whole number, like retries=1")


def check_effect(name: str, effect: object, effects: type[StrEnum]) -> None:
    """One of the effects that there are, no text that looks like one. Raises ConfigError that says what to write."""
    if not isinstance(effect, effects):
        wrong = f"has the effect {effect!r}" if effect is not None else "says no effect"
        *others, last = (f"Effect.{one.name}" for one in effects)
        raise ConfigError(f"tool {name} {wrong}: write effect={', '.join(others)} or {last}")
