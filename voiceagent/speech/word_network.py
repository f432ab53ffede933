"""A closed grammar as the smallest deterministic network of words. Pure.

A decoder's cost is the number of words that may follow at any moment. Expanded as written, a profile's grammar repeats
the same beginnings and endings in hundreds of branches and costs seconds of CPU a second; made deterministic and
minimal it costs hundredths.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from voiceagent.core.errors import BadInput
from voiceagent.speech.jsgf import Grammar, Node, OneOf, Repeat, Rule, Said, Sequence as Row, Weight, parse_jsgf

Label = str | Weight  # a word, or a silent step with a likelihood


@dataclass(frozen=True, slots=True, kw_only=True)
class WordNetwork:
    """States 0..n-1, 0 is the start. `arcs[state]` maps a label to the next state; in `finals` one may stop."""

    arcs: tuple[dict[Label, int], ...]
    finals: frozenset[int]

    def words(self) -> frozenset[str]:
        """Every word that may be said."""
        return frozenset(label for arcs in self.arcs for label in arcs if isinstance(label, str))

    def accepts(self, words: Sequence[str]) -> bool:
        """Whether the words are a whole sentence of the grammar."""
        return not self._after(words).isdisjoint(self.finals)

    def begins(self, words: Sequence[str]) -> bool:
        """Whether a sentence of the grammar may begin with the words."""
        return bool(self._after(words))

    def _after(self, words: Sequence[str]) -> set[int]:
        """Where the words lead from the start."""
        states = self.silently({0})
        for word in words:
            states = self.silently({self.arcs[state][word] for state in states if word in self.arcs[state]})
        return states

    def silently(self, states: set[int]) -> set[int]:
        """The states and all that are reached from them without a word."""
        waiting = list(states)
        while waiting:
            for label, target in self.arcs[waiting.pop()].items():
                if isinstance(label, Weight) and target not in states:
                    states.add(target)
                    waiting.append(target)
        return states


@lru_cache(maxsize=256)
def compiled(grammar: str) -> WordNetwork:
    """The network of a grammar's JSGF text: a fifth of a second, once for all its callers. Raises BadInput."""
    return build_network(parse_jsgf(grammar))


def build_network(grammar: Grammar) -> WordNetwork:
    """The minimal deterministic network. Raises BadInput for a rule that is missing, recursive, or can be silent."""
    loose = _Loose(grammar)
    start, end = loose.state(), loose.state()
    loose.add(Rule(grammar.public), start, end, ())
    arcs, finals = _determined(loose, start, end)
    if 0 in finals:
        raise BadInput("the grammar accepts silence; leave something outside of the brackets")
    return _minimal(arcs, finals)


class _Loose:
    """Thompson's construction: arcs with words and empty arcs."""

    def __init__(self, grammar: Grammar) -> None:
        self._rules = grammar.rules
        self.words: list[list[tuple[Label, int]]] = []
        self.empty: list[list[int]] = []

    def state(self) -> int:
        self.words.append([])
        self.empty.append([])
        return len(self.words) - 1

    def add(self, node: Node, start: int, end: int, inside: tuple[str, ...]) -> None:
        """Lay `node` between two states; `inside` are the rules being expanded."""
        match node:
            case Said(word):
                self.words[start].append((word, end))
            case Weight():
                self.words[start].append((node, end))
            case Rule(name):
                self._add_rule(name, start, end, inside)
            case OneOf(items):
                for item in items:
                    self.add(item, start, end, inside)
            case Row(items):
                self._add_row(items, start, end, inside)
            case Repeat(item, least, loop):
                entry, exit_ = self.state(), self.state()
                self.add(item, entry, exit_, inside)
                self.empty[start].append(entry)
                self.empty[exit_].append(end)
                if loop:
                    self.empty[exit_].append(entry)
                if least == 0:
                    self.empty[start].append(end)

    def _add_rule(self, name: str, start: int, end: int, inside: tuple[str, ...]) -> None:
        if name not in self._rules:
            raise BadInput(f"rule <{name}> is used and not defined")
        if name in inside:
            raise BadInput(f"rule <{name}> contains itself; use * or + to repeat")
        entry, exit_ = self.state(), self.state()
        self.empty[start].append(entry)
        self.add(self._rules[name], entry, exit_, (*inside, name))
        self.empty[exit_].append(end)

    def _add_row(self, items: tuple[Node, ...], start: int, end: int, inside: tuple[str, ...]) -> None:
        here = start
        for item in items[:-1]:
            following = self.state()
            self.add(item, here, following, inside)
            here = following
        self.add(items[-1], here, end, inside)

    def closures(self, end: int) -> list[frozenset[int]]:
        """Of each state, the states that are reached from it without a word and that matter: words leave them, or the
        sentence ends there."""
        return [self._closure(state, end) for state in range(len(self.words))]

    def _closure(self, state: int, end: int) -> frozenset[int]:
        seen = {state}
        waiting = [state]
        while waiting:
            for following in self.empty[waiting.pop()]:
                if following not in seen:
                    seen.add(following)
                    waiting.append(following)
        return frozenset(one for one in seen if self.words[one] or one == end)


def _determined(loose: _Loose, start: int, end: int) -> tuple[list[dict[Label, int]], set[int]]:
    """Subset construction; the arcs of a state stand in an order that depends on the grammar alone."""
    closures = loose.closures(end)
    rank = {label: str(label) for arcs in loose.words for label, _ in arcs}
    numbers = {closures[start]: 0}
    waiting = [closures[start]]
    arcs: list[dict[Label, int]] = [{}]
    finals: set[int] = set()
    while waiting:
        here = waiting.pop()
        if end in here:
            finals.add(numbers[here])
        targets: defaultdict[Label, set[int]] = defaultdict(set)
        for state in here:
            for label, following in loose.words[state]:
                targets[label] |= closures[following]
        for label in sorted(targets, key=rank.__getitem__):
            there = frozenset(targets[label])
            if there not in numbers:
                numbers[there] = len(arcs)
                arcs.append({})
                waiting.append(there)
            arcs[numbers[here]][label] = numbers[there]
    return arcs, finals


def _minimal(arcs: list[dict[Label, int]], finals: set[int]) -> WordNetwork:
    """Moore's refinement: states that allow the same futures become one."""
    following = [tuple(outgoing.values()) for outgoing in arcs]  # in the order of their labels, which all states share
    block = _numbered((state in finals, *outgoing) for state, outgoing in enumerate(arcs))
    count = 0
    while max(block) >= count:
        count = max(block) + 1
        block = _numbered(
            (block[state], *[block[target] for target in targets]) for state, targets in enumerate(following)
        )
    merged: list[dict[Label, int]] = [{} for _ in range(count)]
    for state, outgoing in enumerate(arcs):
        merged[block[state]] = {word: block[target] for word, target in outgoing.items()}
    return WordNetwork(arcs=tuple(merged), finals=frozenset(block[state] for state in finals))


def _numbered(signatures: Iterable[tuple[object, ...]]) -> list[int]:
    """Equal signatures get equal numbers, in the order of their coming: the start stays 0."""
    numbers: dict[object, int] = {}
    return [numbers.setdefault(signature, len(numbers)) for signature in signatures]
