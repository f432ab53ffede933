"""`voiceagent data-keys`: the keys that recordings lie under."""

from typing import Annotated

import typer

data_keys = typer.Typer(help="The keys that recordings lie under.", no_args_is_help=True)


@data_keys.callback()
def _group() -> None:
    """The keys that recordings lie under."""


@data_keys.command()
def rotate(json_: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Make a new wrapping key and bring every data key under it. Recordings stay as they are; calls go on meanwhile.

    The older wrapping keys are then needed by nothing but backups of the database.
    """
    import asyncio
    import json

    from voiceagent.apps.database import reachable_database
    from voiceagent.apps.key_rotation import rotate_keys
    from voiceagent.config.settings import load_settings

    settings = load_settings()
    with reachable_database(settings) as url:
        rotated = asyncio.run(rotate_keys(settings, url))
    if json_:
        typer.echo(json.dumps({"kek_id": rotated.kek_id, "moved": rotated.moved, "requests": rotated.requests}))
    else:
        moved = f"{rotated.moved} data keys and {rotated.requests} erasure requests"
        typer.echo(f"{moved} are now under {rotated.kek_id} (in {rotated.folder})")
