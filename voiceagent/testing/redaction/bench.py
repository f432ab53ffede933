"""Scores of redaction on made calls: recall per entity, digit coverage, calls without a leak, over-masking, time."""

from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import Any, Final

import msgspec

from voiceagent.compliance.redaction.entities import EntityFinder
from voiceagent.conversation.profile import RecordsChoice
from voiceagent.testing.redaction.making import ENTITIES, make_calls
from voiceagent.testing.redaction.play import Played, play

DIGITS: Final = frozenset({"card", "cvv", "ssn", "phone", "account"})
# entity: least recall without errors and at 6 %; names and addresses that nobody knew are reported, not promised
GATES: Final[dict[str, tuple[float, float]]] = {
    "card": (0.995, 0.97), "cvv": (0.995, 0.97), "ssn": (0.995, 0.97), "phone": (0.97, 0.92), "email": (0.97, 0.92),
    "birth": (0.97, 0.92), "known name": (0.98, 0.0),
}  # fmt: skip
MOST_OVER_MASKED: Final = 0.15
SLOWEST_MS: Final = 5.0
_GATED_ERRORS: Final = 6.0


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """Shares in [0, 1]. recall: of secrets with all of their words masked. coverage: of words of numbers.

    over_masked: of numbers that are nobody's secret. plain_masked: of words that are neither number nor secret.
    """

    errors_percent: float
    calls: int
    recall: dict[str, float]
    counts: dict[str, int]
    digit_coverage: float
    zero_leak_calls: float
    over_masked: float
    plain_masked: float
    p99_ms: float
    worst: tuple[str, ...] = ()

    def missed_gates(self, *, over_masking: bool = True) -> list[str]:
        """Gates of the specification that this score does not meet; the strict level has none for over-masking."""
        gates = []
        for entity, (clean, noisy) in GATES.items():
            least = clean if self.errors_percent == 0 else noisy if self.errors_percent <= _GATED_ERRORS else 0.0
            if entity in self.recall and self.recall[entity] < least:
                gates.append(f"{entity} {self.recall[entity]:.3f} < {least:g} at {self.errors_percent:g} %")
        if self.p99_ms > SLOWEST_MS:
            gates.append(f"p99 {self.p99_ms:.1f} ms > {SLOWEST_MS:g} ms")
        if over_masking and self.errors_percent == 0 and self.over_masked > MOST_OVER_MASKED:
            gates.append(f"over-masking {self.over_masked:.3f} > {MOST_OVER_MASKED:g}")
        return gates


def measure(
    calls: int, rates: Sequence[float], seed: int, clock: Callable[[], float], *, hidden: bool,
    records: RecordsChoice, finder: EntityFinder | None = None,
) -> list[Score]:  # fmt: skip
    """Scores at each rate of word errors, in percent. `finder`: beside our own rules."""
    made = list(make_calls(calls, seed, hidden=hidden))
    scores = []
    for rate in rates:
        dice = Random(f"{seed} {rate}")  # noqa: S311 - errors of a bench, not secrets
        played = [play(call, rate / 100, dice, clock, records, finder) for call in made]
        scores.append(score(rate, played))
    return scores


def score(rate: float, played: Sequence[Played]) -> Score:
    """Of at least one call."""
    by_entity = {entity: list(_secrets(played, {entity})) for entity in ENTITIES}
    digits = list(_secrets(played, DIGITS))
    times = sorted(ms for one in played for ms in one.turn_ms)
    with_secrets = [one for one in played if one.leaks]
    numbers = sum(one.benign_numbers for one in played)
    return Score(
        errors_percent=rate,
        calls=len(played),
        recall={entity: _share(not shown for shown, _ in found) for entity, found in by_entity.items() if found},
        counts={entity: len(found) for entity, found in by_entity.items() if found},
        digit_coverage=1 - sum(shown for shown, _ in digits) / max(1, sum(total for _, total in digits)),
        zero_leak_calls=_share(not any(shown for shown, _ in one.leaks) for one in with_secrets),
        over_masked=sum(one.benign_masked for one in played) / max(1, numbers),
        plain_masked=sum(one.plain_masked for one in played) / max(1, sum(one.plain_words for one in played)),
        p99_ms=times[min(len(times) - 1, len(times) * 99 // 100)],
        worst=tuple(
            "\n".join(one.lines)
            for one in sorted(with_secrets, key=lambda one: -sum(shown for shown, _ in one.leaks))[:10]
            if any(shown for shown, _ in one.leaks)
        ),
    )


def as_table(scores: Sequence[Score], *, over_masking: bool = True) -> str:
    """Markdown."""
    head = " | ".join(
        (
            "word errors",
            *ENTITIES,
            "digits covered",
            "calls without a leak",
            "over-masked",
            "other words masked",
            "p99 ms",
        )
    )
    lines = [f"| {head} |", "|" + "---|" * (len(ENTITIES) + 6)]
    for one in scores:
        recalls = " | ".join(f"{one.recall.get(entity, 1.0):.3f}" for entity in ENTITIES)
        shares = (
            f"{one.digit_coverage:.4f} | {one.zero_leak_calls:.3f} | {one.over_masked:.3f} | {one.plain_masked:.4f}"
        )
        lines.append(f"| {one.errors_percent:g} % | {recalls} | {shares} | {one.p99_ms:.2f} |")
    lines.append("")
    lines.append("n: " + ", ".join(f"{entity} {count}" for entity, count in scores[0].counts.items()))
    missed = [gate for one in scores for gate in one.missed_gates(over_masking=over_masking)]
    lines.append(f"gates missed: {'; '.join(missed) or 'none'}")
    return "\n".join(lines)


def as_json(scores: Sequence[Score]) -> dict[str, Any]:
    return {
        "scores": [msgspec.structs.asdict(one) for one in scores],
        "missed_gates": [gate for one in scores for gate in one.missed_gates()],
    }


def _share(hits: Iterable[bool]) -> float:
    found = list(hits)
    return sum(found) / max(1, len(found))


def _secrets(played: Sequence[Played], wanted: Iterable[str]) -> Iterable[tuple[int, int]]:
    for one in played:
        for entity, leak in zip(one.call.entities, one.leaks, strict=True):
            if entity in wanted and leak[1]:
                yield leak
