"""From what was played to numbers: both error directions, medians and 90th percentiles, with n."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from voiceagent.audio.frame import SAMPLE_RATE_HZ
from voiceagent.interaction.evaluation.closed_loop import Played

_YIELD_WITHIN_S: Final = 2.0
_NEVER_S: Final = 4.0
_AFTER_S: Final = 1.0  # how long after a backchannel or side talk the agent must still be talking
_GRACE_S: Final = 0.08  # the last micro-turn that began before speech ended is not "too early"


def agent_starts(played: Played) -> float | None:
    """First audible agent sample, seconds."""
    audible = np.flatnonzero(played.agent)
    return float(audible[0]) / SAMPLE_RATE_HZ if len(audible) else None


def agent_stops(played: Played) -> float:
    """Last audible agent sample, seconds."""
    audible = np.flatnonzero(played.agent)
    return float(audible[-1]) / SAMPLE_RATE_HZ if len(audible) else 0.0


def score(results: list[Played]) -> dict[str, Any]:
    """The `scenarios` object of the report; scenarios without items are absent."""
    by: dict[str, list[Played]] = {}
    for played in results:
        by.setdefault(played.item.scenario, []).append(played)
    rules = {"a": _turn_ends, "b": _pauses, "c": _barge_ins, "d": _backchannels, "e": _others, "f": _stories}
    table = {name: rules.get(name, _nothing)(by[name]) for name in sorted(by)}
    return {name: row for name, row in table.items() if row}


def _spread(values: list[float]) -> dict[str, float | None]:
    if not values:
        return {"median": None, "p90": None}
    return {"median": round(float(np.median(values))), "p90": round(float(np.quantile(values, 0.9)))}


def _share(count: int, n: int) -> float:
    return round(count / n, 3) if n else 0.0


def _turn_ends(results: list[Played]) -> dict[str, Any]:
    latencies, early, never = [], 0, 0
    for played in results:
        start = agent_starts(played)
        latency = None if start is None else start - played.item.speech_end
        if latency is None or latency > _NEVER_S:
            never += 1
        elif latency < -_GRACE_S:
            early += 1
        else:
            latencies.append(latency * 1000)
    n = len(results)
    return {"n": n, "latency_ms": _spread(latencies), "too_early": _share(early, n), "never": _share(never, n)}


def _pauses(results: list[Played]) -> dict[str, Any]:
    """A pause after a takeover is no test any more and is not counted; one before the first pause is `too_early`."""
    n = taken = early = 0
    for played in results:
        start = agent_starts(played)
        early += start is not None and start < played.item.critical[0][0]
        for begin, end in played.item.critical:
            if start is not None and start < begin:
                break
            n += 1
            taken += start is not None and start < end + _GRACE_S
    too_early = _share(early, len(results))
    return {"n": n, "false_takeover": _share(taken, n), "items": len(results), "too_early": too_early}


def _barge_ins(results: list[Played]) -> dict[str, Any]:
    stops, before = [], 0
    for played in results:
        stop = agent_stops(played) - played.item.onset
        if stop < 0:
            before += 1
        elif stop <= _YIELD_WITHIN_S:
            stops.append(stop * 1000)
    n = len(results)
    rate = _share(len(stops), n)
    return {"n": n, "yield_rate": rate, "stop_ms": _spread(stops), "stopped_before": _share(before, n)}


def _went_on(played: Played, until_s: float) -> bool:
    """The agent was still talking at `until_s`, as far as its utterance reached."""
    reach = min(until_s, played.item.agent[-1][1] if played.item.agent else played.item.seconds)
    return agent_stops(played) >= reach - 0.5  # a pause between sentences may lie here


def _backchannels(results: list[Played]) -> dict[str, Any]:
    kept = sum(_went_on(played, played.item.critical[-1][1] + _AFTER_S) for played in results)
    return {"n": len(results), "selectivity": _share(kept, len(results))}


def _others(results: list[Played]) -> dict[str, Any]:
    rows = {}
    for kind in sorted({played.item.type for played in results}):
        chosen = [played for played in results if played.item.type == kind]
        kept = sum(_went_on(played, played.item.speech_end + _AFTER_S) for played in chosen)
        rows[kind] = {"n": len(chosen), "selectivity": _share(kept, len(chosen))}
    return rows


def _stories(results: list[Played]) -> dict[str, Any]:
    pauses = _pauses(results)
    minutes = sum(played.item.speech_end for played in results) / 60
    count = sum(len(played.backchannels_s) for played in results)
    rate = round(count / max(minutes, 1e-6), 2)
    return {"n": len(results), "backchannels_per_min": rate, "takeover_per_pause": pauses["false_takeover"]}


def _nothing(results: list[Played]) -> dict[str, Any]:
    spoke = sum(agent_starts(played) is not None for played in results)
    return {"n": len(results), "false_speech": _share(spoke, len(results))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One run over one set."""

    set_name: str
    condition: str
    model: str
    micro_turn_ms: int
    scenarios: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        return {
            "set": self.set_name,
            "condition": self.condition,
            "model": self.model,
            "micro_turn_ms": self.micro_turn_ms,
            "scenarios": self.scenarios,
        }
