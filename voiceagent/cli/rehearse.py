"""`voiceagent test`: rehearse an agent's scenarios, without telephone, network or stores."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voiceagent.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voiceagent.conversation.profile import AgentProfile
    from voiceagent.testing.rehearsal.play import MakeLine, Outcome

_AGENT_FILE = "agent.yaml"


def rehearse(
    folders: Annotated[
        list[Path] | None, typer.Argument(metavar="[FOLDER]...", help="Agent folders, or single scenario files.")
    ] = None,
    audio: Annotated[
        bool, typer.Option("--audio", help="With the shipped model, recogniser and voice: offline, slower.")
    ] = False,
    transcripts: Annotated[bool, typer.Option("--transcripts", help="Show every call, not only what failed.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Play the scenarios of an agent on a virtual clock: the real talk, tools and confirmations, words for audio.

    Exit code 0 when all of them passed, 1 when not.
    """
    import json

    from voiceagent.config.logging import LogOptions, set_up_logging
    from voiceagent.testing.rehearsal.report import summed_up, told

    set_up_logging(LogOptions(process="test", level="error", as_json=False))
    outcomes = []
    for outcome in _played(folders or [Path()], audio=audio):
        outcomes.append(outcome)
        if not json_:
            typer.echo("\n".join(told(outcome)))
        if transcripts and not json_:
            typer.echo("\n".join(f"       {line}" for line in outcome.transcript))
    failed = sum(not outcome.passed for outcome in outcomes)
    if json_:
        typer.echo(json.dumps(summed_up(outcomes), ensure_ascii=False))
    else:
        typer.echo(f"{len(outcomes) - failed} passed, {failed} failed")
    raise typer.Exit(1 if failed else 0)


def _lines(profile: "AgentProfile", *, audio: bool) -> "MakeLine":
    """How each call of an agent gets its line."""
    if not audio:
        from voiceagent.testing.rehearsal.text_line import TextLine

        return TextLine
    from voiceagent.testing.rehearsal.audio_line import AudioEquipment, AudioLine

    equipment = AudioEquipment(profile)
    return lambda _: AudioLine(equipment)


def _played(paths: "list[Path]", *, audio: bool) -> "Iterator[Outcome]":
    """All agents and scenarios are read before the first is played: a mistake in a file is told at once."""
    from voiceagent.testing.rehearsal.agent_folder import SCENARIOS, read_agent
    from voiceagent.testing.rehearsal.play import play
    from voiceagent.testing.rehearsal.scenario_file import read_scenario, read_scenarios

    wanted = []
    for path in paths:
        one = path.is_file() and path.parent.name == SCENARIOS
        _must_be_agent(path.parent.parent if one else path)
        agent = read_agent(path.parent.parent if one else path)
        folder = path if path.is_dir() else path.parent
        known = agent.tool_names
        wanted.append((agent, (read_scenario(path, known),) if one else read_scenarios(folder / SCENARIOS, known)))
    for agent, scenarios in wanted:
        make_line = _lines(agent.profile, audio=audio)
        for scenario in scenarios:
            yield play(agent, scenario, make_line)


def _must_be_agent(path: Path) -> None:
    """Raises ConfigError that names the folder that was meant, for one inside it or another of its files."""
    if path.suffix == ".yaml" or (path / _AGENT_FILE).is_file() or not path.exists():
        return
    meant = next((folder for folder in path.resolve().parents if (folder / _AGENT_FILE).is_file()), None)
    write = f"write `voiceagent test {meant}`" if meant else f"it has an {_AGENT_FILE}"
    raise ConfigError(f"{path} is not an agent's folder; {write}, or name a single scenario file")
