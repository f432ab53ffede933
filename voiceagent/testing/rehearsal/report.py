"""What rehearsals came to, for people and for machines."""

from collections.abc import Iterable, Iterator
from typing import Any

from voiceagent.testing.rehearsal.play import Outcome


def told(outcome: Outcome) -> Iterator[str]:
    """The lines of a report about one scenario."""
    mark = "ok  " if outcome.passed else "FAIL"
    yield f"{mark} {outcome.scenario.path} ({outcome.length_s:.0f} s of call)"
    if not outcome.passed:
        first, *more = outcome.problem.splitlines()
        yield f"  {outcome.scenario.path}:{outcome.line}: {first}"
        yield from (f"  {line}" for line in more)


def summed_up(outcomes: Iterable[Outcome]) -> dict[str, Any]:
    """All of them as one JSON-ready object."""
    every = list(outcomes)
    return {
        "passed": all(outcome.passed for outcome in every),
        "scenarios": [
            {
                "path": outcome.scenario.path,
                "passed": outcome.passed,
                "line": outcome.line if not outcome.passed else None,
                "problem": outcome.problem,
                "call_s": round(outcome.length_s, 2),
                "transcript": [
                    {"at_s": line.at_ms / 1000, "who": line.who, "text": line.text} for line in outcome.transcript
                ],
            }
            for outcome in every
        ],
    }
