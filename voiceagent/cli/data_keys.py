"""`voiceagent data-keys`: the keys that recordings lie under."""

from typing import Annotated

import typer

data_keys = typer.Typer(help="The keys that recordings lie under.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@data_keys.callback()
def _group() -> None:
    """The keys that recordings lie under."""


@data_keys.command()
def rotate(json_: Json = False) -> None:
    """Make a new wrapping key and bring every data key under it. Recordings stay as they are; calls go on meanwhile.

    The older wrapping keys are then needed by nothing but backups of the database.
    """
    _move(new=True, json_=json_)


@data_keys.command()
def move(json_: Json = False) -> None:
    """Bring every data key under the newest wrapping key, without making one: after a rotation that was interrupted or
    done in the KMS itself, and after another provider was chosen.
    """
    _move(new=False, json_=json_)


@data_keys.command(name="list")
def list_(json_: Json = False) -> None:
    """Show how much lies under each wrapping key: one that is not shown can be ended."""
    import asyncio
    import json

    from voiceagent.apps.database import reachable_database
    from voiceagent.apps.key_rotation import keys_in_use
    from voiceagent.config.settings import load_settings

    settings = load_settings()
    with reachable_database(settings) as url:
        used = asyncio.run(keys_in_use(settings, url))
    if json_:
        typer.echo(json.dumps(used))
    else:
        for kek_id, number in used.items():
            typer.echo(f"{number:>9} {kek_id}")


def _move(*, new: bool, json_: bool) -> None:
    import asyncio
    import json

    from voiceagent.apps.database import reachable_database
    from voiceagent.apps.key_rotation import move_keys, rotate_keys
    from voiceagent.config.settings import load_settings

    settings = load_settings()
    with reachable_database(settings) as url:
        done = asyncio.run((rotate_keys if new else move_keys)(settings, url))
    if json_:
        typer.echo(json.dumps({"kek_id": done.kek_id, "moved": done.moved, "requests": done.requests}))
    else:
        moved = f"{done.moved} data keys and {done.requests} requests"
        typer.echo(f"{moved} are now under {done.kek_id} (in {done.where})")
