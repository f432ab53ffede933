"""The part of SOQL that the connector emits, parsed as Salesforce documents it; anything else is malformed.

https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_select.htm
"""

import re
from dataclasses import dataclass

_ESCAPES = {"\\": "\\", "'": "'", '"': '"', "n": "\n", "N": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_TOKEN = re.compile(
    r"""\s*(?:(?P<word>[A-Za-z0-9_][A-Za-z0-9_.]*)|(?P<mark>[(),=])|'(?P<text>(?:[^'\\]|\\.)*)')""", re.DOTALL
)


class Malformed(Exception):
    """MALFORMED_QUERY."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """`conditions` are (field, value); `any_of` says that one of them is enough."""

    fields: tuple[str, ...]
    source: str
    conditions: tuple[tuple[str, str], ...]
    any_of: bool
    newest_by: str
    limit: int


def parse(soql: str) -> Query:
    """Raises Malformed."""
    parser = _Parser(_tokens(soql))
    parser.keyword("SELECT")
    fields = parser.fields()
    parser.keyword("FROM")
    source = parser.word()
    parser.keyword("WHERE")
    conditions, joints = parser.conditions()
    newest_by = ""
    if parser.found("ORDER"):
        parser.keyword("BY")
        newest_by = parser.word()
        parser.keyword("DESC")
    parser.keyword("LIMIT")
    limit = parser.word()
    parser.end()
    if len(joints) > 1:
        raise Malformed("AND and OR need brackets")
    return Query(
        fields=fields,
        source=source,
        conditions=conditions,
        any_of="OR" in joints,
        newest_by=newest_by,
        limit=int(limit),
    )


def _tokens(soql: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while soql[at:].strip():
        match = _TOKEN.match(soql, at)
        if match is None:
            raise Malformed(f"unexpected token at {at}")
        kind = str(match.lastgroup)
        found.append((kind, _unescaped(match[kind]) if kind == "text" else match[kind]))
        at = match.end()
    return found


def _unescaped(text: str) -> str:
    if "\n" in text or "\r" in text:
        raise Malformed("line breaks must be escaped")

    def plain(match: re.Match[str]) -> str:
        if match[1] not in _ESCAPES:
            raise Malformed("illegal escape")
        return _ESCAPES[match[1]]

    return re.sub(r"\\(.)", plain, text, flags=re.DOTALL)


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens

    def _take(self, kind: str) -> str:
        if not self._tokens or self._tokens[0][0] != kind:
            raise Malformed(f"expected a {kind}")
        return self._tokens.pop(0)[1]

    def word(self) -> str:
        return self._take("word")

    def keyword(self, name: str) -> None:
        if self.word().upper() != name:
            raise Malformed(f"expected {name}")

    def found(self, name: str) -> bool:
        """Take the keyword or mark if it comes next."""
        if self._tokens and self._tokens[0][0] != "text" and self._tokens[0][1].upper() == name:
            self._tokens.pop(0)
            return True
        return False

    def fields(self) -> tuple[str, ...]:
        """Names; a subquery `(SELECT a.b FROM c LIMIT 1)` is named `(c)`."""
        found = []
        while True:
            if self.found("("):
                while not self.found("FROM"):
                    self._tokens.pop(0)
                found.append(f"({self.word()})")
                while not self.found(")"):
                    self._tokens.pop(0)
            else:
                found.append(self.word())
            if not self.found(","):
                return tuple(found)

    def conditions(self) -> tuple[tuple[tuple[str, str], ...], set[str]]:
        found: list[tuple[str, str]] = []
        joints: set[str] = set()
        while True:
            field = self.word()
            if self._take("mark") != "=":
                raise Malformed("expected =")
            found.append((field, self._take("text")))
            joint = next((name for name in ("AND", "OR") if self.found(name)), None)
            if joint is None:
                return tuple(found), joints
            joints.add(joint)

    def end(self) -> None:
        if self._tokens:
            raise Malformed("unexpected token after the end")
