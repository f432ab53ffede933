"""Reading a connector's settings: wrong ones are named, secret ones never shown."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import msgspec

from voiceagent.core.errors import ConfigError

_S = TypeVar("_S", bound=msgspec.Struct)


class Secret:
    """A value that neither `repr` nor `str` tells; only `reveal` does."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value: Final = value

    def reveal(self) -> str:
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return "Secret(***)" if self._value else "Secret()"


NO_SECRET: Final = Secret("")


def read_settings(kind: type[_S], given: Mapping[str, Any], *, name: str) -> _S:
    """`given` as `kind`, where "3" is a fine number. `name` is the connector's, for the message. Raises ConfigError."""
    try:
        return msgspec.convert(dict(given), kind, strict=False, dec_hook=_decode)
    except (msgspec.ValidationError, ConfigError) as error:
        raise ConfigError(f"settings of the {name} connector: {error}") from None  # a cause might quote a secret


def _decode(kind: type[Any], value: object) -> object:
    if kind is not Secret:
        raise ConfigError(f"{kind.__name__} cannot be read from settings")
    if not isinstance(value, str):
        raise ConfigError("a secret must be text")
    return Secret(value)
