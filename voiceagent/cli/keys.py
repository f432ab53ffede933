"""`voiceagent keys`: make, list and revoke keys to the API, on the server and without a key."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from voiceagent.apps.key_ring import KeyRing

T = TypeVar("T")

keys = typer.Typer(no_args_is_help=True, help="Make, list and revoke keys to the API: on the server, without a key.")

_AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@keys.command("list")
def list_keys(json_: _AsJson = False) -> None:
    """Keys of this installation's tenant, with those that are revoked or expired."""
    import json

    found = _run(lambda ring: ring.list())
    if json_:
        typer.echo(json.dumps({"items": found}))
        return
    from voiceagent.cli.api_output import print_keys

    print_keys(found)


@keys.command()
def create(
    name: Annotated[str, typer.Argument(help="Who or what uses it, e.g. crm.")],
    scope: Annotated[list[str] | None, typer.Option(help="What it opens; repeat it. Without: everything.")] = None,
    network: Annotated[
        list[str] | None,
        typer.Option(help="From where it may be used: 192.0.2.0/24; repeat it. Without: anywhere."),
    ] = None,
    days: Annotated[int, typer.Option(help="How long it is valid.")] = 365,
    json_: _AsJson = False,
) -> None:
    """Make a key; it is shown this once."""
    import json

    made = _run(lambda ring: ring.create(name, scope, days, network or ()))
    if json_:
        typer.echo(json.dumps(made))
        return
    typer.echo(f"{made['id']}, valid until {made['expires_at'][:10]}, for {' '.join(made['scopes'])}", err=True)
    typer.echo("It is shown this once:", err=True)
    typer.echo(made["key"])


@keys.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="Its id, which `voiceagent keys list` shows: key_…")],
    json_: _AsJson = False,
) -> None:
    """Refuse a key from now on."""
    import json

    revoked = _run(lambda ring: ring.revoke(key_id))
    typer.echo(json.dumps(revoked) if json_ else f"{revoked['id']} ({revoked['name']}) is revoked")


def _run(what: "Callable[[KeyRing], Awaitable[T]]") -> T:
    """`what` with the keys of this installation."""
    import asyncio

    from voiceagent.apps.key_ring import KeyRing
    from voiceagent.apps.records_access import opened_records
    from voiceagent.config.settings import load_settings
    from voiceagent.core.clock import SystemClock

    async def act() -> T:
        settings = load_settings()
        async with opened_records(settings) as records:
            return await what(KeyRing(records, settings.tenant, SystemClock()))

    return asyncio.run(act())
