"""Finding CRM connectors by name: each is an entry point of the group `voiceagent.crm`, installed with its package."""

from importlib.metadata import EntryPoint, entry_points

from voiceagent.background.crm import OpenConnector
from voiceagent.core.errors import ConfigError

GROUP = "voiceagent.crm"


def installed_connectors() -> tuple[str, ...]:
    """Names that `find_connector` knows."""
    return tuple(sorted(point.name for point in entry_points(group=GROUP)))


def find_connector(name: str) -> OpenConnector:
    """The connector's opener: `async with find_connector("demo")(settings) as crm`. Raises ConfigError."""
    for point in entry_points(group=GROUP):
        if point.name == name:
            return _load(point)
    known = ", ".join(installed_connectors()) or "none"
    raise ConfigError(f"no CRM connector is called {name!r}; installed: {known}")


def _load(point: EntryPoint) -> OpenConnector:
    try:
        opener: OpenConnector = point.load()
    except ImportError as error:
        raise ConfigError(f"CRM connector {point.name} is installed but cannot be imported: {error}") from error
    return opener
