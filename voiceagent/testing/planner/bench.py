"""Play a whole set at several rates of word errors."""

from collections.abc import Callable, Sequence

from voiceagent.core.errors import BadInput
from voiceagent.testing.planner.play import Outcome, play
from voiceagent.testing.planner.report import Score, scores
from voiceagent.testing.planner.sets import DialogueSet


def percentages(text: str) -> tuple[float, ...]:
    """ "0,5,10" as numbers. Raises BadInput."""
    try:
        rates = tuple(float(part) for part in text.split(","))
    except ValueError as failure:
        raise BadInput(f"--errors is {text!r}; write percentages like 0,5,10,20") from failure
    if not all(0 <= rate <= 100 for rate in rates):
        raise BadInput(f"--errors is {text!r}; a percentage is from 0 to 100")
    return rates


async def play_set(chosen: DialogueSet, percent: float, seed: int) -> list[Outcome]:
    """Every dialogue, with that percentage of word errors."""
    return [
        await play(dialogue, chosen.profiles[dialogue.profile], percent / 100, seed) for dialogue in chosen.dialogues
    ]


async def measure(
    chosen: DialogueSet, rates: Sequence[float], seed: int, tell: Callable[[Outcome], None]
) -> list[Score]:
    """Scores by line for each rate, in percent; `tell` sees every dialogue that was played."""
    rows: list[Score] = []
    for rate in rates:
        played = await play_set(chosen, rate, seed)
        for outcome in played:
            tell(outcome)
        rows += scores(rate, played)
    return rows
