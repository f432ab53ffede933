"""`voiceagent exports`: packages that the API makes in the background and keeps for a week."""

from typing import Annotated, Any

import typer

from voiceagent.cli.api_client import ApiOption, KeyOption, ask_api

exports = typer.Typer(help="Exports over the API: made in the background, kept for a week.", no_args_is_help=True)


@exports.command("create")
def create(
    kind: Annotated[str, typer.Argument(help="dsar, audit, litigation or bulk.")],
    *,
    purpose: Annotated[str, typer.Option(help="Why; it is written into the package.")],
    everything: Annotated[bool, typer.Option("--all", help="Every call there is.")] = False,
    call: Annotated[str, typer.Option(help="One call, by its id.")] = "",
    since: Annotated[str, typer.Option("--from", help="Calls that began then or later: 2026-11-01T00:00:00Z.")] = "",
    until: Annotated[str, typer.Option("--to", help="Calls that began before then.")] = "",
    organisation: Annotated[str, typer.Option(help="Who answers the calls, as it shall read in the vCons.")] = "",
    no_media: Annotated[bool, typer.Option("--no-media", help="Leave the recordings out.")] = False,
    api: ApiOption = "",
    key: KeyOption = "",
) -> None:
    """Ask for an export; `bulk` waits until somebody else approves it."""
    chosen: dict[str, Any] = {"everything": everything, "call_id": call, "since": since, "until": until}
    body = {
        "kind": kind,
        "purpose": purpose,
        "filter": {name: value for name, value in chosen.items() if value},
        "organisation": organisation,
        "media": not no_media,
    }
    _tell(ask_api(api, key, "POST", "/v1/exports", body=body))


@exports.command("list")
def list_exports(api: ApiOption = "", key: KeyOption = "") -> None:
    """List the exports, newest first."""
    found = ask_api(api, key, "GET", "/v1/exports", query={"limit": "100"})
    while True:
        for one in found["items"]:
            _tell(one)
        if found["next_cursor"] is None:
            return
        found = ask_api(api, key, "GET", "/v1/exports", query={"limit": "100", "cursor": found["next_cursor"]})


@exports.command("get")
def get(
    export_id: Annotated[str, typer.Argument(help="The export.")], api: ApiOption = "", key: KeyOption = ""
) -> None:
    """Tell how far an export is, and who has downloaded it."""
    found = ask_api(api, key, "GET", f"/v1/exports/{export_id}")
    _tell(found)
    if found["problem"]:
        typer.echo(f"  {found['problem']}")
    if found["manifest_sha256"]:
        typer.echo(f"  manifest.json has the SHA-256 {found['manifest_sha256']}")
    for one in found["downloads"]:
        typer.echo(f"  downloaded {one['at'][:19]} by {one['by']} ({one['via']})")


@exports.command("approve")
def approve(
    export_id: Annotated[str, typer.Argument(help="The export.")], api: ApiOption = "", key: KeyOption = ""
) -> None:
    """Agree to an export that somebody else has asked for."""
    _tell(ask_api(api, key, "POST", f"/v1/exports/{export_id}/actions/approve"))


@exports.command("link")
def link(
    export_id: Annotated[str, typer.Argument(help="The export.")],
    minutes: Annotated[int, typer.Option(min=1, max=15, help="How long it opens the package.")] = 15,
    api: ApiOption = "",
    key: KeyOption = "",
) -> None:
    """Make a link that downloads the package without a key, once or more, for some minutes."""
    made = ask_api(api, key, "POST", f"/v1/exports/{export_id}/links", body={"lifetime_s": minutes * 60})
    typer.echo(made["path"])
    typer.echo(f"put behind the API's address, it opens the package until {made['expires_at'][:19]} UTC")


def _tell(export: dict[str, Any]) -> None:
    told = "; somebody else has to approve it" if export["state"] == "asked" else ""
    if export["state"] == "ready":
        told = (
            f": {export['counts']['calls']} calls, {export['size_bytes']} bytes, until {export['expires_at'][:19]} UTC"
        )
    typer.echo(f"{export['id']} {export['kind']:<10} {export['state']:<8} {export['purpose']}{told}")
