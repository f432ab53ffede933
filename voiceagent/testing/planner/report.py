"""Scores of played dialogues, by line and error rate."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from voiceagent.testing.planner.play import Outcome


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """Shares in [0, 1], None where nothing was there to count.

    corrected: of the values taken back in one breath, those that were right in the first work; settled: those whose
    dialogue succeeded, be it after a question.
    """

    line: str
    errors_percent: float
    dialogues: int
    success: float
    arguments: float | None
    corrected: float | None
    settled: float | None
    corrections: int
    wrong_writes: int
    turns: float


def score(line: str, errors_percent: float, outcomes: Sequence[Outcome]) -> Score:
    """Of at least one dialogue."""
    return Score(
        line=line,
        errors_percent=errors_percent,
        dialogues=len(outcomes),
        success=sum(outcome.success for outcome in outcomes) / len(outcomes),
        arguments=_share(outcome.arguments for outcome in outcomes),
        corrected=_share(outcome.corrected for outcome in outcomes),
        settled=_share(_settled(outcome) for outcome in outcomes),
        corrections=sum(outcome.corrected[1] for outcome in outcomes),
        wrong_writes=sum(outcome.wrong_writes for outcome in outcomes),
        turns=sum(outcome.turns for outcome in outcomes) / len(outcomes),
    )


def scores(errors_percent: float, outcomes: Sequence[Outcome]) -> list[Score]:
    """Each line, then all."""
    lines = dict.fromkeys(outcome.dialogue.line for outcome in outcomes)
    by_line = [
        score(line, errors_percent, [outcome for outcome in outcomes if outcome.dialogue.line == line])
        for line in lines
    ]
    return [*by_line, score("all", errors_percent, outcomes)]


def as_table(rows: Sequence[Score]) -> str:
    """Markdown."""
    lines = [
        "| line | word errors | n | success | arguments | corrected at once | in the end | wrong writes | turns |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        corrected = f"{_percent(row.corrected)} (n {row.corrections})"
        shares = f"{_percent(row.success)} | {_percent(row.arguments)} | {corrected} | {_percent(row.settled)}"
        about = f"{row.line} | {row.errors_percent:g} % | {row.dialogues}"
        lines.append(f"| {about} | {shares} | {row.wrong_writes} | {row.turns:.1f} |")
    return "\n".join(lines)


def as_json(rows: Sequence[Score]) -> list[dict[str, Any]]:
    return [msgspec.structs.asdict(row) for row in rows]


def _settled(outcome: Outcome) -> tuple[int, int]:
    count = outcome.corrected[1]
    return (count if outcome.success else 0, count)


def _share(counts: Iterable[tuple[int, int]]) -> float | None:
    pairs = tuple(counts)
    total = sum(count for _, count in pairs)
    return sum(right for right, _ in pairs) / total if total else None


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"
