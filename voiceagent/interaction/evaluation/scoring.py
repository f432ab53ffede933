"""From what was played to numbers, scenario by scenario: both error directions, with n.

The rules are those of docs/scenario-sets.md. `Judgement.row` holds exactly the fields that `--json` promises; whatever
else helps to understand a number is a figure of the table.
"""

from typing import Any, Final

from voiceagent.interaction.evaluation.figures import Figure, Judgement, share, share_of, spread, spread_of
from voiceagent.interaction.evaluation.played import Played, agent_starts, cut_short, holes

_YIELD_WITHIN_S: Final = 2.0
_NEVER_S: Final = 4.0
_AFTER_S: Final = 1.0  # how long after a backchannel or side talk the agent must still be talking
_GRACE_S: Final = 0.08  # a start decided in the pause's last micro-turn is heard in the next one
_TIMELY_S: Final = 0.5  # a backchannel this long after an opportunity still belongs to it


def judge(results: list[Played]) -> dict[str, Judgement]:
    """Every scenario that has items, by its letter."""
    by: dict[str, list[Played]] = {}
    for played in results:
        by.setdefault(played.item.scenario, []).append(played)
    rules = {"a": _turn_ends, "b": _pauses, "c": _barge_ins, "d": _backchannels, "e": _others, "f": _stories}
    return {name: rules.get(name, _nothing)(by[name]) for name in sorted(by)}


def score(results: list[Played]) -> dict[str, Any]:
    """The `scenarios` object of the report; scenarios without items are absent."""
    return {name: judgement.row for name, judgement in judge(results).items()}


def _turn_ends(results: list[Played]) -> Judgement:
    latencies, early, never = [], 0, 0
    for played in results:
        start = agent_starts(played)
        latency = None if start is None else start - played.item.speech_end
        if latency is None or latency > _NEVER_S:
            never += 1
        elif latency < 0:
            early += 1
        else:
            latencies.append(latency * 1000)
    n = len(results)
    row = {"n": n, "latency_ms": spread(latencies), "too_early": share(early, n), "never": share(never, n)}
    rates = share_of("too early", early, n), share_of("never within 4 s", never, n)
    return Judgement(row=row, figures=(*spread_of("response latency", latencies), *rates))


def _lost_pauses(played: Played) -> tuple[int, int]:
    """Pauses tested and lost. One is lost when the agent begins before it ends, in the caller's speech before it
    included; what comes after that is no test any more."""
    start = agent_starts(played)
    tested = 0
    for _, end in played.item.critical:
        tested += 1
        if start is not None and start < end + _GRACE_S:
            return tested, 1
    return tested, 0


def _pauses(results: list[Played]) -> Judgement:
    counts = [_lost_pauses(played) for played in results]
    n, lost = sum(tested for tested, _ in counts), sum(lost for _, lost in counts)
    before = after = 0
    for played in results:
        start, spans = agent_starts(played), played.item.critical
        before += bool(spans) and start is not None and start < spans[0][0]
        after += bool(spans) and start is not None and spans[-1][1] + _GRACE_S <= start < played.item.speech_end
    figures = (
        share_of("false takeovers", lost, n),
        share_of("of these, before the first pause", before, len(results)),
        share_of("later, over the caller", after, len(results)),
    )
    return Judgement(row={"n": n, "false_takeover": share(lost, n)}, figures=figures)


def _barge_ins(results: list[Played]) -> Judgement:
    stops, before = [], 0
    for played in results:
        hole = cut_short(played)
        if hole is None:
            continue
        if hole.from_s < played.item.onset:
            before += 1
            continue
        stop = max(0.0, hole.heard_until_s - played.item.onset)
        if stop <= _YIELD_WITHIN_S:
            stops.append(stop * 1000)
    n = len(results)
    rates = share_of("yields within 2 s", len(stops), n), share_of("stopped before the barge-in", before, n)
    row = {"n": n, "yield_rate": share(len(stops), n), "stop_ms": spread(stops)}
    return Judgement(row=row, figures=(*rates, *spread_of("stop latency", stops)))


def _kept_talking(played: Played, until_s: float) -> bool:
    """Neither a stop nor a hole of more than 60 ms before `until_s`."""
    return all(hole.heard_until_s >= until_s for hole in holes(played))


def _backchannels(results: list[Played]) -> Judgement:
    n = len(results)
    kept = sum(_kept_talking(played, played.item.critical[-1][1] + _AFTER_S) for played in results)
    row = {"n": n, "selectivity": share(kept, n)}
    return Judgement(row=row, figures=(share_of("goes on over a backchannel", kept, n),))


def _others(results: list[Played]) -> Judgement:
    row: dict[str, Any] = {}
    figures = []
    for kind in sorted({played.item.type for played in results}):
        chosen = [played for played in results if played.item.type == kind]
        kept = sum(_kept_talking(played, played.item.speech_end + _AFTER_S) for played in chosen)
        row[kind] = {"n": len(chosen), "selectivity": share(kept, len(chosen))}
        figures.append(share_of(f"goes on over {kind.replace('_', ' ')}", kept, len(chosen)))
    return Judgement(row=row, figures=tuple(figures))


def _listens_until(played: Played) -> float:
    """The end of the story, or of the listening to it, in seconds."""
    taken = agent_starts(played)
    return played.item.speech_end if taken is None else min(taken, played.item.speech_end)


def _stories(results: list[Played]) -> Judgement:
    """Backchannels count while the story lasts and the floor is the caller's; a minute is a minute of story."""
    counts = [_lost_pauses(played) for played in results]
    tested, lost = sum(tested for tested, _ in counts), sum(lost for _, lost in counts)
    minutes = sum(played.item.speech_end - played.item.onset for played in results) / 60
    made = [(played, at) for played in results for at in played.backchannels_s if at <= _listens_until(played)]
    timely = sum(any(begin <= at <= end + _TIMELY_S for begin, end in played.item.opportunities) for played, at in made)
    rate = round(len(made) / minutes, 2) if minutes > 0 else 0.0
    lost_share = share(lost, tested)
    figures = (
        Figure(what="backchannels", value=rate, unit="per minute", n=len(results)),
        share_of("backchannels at an opportunity", timely, len(made)),
        share_of("takeovers a pause", lost, tested),
    )
    row = {"n": len(results), "backchannels_per_min": rate, "takeover_per_pause": lost_share}
    return Judgement(row=row, figures=figures)


def _nothing(results: list[Played]) -> Judgement:
    """A backchannel to nobody is false speech too."""
    spoke = [agent_starts(played) is not None or bool(played.backchannels_s) for played in results]
    figures = [share_of("false speech", sum(spoke), len(results))]
    for kind in sorted({played.item.type for played in results}):
        chosen = [said for played, said in zip(results, spoke, strict=True) if played.item.type == kind]
        figures.append(share_of(f"false speech, {kind}", sum(chosen), len(chosen)))
    return Judgement(row={"n": len(results), "false_speech": share(sum(spoke), len(results))}, figures=tuple(figures))
