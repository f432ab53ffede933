"""`voiceagent dial`: have somebody called."""

from typing import Annotated

import typer

from voiceagent.cli.api_client import ApiOption, KeyOption, ask_api


def dial(
    number: Annotated[str, typer.Argument(help="Whom to call, as +12125550123.")],
    *,
    line: Annotated[str, typer.Option(help="The number of yours that they see.")],
    purpose: Annotated[str, typer.Option(help="emergency, informational or telemarketing.")],
    campaign: Annotated[str, typer.Option(help="What the call belongs to; consents and opt-outs count for it.")],
    profile: Annotated[str, typer.Option(help="The agent who calls (default: the one of the line).")] = "",
    trunk: Annotated[str, typer.Option(help="Over which trunk (default: the only one with `outbound`).")] = "",
    place: Annotated[str, typer.Option(help="Where they are known to be, as US-FL or DE.")] = "",
    api: ApiOption = "",
    key: KeyOption = "",
) -> None:
    """Have an agent call somebody, if the rules allow it."""
    body = {"number": number, "line": line, "purpose": purpose, "campaign": campaign}
    body |= {"profile": profile, "trunk": trunk, "callee_place": place}
    asked = ask_api(api, key, "POST", "/v1/calls", body=body)
    typer.echo(f"{asked['id']} is being dialled; `voiceagent tail {asked['id']}` follows it")
