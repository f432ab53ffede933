"""Reads the part of the JSpeech Grammar Format (W3C Note, June 2000) that a closed grammar needs. Pure.

Rules, sequences, alternatives with `/weights/`, groups, optional parts and `*` `+` repeats. No tags, no imports, no
recursion.
"""

import re
from dataclasses import dataclass

from voiceagent.core.errors import BadInput

_TOKEN = re.compile(r"/[0-9.eE+-]+/|<[^<>\s]+>|[()\[\]|*+]|[^\s()\[\]|*+<>]+")
_RULE = re.compile(r"(public\s+)?<([^<>\s]+)>\s*=\s*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Said:
    """One word."""

    word: str


@dataclass(frozen=True, slots=True)
class Weight:
    """The likelihood, in (0, 1], of what follows in the sequence."""

    value: float


@dataclass(frozen=True, slots=True)
class Rule:
    """A reference to another rule."""

    name: str


@dataclass(frozen=True, slots=True)
class Sequence:
    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class OneOf:
    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """`least` 0 or 1 times; again and again when `loop`."""

    item: "Node"
    least: int
    loop: bool


Node = Said | Weight | Rule | Sequence | OneOf | Repeat


@dataclass(frozen=True, slots=True)
class Grammar:
    """Rules by name and the name of the public one."""

    rules: dict[str, Node]
    public: str


def parse_jsgf(text: str) -> Grammar:
    """A grammar from its source. Raises BadInput that names the rule."""
    rules: dict[str, Node] = {}
    public = ""
    for statement in text.replace("#JSGF V1.0;", "").split(";"):
        match = _RULE.fullmatch(statement.strip())
        if match is None:
            if statement.strip() and not statement.strip().startswith("grammar "):
                raise BadInput(f"'{statement.strip()[:40]}' is no JSGF rule; write `<name> = words;`")
            continue
        name = match[2]
        rules[name] = _Reader(name, _TOKEN.findall(match[3])).read()
        public = name if match[1] else public
    if not public:
        raise BadInput("the grammar has no public rule; put `public` before the one to start with")
    return Grammar(rules=rules, public=public)


class _Reader:
    """Recursive descent over one rule's right side."""

    def __init__(self, name: str, tokens: list[str]) -> None:
        self._name = name
        self._tokens = tokens
        self._next = 0

    def read(self) -> Node:
        node = self._alternatives()
        if self._next < len(self._tokens):
            raise BadInput(f"rule <{self._name}>: '{self._tokens[self._next]}' does not belong here")
        return node

    def _peek(self) -> str:
        return self._tokens[self._next] if self._next < len(self._tokens) else ""

    def _take(self) -> str:
        self._next += 1
        return self._tokens[self._next - 1]

    def _alternatives(self) -> Node:
        items = [self._sequence()]
        while self._peek() == "|":
            self._take()
            items.append(self._sequence())
        return items[0] if len(items) == 1 else OneOf(tuple(items))

    def _sequence(self) -> Node:
        items: list[Node] = []
        while self._peek() not in {"", "|", ")", "]"}:
            items.append(self._repeated())
        if not items:
            raise BadInput(f"rule <{self._name}> has an empty alternative")
        return items[0] if len(items) == 1 else Sequence(tuple(items))

    def _repeated(self) -> Node:
        node = self._single()
        while self._peek() in {"*", "+"}:
            node = Repeat(node, least=0 if self._take() == "*" else 1, loop=True)
        return node

    def _single(self) -> Node:
        head = self._take()
        if head == "(":
            return self._closed(")")
        if head == "[":
            return Repeat(self._closed("]"), least=0, loop=False)
        if head in {"*", "+"}:
            raise BadInput(f"rule <{self._name}>: '{head}' repeats nothing")
        if head.startswith("/"):
            return self._weight(head)
        return Rule(head[1:-1]) if head.startswith("<") else Said(head)

    def _weight(self, token: str) -> Weight:
        try:
            value = float(token.strip("/"))
        except ValueError:
            value = 0.0
        if not 0.0 < value <= 1.0:
            raise BadInput(f"rule <{self._name}>: the weight {token} must be above 0 and at most 1")
        return Weight(value)

    def _closed(self, bracket: str) -> Node:
        node = self._alternatives()
        if self._peek() != bracket:
            raise BadInput(f"rule <{self._name}>: a '{bracket}' is missing")
        self._take()
        return node
