"""The tools of a process by name."""

from collections.abc import Iterable, Iterator

from voiceagent.background.tools import Tool
from voiceagent.core.errors import ConfigError, NotFound


class ToolRegistry:
    """The tools of this process by name."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        self._tools: dict[str, Tool] = {}
        for one in tools:
            if one.name in self._tools:
                raise ConfigError(
                    f"two tools are called {one.name}: rename {one.place} or {self._tools[one.name].place}"
                )
            self._tools[one.name] = one

    def get(self, name: str) -> Tool:
        """The tool of that name. Raises NotFound."""
        if name not in self._tools:
            raise NotFound(f"there is no tool {name!r}; known: {', '.join(sorted(self._tools)) or 'none'}")
        return self._tools[name]

    def find(self, name: str) -> Tool | None:
        """The tool of that name, None when it is not there."""
        return self._tools.get(name)

    def __iter__(self) -> Iterator[Tool]:
        return iter(self._tools.values())
