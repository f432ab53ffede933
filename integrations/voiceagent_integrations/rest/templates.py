"""Filling `{name}` in paths, parameters and bodies: what is filled in is never read again, nor as anything but text."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from voiceagent.core.errors import ConfigError
from voiceagent_integrations.http import urls

_HOLE: Final = re.compile(r"\{([a-z_]+)\}", re.ASCII)


def fill(template: str, values: Mapping[str, str]) -> str:
    """The text with its holes filled."""
    return _HOLE.sub(lambda hole: values[hole[1]], template)


def fill_path(template: str, values: Mapping[str, str]) -> str:
    """A path whose filled segments stay segments. Raises NotFound for a value that would lead elsewhere."""
    return _HOLE.sub(lambda hole: urls.path(values[hole[1]])[1:], template)


def fill_body(template: Any, values: Mapping[str, str]) -> Any:
    """A JSON value with the holes of its texts filled."""
    if isinstance(template, str):
        return fill(template, values)
    if isinstance(template, Mapping):
        return {name: fill_body(value, values) for name, value in template.items()}
    if isinstance(template, list):
        return [fill_body(value, values) for value in template]
    return template


def holes(template: Any) -> Iterator[str]:
    """The names in it."""
    if isinstance(template, str):
        yield from (hole[1] for hole in _HOLE.finditer(template))
    elif isinstance(template, Mapping):
        for value in template.values():
            yield from holes(value)
    elif isinstance(template, list):
        for value in template:
            yield from holes(value)


def check(setting: str, templates: tuple[Any, ...], *, known: frozenset[str], needed: frozenset[str]) -> None:
    """Raises ConfigError when a hole has no value, or a value that must be sent has no hole."""
    found = {name for template in templates for name in holes(template)}
    if found - known:
        raise ConfigError(f"{setting} has the unknown placeholder {{{min(found - known)}}}; known: {sorted(known)}")
    if needed - found:
        raise ConfigError(f"{setting} must use {{{min(needed - found)}}}")
