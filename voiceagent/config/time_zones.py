"""Time zones by their IANA names, from the machine's own tables."""

from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from voiceagent.core.errors import ConfigError


def time_zone(name: str) -> tzinfo:
    """The zone of that name; UTC needs no tables. Raises ConfigError."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as failure:
        raise ConfigError(
            f"timezone '{name}' is not known here; write one like Europe/London (and install tzdata if that is missing)"
        ) from failure
