"""Each gain has its price: latency against false takeovers, stopping fast against being stopped by an "mm-hm".

    python benchmarks/bench_pareto.py [--set DIR --name NAME --condition tel --checkpoint FILE]

Sweeps the floor policy's `patience` and how sure a stop has to be (the knob `barge_in` only switches it on and off)
over a scenario set, and writes docs/images/pareto.svg and benchmarks/PARETO.md. Peers are points: their figures on the
same set and condition come from benchmarks/peers/figures.json, which `make bench-peers` writes.
"""

import argparse
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from pareto_svg import Panel, Point, draw

from voiceagent.conversation.floor import FloorPolicy, FloorThresholds
from voiceagent.conversation.profile import FloorKnobs
from voiceagent.interaction.backends.native import NativeModel
from voiceagent.interaction.engine.engine import Engine
from voiceagent.interaction.evaluation.closed_loop import play
from voiceagent.interaction.evaluation.conditions import CONDITIONS
from voiceagent.interaction.evaluation.played import Played
from voiceagent.interaction.evaluation.run import load_on_one_thread
from voiceagent.interaction.evaluation.scenarios import load_set
from voiceagent.interaction.evaluation.scoring import score
from voiceagent.interaction.evaluation.sweep import never, replay, stop_at
from voiceagent.interaction.model.checkpoint import shipped_checkpoint
from voiceagent.interaction.model.network import DuplexNetwork

ROOT = Path(__file__).parents[1]
PATIENCE = tuple(n / 10 for n in range(11))
STOP = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
Row = dict[str, Any]


def known_peers(set_name: str, condition: str) -> list[Row]:
    """Their reports on that set; none when they have not been measured on it."""
    path = ROOT / "benchmarks/peers/figures.json"
    held: dict[str, list[Row]] = json.loads(path.read_text()) if path.exists() else {}
    return held.get(f"{set_name}, {condition}", [])


def record(network: DuplexNetwork, folder: Path, condition: str) -> list[Played]:
    """One run over the scenarios that are drawn (a to d), never taking the floor and never giving it up."""
    knobs = FloorKnobs()
    items = [item for item in load_set(folder) if item.scenario in "abcd"]
    engine = Engine(NativeModel(network, min(64, len(items))))
    return play(engine, items, condition, lambda: FloorPolicy(knobs, never(knobs)), network.config.turn_samples)


def at_each(
    recorded: list[Played], settings: tuple[float, ...], policy: Callable[[float], FloorPolicy], turn_samples: int
) -> dict[float, Row]:
    """The scores of every setting."""
    return {x: score([replay(played, policy(x), turn_samples) for played in recorded]) for x in settings}


def with_patience(patience: float) -> FloorPolicy:
    return FloorPolicy(replace(FloorKnobs(), patience=patience))


def with_stop(probability: float) -> FloorPolicy:
    return FloorPolicy(FloorKnobs(), stop_at(FloorKnobs(), probability))


def takes(row: Row, label: str = "") -> Point | None:
    """False takeovers in %, median latency in ms."""
    latency = row["a"]["latency_ms"]["median"]
    return None if latency is None else Point(x=100 * row["b"]["false_takeover"], y=latency, label=label)


def stops(row: Row, label: str = "") -> Point | None:
    """Stopped by a backchannel in %, median stop latency in ms."""
    latency = row["c"]["stop_ms"]["median"]
    return None if latency is None else Point(x=100 - 100 * row["d"]["selectivity"], y=latency, label=label)


def curve(point: Callable[..., Point | None], rows: dict[float, Row], name: str) -> tuple[Point, ...]:
    """Labelled at both ends."""
    ends = (min(rows), max(rows))
    points = (point(row, f"{name} {x:g}" if x in ends else "") for x, row in rows.items())
    return tuple(found for found in points if found is not None)


def panels(patience: dict[float, Row], stop: dict[float, Row], peers: list[Row]) -> list[Panel]:
    usual = FloorThresholds.of(FloorKnobs()).stop
    takers = [takes(peer["scenarios"], peer["model"]) for peer in peers]
    stoppers = [stops(peer["scenarios"], peer["model"]) for peer in peers]
    return [
        Panel(
            title="When to answer",
            x_label="false takeovers in pauses, %",
            y_label="response latency, median, ms",
            curve=curve(takes, patience, "patience"),
            usual=takes(patience[0.5], "voiceagent, patience 0.5") or Point(x=0, y=0),
            peers=tuple(point for point in takers if point),
            x_most=100,
        ),
        Panel(
            title="When to stop",
            x_label="stopped by a backchannel, % (100 - selectivity)",
            y_label="stop latency, median, ms",
            curve=curve(stops, stop, "stop at"),
            usual=stops(stop[usual], f"voiceagent, stop at {usual:g}") or Point(x=0, y=0),
            peers=tuple(point for point in stoppers if point),
            x_most=100,
        ),
    ]


def table(patience: dict[float, Row], stop: dict[float, Row], peers: list[Row]) -> str:
    lines = [
        "| system | a latency ms, median / p90 | a too early / never % | b false takeover % |",
        "|---|---|---|---|",
    ]
    named = [(f"patience {x:g}", row) for x, row in patience.items()]
    for name, row in [*named, *((peer["model"], peer["scenarios"]) for peer in peers)]:
        a, b = row["a"], row["b"]
        latency = f"{a['latency_ms']['median']} / {a['latency_ms']['p90']}"
        lines.append(
            f"| {name} | {latency} | {_percent(a['too_early'], a['never'])} | {_percent(b['false_takeover'])} |"
        )
    lines += ["", "| system | c stop ms, median / p90 | c yields % | d goes on % |", "|---|---|---|---|"]
    named = [(f"stop at {x:g}", row) for x, row in stop.items()]
    for name, row in [*named, *((peer["model"], peer["scenarios"]) for peer in peers)]:
        c, d = row["c"], row["d"]
        latency = f"{c['stop_ms']['median']} / {c['stop_ms']['p90']}"
        lines.append(f"| {name} | {latency} | {_percent(c['yield_rate'])} | {_percent(d['selectivity'])} |")
    return "\n".join(lines)


def _percent(*shares: float) -> str:
    return " / ".join(f"{100 * share:.1f}" for share in shares)


def page(name: str, condition: str, rows: Row, made: str) -> str:
    ns = ", ".join(f"{scenario} {rows[scenario]['n']}" for scenario in "abcd")
    return f"""# Trade-offs

Written by `python benchmarks/bench_pareto.py`; the set is "{name}", condition `{condition}`, n: {ns}.
Lower and further left is better in both pictures. The rules are those of
[docs/scenario-sets.md](../docs/scenario-sets.md); the peers are described in [peers](peers/README.md).

![Latency against false takeovers, and stop latency against stops by a backchannel](../docs/images/pareto.svg)

{made}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", type=Path, default=ROOT / ".data/sets", dest="folder")
    parser.add_argument("--name", default="made", help="what the set is called in the peers' file")
    parser.add_argument("--condition", choices=CONDITIONS, default="tel")
    parser.add_argument("--checkpoint", type=Path)
    options = parser.parse_args()
    if not (options.folder / "truth.json").exists():
        print(f"There is no scenario set in {options.folder}. Make one with `make bench-sets`.")
        return
    peers = known_peers(options.name, options.condition)
    network = load_on_one_thread(options.checkpoint or shipped_checkpoint())
    recorded = record(network, options.folder, options.condition)
    patience = at_each(recorded, PATIENCE, with_patience, network.config.turn_samples)
    stop = at_each(recorded, STOP, with_stop, network.config.turn_samples)
    made = table(patience, stop, peers)
    title = f'Set "{options.name}", condition {options.condition}'
    (ROOT / "docs/images/pareto.svg").write_text(draw(title, panels(patience, stop, peers)))
    (ROOT / "benchmarks/PARETO.md").write_text(page(options.name, options.condition, patience[0.5], made))
    print(made)


if __name__ == "__main__":
    main()
