"""What a type is made of. Pure."""

import typing
from collections.abc import Iterator


def mentions(hint: object, kinds: tuple[object, ...], seen: tuple[object, ...] = ()) -> bool:
    """Whether one of `kinds` is the hint or stands anywhere in it: in a union, an alias, a field, or as a base class.

    >>> mentions(int | None, (int,)), mentions(list[str], (int,))
    (True, False)
    """
    if any(hint is one for one in seen):
        return False
    classes = tuple(kind for kind in kinds if isinstance(kind, type))
    if any(hint is kind for kind in kinds) or (isinstance(hint, type) and issubclass(hint, classes)):
        return True
    return any(mentions(part, kinds, (*seen, hint)) for part in _parts(hint))


def _parts(hint: object) -> Iterator[object]:
    yield from typing.get_args(hint)
    for behind in ("__value__", "__supertype__"):  # `type X = ...`, NewType
        if hasattr(hint, behind):
            yield getattr(hint, behind)
    if isinstance(hint, list):  # the arguments of a Callable
        yield from hint
    if isinstance(hint, type) and getattr(hint, "__annotations__", None):
        yield from typing.get_type_hints(hint, include_extras=True).values()
