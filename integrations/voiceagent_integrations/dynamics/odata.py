"""Making OData filters out of parts: values are quoted here and nowhere else.

OData URL conventions 4.01, 5.1.1.14.1: a quote within a string is doubled; nothing else has a meaning there.
"""

import re
import uuid
from collections.abc import Mapping
from typing import Final

from voiceagent.core.errors import ConfigError, NotFound

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_GUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_OURS: Final = uuid.UUID("7b0f6d6c-5c0b-5d0e-9d53-7f1f5f0c2a11")  # the namespace of ids made from keys


def quoted(value: str) -> str:
    """An OData string literal of any text."""
    return "'" + value.replace("'", "''") + "'"


def name(text: str) -> str:
    """A column name from the settings. Raises ConfigError for anything else."""
    if not _NAME.fullmatch(text):
        raise ConfigError(f"{text!r} is not the logical name of a Dataverse column")
    return text


def is_guid(text: str) -> bool:
    return _GUID.fullmatch(text) is not None


def any_of(values: Mapping[str, str]) -> str:
    """`a eq 'x' or b eq 'y'`."""
    return " or ".join(f"{name(column)} eq {quoted(value)}" for column, value in values.items())


def all_of(ids: Mapping[str, str], values: Mapping[str, str]) -> str:
    """`_a_value eq <guid> and b eq 'y'`. Raises NotFound for an id that is no GUID."""
    if not all(is_guid(guid) for guid in ids.values()):
        raise NotFound("no record of Dynamics has such an id")
    same_id = [f"{name(column)} eq {guid}" for column, guid in ids.items()]
    same_text = [f"{name(column)} eq {quoted(value)}" for column, value in values.items()]
    return " and ".join([*same_id, *same_text])


def id_of(key: str) -> str:
    """The id that a record written with this key has: the same key names the same record (RFC 9562, UUIDv5)."""
    return str(uuid.uuid5(_OURS, key))
