"""The part of OData filters that the connector emits: `a eq 'x' and _b_value eq <guid>`; anything else is refused."""

import re

_CONDITION = re.compile(r"(\w+) eq (?:'((?:[^']|'')*)'|([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}))", re.ASCII)
_JOINT = re.compile(r" (and|or) ")


class Malformed(Exception):
    """0x80060888: the server answers 400."""


def parse(text: str) -> tuple[list[tuple[str, str, bool]], bool]:
    """Conditions as (column, value, whether it is an id), and whether one of them is enough. Raises Malformed."""
    found: list[tuple[str, str, bool]] = []
    joints: set[str] = set()
    at = 0
    while True:
        condition = _CONDITION.match(text, at)
        if condition is None:
            raise Malformed(f"Syntax error at position {at}")
        is_id = condition[3] is not None
        found.append((condition[1], condition[3] if is_id else condition[2].replace("''", "'"), is_id))
        at = condition.end()
        if at == len(text):
            return found, "or" in joints
        joint = _JOINT.match(text, at)
        if joint is None or joints - {joint[1]}:
            raise Malformed(f"Syntax error at position {at}")
        joints.add(joint[1])
        at = joint.end()
