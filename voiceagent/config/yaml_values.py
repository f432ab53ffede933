"""Typed values out of YAML nodes, collecting every problem with its place instead of stopping at the first."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar

import yaml

_TextEnum = TypeVar("_TextEnum", bound=StrEnum)
_QUOTING: Final = "and put a text that begins with [ or { or holds a colon in quotes"
_NUMBERS = {"tag:yaml.org,2002:int", "tag:yaml.org,2002:float"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong where, and what to do about it. line and column count from 1."""

    line: int
    column: int
    text: str

    def __str__(self) -> str:
        return f"{self.line}:{self.column}: {self.text}"


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint at what may have been meant: the nearest known word, else all of them."""
    choices = sorted(known)
    close = difflib.get_close_matches(word, choices, n=1, cutoff=0.6)
    if close:
        return f"did you mean '{close[0]}'?"
    return f"known: {', '.join(choices)}" if choices else "none is defined"


def not_yaml(failure: yaml.YAMLError, source: str) -> Problem:
    """What the YAML parser stumbled over, with its place."""
    line, column, text = 1, 1, str(failure)
    if isinstance(failure, yaml.MarkedYAMLError):
        mark = failure.problem_mark or failure.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        text = f"{failure.problem or failure.context}; check indentation, {_QUOTING}"
    elif isinstance(failure, yaml.reader.ReaderError):
        before = source[: failure.position]
        line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
        text = f"an invisible control character (code {failure.character}); delete it"
    return Problem(line=line, column=column, text=f"this is not YAML: {text}")


class YamlValues:
    """Reads nodes; `problems` grows. Every method answers with a usable value, so that reading goes on."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def complain(self, node: yaml.Node | None, text: str) -> None:
        """Note a problem at a node (at the start of the file without one)."""
        line, column = (node.start_mark.line + 1, node.start_mark.column + 1) if node is not None else (1, 1)
        self.problems.append(Problem(line=line, column=column, text=text))

    def entries(self, node: yaml.Node | None, where: str) -> dict[str, yaml.Node]:
        """A mapping's values by key; doubled keys are a problem, the first one counts."""
        if node is None or _is_empty(node):
            return {}
        if not isinstance(node, yaml.MappingNode):
            self.complain(node, f"{where} must be a mapping of `key: value` lines")
            return {}
        found: dict[str, yaml.Node] = {}
        for key_node, value in node.value:
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else ""
            if not key:
                self.complain(key_node, f"{where}: a key must be a word")
            elif key in found:
                first = found[key].start_mark.line + 1
                self.complain(key_node, f"{where}: '{key}' is defined twice (first in line {first}); keep one of them")
            else:
                found[key] = value
        return found

    def section(self, node: yaml.Node | None, where: str, known: Iterable[str]) -> dict[str, yaml.Node]:
        """A mapping with a fixed set of keys."""
        names = set(known)
        entries = self.entries(node, where)
        if isinstance(node, yaml.MappingNode):
            for key_node, _ in node.value:
                key = str(key_node.value)
                if key not in names:
                    self.complain(key_node, f"{where}: unknown key '{key}'; {nearest(key, names)}")
        return {key: value for key, value in entries.items() if key in names}

    def text(self, entries: Mapping[str, yaml.Node], key: str, where: str, default: str = "") -> str:
        """A string; surrounding blanks and line breaks are folded."""
        node = entries.get(key)
        if node is None:
            return default
        if not isinstance(node, yaml.ScalarNode):
            self.complain(node, f"{where}.{key} must be a text")
            return default
        return " ".join(str(node.value).split())

    def required_text(
        self, entries: Mapping[str, yaml.Node], key: str, where: str, section: yaml.Node | None, remedy: str
    ) -> str:
        """A string that must not be empty."""
        value = self.text(entries, key, where)
        if not value and not isinstance(entries.get(key), yaml.CollectionNode):
            self.complain(entries.get(key, section), f"{where}.{key} is missing or empty; {remedy}")
        return value

    def texts(
        self, entries: Mapping[str, yaml.Node], key: str, where: str, default: tuple[str, ...] = ()
    ) -> tuple[str, ...]:
        """A list of strings; a single string is a list of one."""
        node = entries.get(key)
        if node is None:
            return default
        if isinstance(node, yaml.ScalarNode):
            return (" ".join(node.value.split()),) if node.value.strip() else ()
        if not isinstance(node, yaml.SequenceNode):
            self.complain(node, f"{where}.{key} must be a list of texts")
            return default
        return tuple(self._item(item, f"{where}.{key}") for item in node.value)

    def number(
        self, entries: Mapping[str, yaml.Node], key: str, where: str, default: float, bounds: tuple[float, float]
    ) -> float:
        """A number within bounds, ends included."""
        node = entries.get(key)
        if node is None:
            return default
        low, high = bounds
        value = _number(node)
        if value is None:
            self.complain(node, f"{where}.{key} must be a number from {low:g} to {high:g}")
            return default
        if not low <= value <= high:
            self.complain(node, f"{where}.{key} is {value:g}; it must be from {low:g} to {high:g}")
            return default
        return value

    def whole(
        self, entries: Mapping[str, yaml.Node], key: str, where: str, default: int, bounds: tuple[int, int]
    ) -> int:
        """A whole number within bounds, ends included."""
        value = self.number(entries, key, where, default, bounds)
        if value != int(value):
            self.complain(entries.get(key), f"{where}.{key} is {value:g}; it must be a whole number")
        return int(value)

    def yes_or_no(self, entries: Mapping[str, yaml.Node], key: str, where: str, *, default: bool) -> bool:
        """`true` or `false`, and nothing that only looks like it."""
        node = entries.get(key)
        if node is None:
            return default
        word = node.value if isinstance(node, yaml.ScalarNode) else ""
        if word not in ("true", "false"):
            self.complain(node, f"{where}.{key} must be true or false")
            return default
        return bool(word == "true")

    def one_of(
        self, entries: Mapping[str, yaml.Node], key: str, where: str, kind: type[_TextEnum], default: _TextEnum
    ) -> _TextEnum:
        """A member of an enumeration."""
        node = entries.get(key)
        if node is None:
            return default
        word = self.text(entries, key, where)
        if word in {str(member) for member in kind}:
            return kind(word)
        # YAML 1.1 reads a bare off as false, but the node keeps the word, so this is only for real mistakes
        self.complain(node, f"{where}.{key} is '{word}'; {nearest(word, [str(member) for member in kind])}")
        return default

    def _item(self, node: yaml.Node, where: str) -> str:
        if isinstance(node, yaml.ScalarNode) and node.value.strip():
            return " ".join(node.value.split())
        self.complain(node, f"{where} has an item that is not a text; put it in quotes or delete it")
        return ""


def _number(node: yaml.Node) -> float | None:
    if not isinstance(node, yaml.ScalarNode) or node.tag not in _NUMBERS:
        return None
    try:
        return float(node.value)
    except ValueError:  # YAML knows numbers that float() does not, such as 1:30
        return None


def _is_empty(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and not node.value.strip()
