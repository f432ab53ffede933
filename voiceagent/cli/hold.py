"""`voiceagent hold`: orders that stop deletion."""

from typing import Annotated, Any

import typer

from voiceagent.cli.api_client import ApiOption, KeyOption, ask_api, ask_for_all

hold = typer.Typer(help="Legal holds: what may not be deleted while a matter is open.", no_args_is_help=True)


@hold.command("place")
def place(
    matter: Annotated[str, typer.Argument(help="What it is about, such as a file number.")],
    *,
    reason: Annotated[str, typer.Option(help="Why; is kept with the hold.")],
    call: Annotated[str, typer.Option(help="One call.")] = "",
    caller: Annotated[str, typer.Option(help="All calls of this number.")] = "",
    number: Annotated[str, typer.Option(help="All calls on a number of ours.")] = "",
    profile: Annotated[str, typer.Option(help="All calls that this agent answered.")] = "",
    tag: Annotated[str, typer.Option(help="All calls with this tag.")] = "",
    everything: Annotated[bool, typer.Option("--everything", help="All calls.")] = False,
    classes: Annotated[list[str] | None, typer.Option("--class", help="audio, transcript, … (default: all)")] = None,
    api: ApiOption = "",
    key: KeyOption = "",
) -> None:
    """Stop the deletion of calls; what several options name must all apply."""
    selector = {"call_id": call, "caller": caller, "number": number, "profile": profile, "tag": tag}
    body: dict[str, Any] = {"matter": matter, "reason": reason, "selector": selector, "everything": everything}
    if classes:
        body["classes"] = classes
    placed = ask_api(api, key, "POST", "/v1/legal-holds", body=body)
    typer.echo(f"{placed['id']} is in force: nothing under it is deleted from now on")


@hold.command("list")
def list_holds(
    everything: Annotated[bool, typer.Option("--all", help="Released ones, too.")] = False,
    api: ApiOption = "",
    key: KeyOption = "",
) -> None:
    """List the holds that are in force."""
    for one in ask_for_all(api, key, "/v1/legal-holds", {} if everything else {"active": "true"}):
        named = ", ".join(f"{name} {value}" for name, value in one["selector"].items() if value) or "all calls"
        typer.echo(f"{one['id']} {one['state']:<13} {one['placed_at'][:10]} {one['matter']}: {named}")


@hold.command("release")
def release(
    hold_id: Annotated[str, typer.Argument(help="The hold.")], api: ApiOption = "", key: KeyOption = ""
) -> None:
    """Ask for a hold's release, or approve what somebody else has asked for."""
    found = ask_api(api, key, "POST", f"/v1/legal-holds/{hold_id}/actions/release")
    if found["state"] == "released":
        typer.echo(f"{hold_id} is released; what has expired under it goes with the next run")
    else:
        typer.echo(f"{hold_id}: release asked for; it stays in force until somebody else approves it")
