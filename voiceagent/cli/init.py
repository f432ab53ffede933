"""`voiceagent init`: a folder with a new agent in it."""

from pathlib import Path
from typing import Annotated

import typer

_NEXT = """
{folder} is an agent that answers:

  {folder}/agent.yaml   what it says, what callers may say, which tool an intent uses
  {folder}/tools.py     its tools: one function each, found by itself
  {folder}/scenarios/   calls that have to go well

Next:

  voiceagent test {folder}                 rehearse the scenarios, in seconds
  voiceagent up --profile {folder}         let it answer {number}, then
  voiceagent call sip:{number}@127.0.0.1:5060 --record call.wav

Change a text or a function and rehearse again; docs/how-to/write-an-agent.md tells the rest.
"""


def init(
    name: Annotated[str, typer.Argument(help="Name of the agent and of its folder, like my-line.")],
    directory: Annotated[
        Path, typer.Option("--dir", file_okay=False, help="Where the folder is made; the current one if left out.")
    ] = Path(),
) -> None:
    """Make the folder of a new agent, with a tool and scenarios that pass. Overwrites nothing."""
    from voiceagent.apps.new_agent.create import create_agent
    from voiceagent.config.settings import load_settings

    numbers = load_settings().numbers
    folder = create_agent(name, directory)
    typer.echo(_NEXT.format(folder=folder, number=numbers[0].number if numbers else "+15550100"))
