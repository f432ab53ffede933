"""One run over one set, for machines and for people."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from voiceagent.interaction.evaluation.figures import Figure, Judgement
from voiceagent.interaction.evaluation.played import Played
from voiceagent.interaction.evaluation.scoring import judge


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """micro_turn_ms: how often this system can change its mind."""

    set_name: str
    condition: str
    model: str
    micro_turn_ms: int
    judgements: dict[str, Judgement]

    @classmethod
    def of(cls, results: list[Played], *, set_name: str, condition: str, model: str, micro_turn_ms: int) -> "Report":
        return cls(
            set_name=set_name,
            condition=condition,
            model=model,
            micro_turn_ms=micro_turn_ms,
            judgements=judge(results),
        )

    @property
    def scenarios(self) -> dict[str, Any]:
        return {name: judgement.row for name, judgement in self.judgements.items()}

    def as_json(self) -> dict[str, Any]:
        return {
            "set": self.set_name,
            "condition": self.condition,
            "model": self.model,
            "micro_turn_ms": self.micro_turn_ms,
            "scenarios": self.scenarios,
        }

    def as_table(self) -> str:
        """Markdown, every figure with its n; shares with their 95 % intervals."""
        return side_by_side({f"{self.model}, {self.condition}": self})


def side_by_side(reports: dict[str, Report]) -> str:
    """A Markdown table with one column a report; figures by scenario. n is that of the first column that has one:
    where another's differs, it stands in its cell."""
    lines = [f"| | figure | n | {' | '.join(reports)} |", f"|---|---|---|{'---|' * len(reports)}"]
    for scenario, what in _rows(reports.values()):
        cells = [_figure(report, scenario, what) for report in reports.values()]
        n = next(cell.n for cell in cells if cell is not None)
        lines.append(f"| {scenario} | {what} | {n} | {' | '.join(_cell(cell, n) for cell in cells)} |")
    return "\n".join(lines)


def _rows(reports: Iterable[Report]) -> list[tuple[str, str]]:
    """Scenario and figure of every line that any report has, by scenario, as the first that has it orders them."""
    rows: dict[tuple[str, str], None] = {}
    for report in reports:
        for scenario, judgement in report.judgements.items():
            rows.update({(scenario, figure.what): None for figure in judgement.figures})
    return sorted(rows, key=lambda row: row[0])


def _figure(report: Report, scenario: str, what: str) -> Figure | None:
    judgement = report.judgements.get(scenario)
    return next((figure for figure in judgement.figures if figure.what == what), None) if judgement else None


def _cell(figure: Figure | None, n: int) -> str:
    if figure is None:
        return "-"
    return figure.as_text() if figure.n == n else f"{figure.as_text()}, n {figure.n}"
