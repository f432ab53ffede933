"""`voiceagent fetch`: what is too large for the package and needed before the first call."""

from pathlib import Path
from typing import Annotated

import typer


def fetch(
    to: Annotated[
        Path | None,
        typer.Option(help="A folder for the files; name it in `recogniser.model`. Usual: ~/.cache/voiceagent."),
    ] = None,
) -> None:
    """Get the recogniser moonshine: 22 MB from the npm registry, checked against published digests. Runs once."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    from voiceagent.speech.moonshine import files

    folder = to.absolute() if to else files.usual_folder()
    with Progress(TextColumn("moonshine"), BarColumn(), DownloadColumn(), transient=True) as bar:
        task = bar.add_task("moonshine", total=None)
        fetched = files.fetch(
            folder, progress=lambda come, whole: bar.update(task, completed=come, total=whole or None)
        )
    typer.echo(f"moonshine {'is now' if fetched else 'was already'} in {folder}")
