"""The read-back of a change that a model wants: our words around its values. Pure.

What is committed is what was heard: an argument that the read-back does not tell is not taken, and a value that could
pass for a sentence of ours is not told.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, time
from typing import Any, Final

from voiceagent.background.language_model.offers import Offered
from voiceagent.background.rendering import SPELLED, MissingField, fields, render
from voiceagent.background.tool_results import clean_text, json_ready
from voiceagent.conversation.profile import AgentProfile, SlotSpec, SlotType
from voiceagent.core.errors import BadInput

_LONGEST_VALUE: Final = 60  # characters: more is not taken in by ear
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")  # as slots write them
_TIME: Final = re.compile(r"\d\d:\d\d")
_SENTENCE: Final = re.compile(
    r"[?!;{}\[\]\u2026\u203c-\u203d\u2047-\u2049\u3002\uff01\uff0e\uff1b\uff1f\uff61]|[.:](\s|$)"
)  # those of other scripts too


def read_back(offered: Offered, profile: AgentProfile, arguments: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """The arguments to be committed and the question that tells all of them. Raises BadInput with the rule broken."""
    if offered.intent is None:
        raise BadInput("the profile has no words to read it back")
    valid = offered.tool.validate(arguments)
    told = {name: value for name, value in arguments.items() if name in offered.told}
    if offered.tool.validate(told) != valid:
        untold = ", ".join(sorted(name for name in arguments if name not in offered.told))
        raise BadInput(f"its read-back does not tell {untold}")
    said = json_ready({name: valid[name] for name in told})
    asked = fields(offered.intent.confirm)
    for name, value in said.items():
        _check_tellable(name, value, profile.slots.get(name))
        if f"{name}{SPELLED}" in asked:
            _check_spellable(name, value)
        if value is not None and not _is_heard(offered.intent.confirm, said, name):
            raise BadInput(f"its read-back needs {name}, and what was given cannot be said")
    try:
        return valid, render(offered.intent.confirm, said)
    except MissingField as missing:
        raise BadInput(f"its read-back needs {missing.field}") from missing


def _check_tellable(name: str, value: object, slot: SlotSpec | None) -> None:
    """A slot of the same name says what a value of it looks like, whoever gives it."""
    if isinstance(value, list | dict):
        raise BadInput(f"{name} cannot be read back")
    if isinstance(value, str) and (
        value != clean_text(value) or len(value) > _LONGEST_VALUE or _SENTENCE.search(value)
    ):
        raise BadInput(f"{name} is not a plain short value")
    if slot is not None and value is not None and not _fits(slot, str(value)):
        raise BadInput(f"{name} is none of the profile's values")


def _check_spellable(name: str, value: object) -> None:
    """One character at a time a minus, a point or a star would not be heard."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        if value < 0 or not isinstance(value, int):
            raise BadInput(f"{name} is no plain number, which is all that can be spelled")
    elif isinstance(value, str) and not (_is_day_or_time(value) or value.replace(" ", "").isalnum()):
        raise BadInput(f"{name} has characters that cannot be spelled")


def _is_heard(template: str, said: Mapping[str, object], name: str) -> bool:
    """Whether the words would be others without it: they may be left out where a value says nothing."""
    try:
        return render(template, said) != render(template, {one: value for one, value in said.items() if one != name})
    except MissingField:
        return True


def _is_day_or_time(value: str) -> bool:
    if _DAY.fullmatch(value):
        return _is_read(date.fromisoformat, value)
    return _TIME.fullmatch(value) is not None and _is_read(time.fromisoformat, value)


def _fits(slot: SlotSpec, value: str) -> bool:
    match slot.type:
        case SlotType.DIGITS:
            return value.isascii() and value.isdecimal() and slot.min_length <= len(value) <= slot.max_length
        case SlotType.CHOICE:
            return value in slot.choices
        case SlotType.YES_NO:
            return value in ("yes", "no", "True", "False")
        case SlotType.DATE:
            return _DAY.fullmatch(value) is not None and _is_read(date.fromisoformat, value)
        case SlotType.TIME:
            return _TIME.fullmatch(value) is not None and _is_read(time.fromisoformat, value)
        case SlotType.NAME:
            return all(letter.isalpha() or letter in " '-" for letter in value)


def _is_read(read: Callable[[str], object], value: str) -> bool:
    try:
        read(value)
    except ValueError:  # the 31st of February
        return False
    return True
