"""`voiceagent bench`: the model on scenarios, how many calls a core carries, the planner on dialogues, redaction."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from voiceagent.compliance.redaction.entities import EntityFinder
    from voiceagent.interaction.evaluation.speech_bench import SpeechCost

bench = typer.Typer(
    help="Measure the interaction model, the planner and the redaction of records.", no_args_is_help=True
)

_BATCHES = (1, 2, 4, 8, 16, 32, 48, 64, 96, 128, 192, 256, 320, 384, 448, 512)
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line, and nothing else.")]


@bench.command()
def duplex(
    folder: Annotated[
        Path, typer.Option("--set", help="Folder with truth.json and its audio (format: docs/scenario-sets.md).")
    ],
    condition: Annotated[
        str, typer.Option(help="What lies between caller and model: clean16, tel, tel_snr20, tel_snr10.")
    ] = "tel",
    checkpoint: Annotated[Path | None, typer.Option(help="Weights to measure; the shipped ones when left out.")] = None,
    patience: Annotated[float, typer.Option(min=0.0, max=1.0, help="The floor policy's knob.")] = 0.5,
    json_: _Json = False,
) -> None:
    """Play a scenario set through the real engine and floor policy, closed loop; one row a scenario."""
    import json

    from rich.console import Console

    from voiceagent.conversation.profile import FloorKnobs
    from voiceagent.core.errors import ConfigError
    from voiceagent.interaction.evaluation.conditions import CONDITIONS
    from voiceagent.interaction.evaluation.run import evaluate, load_on_one_thread
    from voiceagent.interaction.model.checkpoint import shipped_checkpoint

    if condition not in CONDITIONS:
        raise ConfigError(f"there is no condition {condition!r}; use one of {', '.join(CONDITIONS)}")
    console = Console(stderr=True, quiet=json_)
    with console.status(f"playing {folder}"):
        network = load_on_one_thread(checkpoint or shipped_checkpoint("tiny"))
        report, _ = evaluate(network, folder, condition, FloorKnobs(patience=patience))
    if json_:
        typer.echo(json.dumps(report.as_json()))
        return
    typer.echo(report.as_table())


@bench.command()
def engine(
    preset: Annotated[str, typer.Option(help="Which model.")] = "tiny",
    steps: Annotated[int, typer.Option(min=10, help="Micro-turns a batch size; 0.1 % needs 1000.")] = 1000,
    largest: Annotated[int, typer.Option(min=1, help="The largest batch.")] = 256,
    hold: Annotated[bool, typer.Option(help="Also simulate a call of two hours (minutes of work).")] = True,
    json_: _Json = False,
) -> None:
    """Sessions a core at a deadline-miss rate of 0.1 %, by batch size, and memory after one minute and two hours."""
    import json
    from time import thread_time

    from rich.console import Console

    from voiceagent.core.clock import SystemClock
    from voiceagent.interaction.backends.native import NativeModel, load_native
    from voiceagent.interaction.evaluation.engine_bench import BatchTime, as_report, hold_a_call, time_batches

    console = Console(stderr=True)  # minutes of work: it is always told how far it is, beside the result

    def tell(time: BatchTime) -> None:
        figures = f"median {time.median_ms} ms ({time.cpu_ms} ms of CPU), p99 {time.p99_ms} ms, late {time.missed:.2%}"
        console.print(f"{time.batch:4d} calls: {figures}")

    def make(batch: int) -> NativeModel:
        return load_native(preset, slots=batch, threads=1)

    batches = [batch for batch in _BATCHES if batch <= largest]
    times = time_batches(make, batches, SystemClock(), thread_time, steps, tell)
    speech = _speech_cost()
    console.print(f"recogniser {speech.recogniser} and voice {speech.voice} CPU seconds per second of call")
    model = make(1)
    held = hold_a_call(model, tell=lambda s: console.print(f"a call of {s / 60:.0f} minutes")) if hold else {}
    report: dict[str, Any] = as_report(preset, model.tick_ms, times, held, speech)
    typer.echo(json.dumps(report, indent=None if json_ else 2))


@bench.command()
def planner(
    *,
    folder: Annotated[
        Path | None,
        typer.Option("--set", help="Folder with dialogues.json and agent profiles; made ones without it."),
    ] = None,
    errors: Annotated[str, typer.Option(help="Word errors in percent, separated by commas.")] = "0,5,10,20",
    made: Annotated[str, typer.Option(help="Which made dialogues: held or development.")] = "held",
    count: Annotated[int, typer.Option(min=1, help="How many are made.")] = 280,
    seed: Annotated[int, typer.Option(help="Of the made dialogues and of the word errors.")] = 0,
    save: Annotated[Path | None, typer.Option(help="Also write the dialogues to this folder, to change them.")] = None,
    talk: Annotated[bool, typer.Option(help="Also print what was said.")] = False,
    json_: _Json = False,
) -> None:
    """Play scripted callers through the embedded planner, its tools and the ledger of effects; no audio."""
    import asyncio
    import json

    from voiceagent.testing.planner.bench import measure, percentages
    from voiceagent.testing.planner.play import Outcome
    from voiceagent.testing.planner.report import as_json, as_table
    from voiceagent.testing.planner.sets import made_set, read_set, write_set

    rates = percentages(errors)
    chosen = read_set(folder) if folder is not None else made_set(made, count, seed)
    if save is not None:
        write_set(save, chosen)

    def tell(outcome: Outcome) -> None:
        if talk:
            end = "as it should" if outcome.success else "NOT as it should"
            lines = "\n".join(f"  {line}" for line in outcome.talk)
            typer.echo(f"{outcome.dialogue.dialogue_id}: ended {end}\n{lines}", err=True)

    rows = asyncio.run(measure(chosen, rates, seed, tell))
    typer.echo(json.dumps({"scores": as_json(rows)}) if json_ else as_table(rows))


@bench.command()
def redaction(
    *,
    calls: Annotated[int, typer.Option(min=3, help="How many calls are made.")] = 3000,
    errors: Annotated[str, typer.Option(help="Word errors in percent, separated by commas.")] = "0,3,6,10",
    seed: Annotated[int, typer.Option(help="Of the made calls and of the word errors.")] = 0,
    hidden: Annotated[bool, typer.Option(help="Sentences that nothing was tuned on.")] = True,
    strict: Annotated[bool, typer.Option("--strict", help="The level `strict` instead of `balanced`.")] = False,
    worst: Annotated[bool, typer.Option("--worst", help="Also print the ten worst calls of each rate.")] = False,
    presidio: Annotated[bool, typer.Option("--presidio", help="Presidio beside our own rules (an extra).")] = False,
    presidio_model: Annotated[str, typer.Option(help="The same with this spaCy pipeline: a folder or a name.")] = "",
    json_: _Json = False,
) -> None:
    """Say made secrets to the redaction of records, misheard, and count what stays readable. Exit 1 below the gates."""
    import json
    from time import thread_time

    from voiceagent.conversation.profile import RecordsChoice, RedactionLevel
    from voiceagent.testing.planner.bench import percentages
    from voiceagent.testing.redaction.bench import as_json, as_table, measure

    records = RecordsChoice(level=RedactionLevel.STRICT if strict else RedactionLevel.BALANCED)
    finder = _presidio(presidio_model) if presidio or presidio_model else None
    scores = measure(calls, percentages(errors), seed, thread_time, hidden=hidden, records=records, finder=finder)
    if worst:
        for one in scores:
            typer.echo("\n\n".join((f"-- {one.errors_percent:g} % --", *one.worst)), err=True)
    typer.echo(json.dumps(as_json(scores)) if json_ else as_table(scores, over_masking=not strict))
    if any(one.missed_gates(over_masking=not strict) for one in scores):
        raise typer.Exit(1)


def _presidio(model: str) -> "EntityFinder":
    """In this process, so that its time counts as that of a turn; calls ask a process of its own, within a budget."""
    from voiceagent.apps.presidio.analyzer import Analyzer
    from voiceagent.config.redaction_settings import PresidioSettings

    return Analyzer(PresidioSettings(enabled=True, model=model))


def _speech_cost() -> "SpeechCost":
    """Of the usual recogniser and the embedded voice, with the grammar of the built-in profile."""
    from time import process_time

    from voiceagent.config.profile_file import default_profile
    from voiceagent.conversation.profile import VoiceChoice
    from voiceagent.interaction.evaluation.speech_bench import speech_cost
    from voiceagent.speech.espeak import EspeakVoice
    from voiceagent.speech.grammar import open_hints
    from voiceagent.speech.recognisers import load, usual

    caller = EspeakVoice(VoiceChoice(name="en-us+f4", words_per_minute=160))
    hints = open_hints(default_profile())
    return speech_cost(load(usual()), hints, EspeakVoice(), caller, process_time)
