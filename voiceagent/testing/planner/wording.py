"""What a set's wording consists of: templates by line, and what people say on every line."""

import msgspec


class CommonWording(msgspec.Struct, frozen=True, kw_only=True):
    """remarks stand before, asides behind what is meant."""

    corrections: tuple[str, ...]
    yes: tuple[str, ...]
    no: tuple[str, ...]
    remarks: tuple[str, ...]
    asides: tuple[str, ...]
    goodbyes: tuple[str, ...]
    person: tuple[str, ...]


class LineWording(msgspec.Struct, frozen=True, kw_only=True):
    """opening has no value in it, opening_with all of them. changes: another value at the read-back."""

    line: str
    intent: str
    opening: tuple[str, ...]
    opening_with: tuple[str, ...]
    answers: dict[str, tuple[str, ...]]
    changes: tuple[str, ...] = ()
    digressions: tuple[tuple[str, tuple[str, ...]], ...] = ()
