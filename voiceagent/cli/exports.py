"""`voiceagent exports`: packages that the API makes in the background and keeps for a week."""

from pathlib import Path
from typing import Annotated, Any

import typer

from voiceagent.cli.api_client import ApiOption, KeyOption, ask_api, ask_for_all, open_api

exports = typer.Typer(help="Exports over the API: made in the background, kept for a week.", no_args_is_help=True)


_LEFT_OUT = {
    "not_ended": "they had not ended",
    "erasure": "the person asked for their erasure, which is under way or has locked what must be kept",
}
_ACCESS = "the person's access to their data (GDPR Art. 15)"


@exports.command("create")
def create(
    kind: Annotated[str, typer.Argument(help="dsar, audit, litigation or bulk.")],
    *,
    purpose: Annotated[str, typer.Option(help="Why; it is written into the package.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Every call there is.")] = False,
    call: Annotated[list[str] | None, typer.Option(help="One call, by its id; of dsar as many as you name.")] = None,
    number: Annotated[list[str] | None, typer.Option(help="Of dsar: a number of the person: +49301234567.")] = None,
    identity: Annotated[
        str, typer.Option(help="Of dsar: how you know who asks: knowledge, one_time_code, document, in_person.")
    ] = "",
    deliver_by: Annotated[
        str,
        typer.Option(
            help="Of dsar: how they get it, known before they asked: known_number, known_email, known_address, "
            "customer_account, in_person."
        ),
    ] = "",
    received: Annotated[str, typer.Option(help="Of dsar: when they asked, with a zone: 2026-11-01T08:00:00Z.")] = "",
    mask_other_voices: Annotated[
        bool, typer.Option("--mask-other-voices", help="Of dsar: only the person is heard in recordings.")
    ] = False,
    since: Annotated[str, typer.Option("--from", help="Calls that began then or later: 2026-11-01T00:00:00Z.")] = "",
    until: Annotated[str, typer.Option("--to", help="Calls that began before then.")] = "",
    organisation: Annotated[str, typer.Option(help="Who answers the calls, as it shall read in the vCons.")] = "",
    no_media: Annotated[bool, typer.Option("--no-media", help="Leave the recordings out.")] = False,
    mute_masked: Annotated[
        bool, typer.Option("--mute-masked", help="Recordings are silent where words were masked.")
    ] = False,
    parquet: Annotated[bool, typer.Option("--parquet", help="The tables as Parquet, too.")] = False,
    api: ApiOption = "",
    key: KeyOption = "",
) -> None:
    """Ask for an export; `bulk` waits until somebody else approves it, `dsar` is for one person."""
    whose = _person_or_call(kind, number or [], call or [])
    chosen: dict[str, Any] = {**whose, "everything": everything, "since": since, "until": until}
    about = {
        "identity_check": identity,
        "deliver_by": deliver_by,
        "received_at": received,
        "mask_other_voices": mask_other_voices,
    }
    body = {
        "kind": kind,
        "purpose": purpose or (_ACCESS if kind == "dsar" else ""),
        "filter": {name: value for name, value in chosen.items() if value},
        "organisation": organisation,
        "media": not no_media,
        "mute_masked": mute_masked,
        "parquet": parquet,
        **{name: value for name, value in about.items() if value},
    }
    _tell(ask_api(api, key, "POST", "/v1/exports", body=body))


@exports.command("list")
def list_exports(api: ApiOption = "", key: KeyOption = "") -> None:
    """List the exports, newest first."""
    for one in ask_for_all(api, key, "/v1/exports"):
        _tell(one)


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
    for reason, what in _LEFT_OUT.items():
        if left := found["counts"].get(f"calls_{reason}"):
            typer.echo(f"  {left} calls are left out: {what}")
    if found["subject"]:
        typer.echo(f"  to be answered by {found['subject']['due_at'][:10]}")
        if found["subject"]["opens_at"]:
            typer.echo(
                f"  may be taken from {found['subject']['opens_at'][:19]} UTC on, if nobody says it was not them"
            )
    for one in found["downloads"]:
        typer.echo(f"  downloaded {one['at'][:19]} by {one['by']} ({one['via']})")


@exports.command("approve")
def approve(
    export_id: Annotated[str, typer.Argument(help="The export.")], api: ApiOption = "", key: KeyOption = ""
) -> None:
    """Agree to an export that somebody else has asked for."""
    _tell(ask_api(api, key, "POST", f"/v1/exports/{export_id}/actions/approve"))


@exports.command("download")
def download(
    export_id: Annotated[str, typer.Argument(help="The export.")],
    out: Annotated[Path, typer.Option("--out", help="The file to write; it must not exist.")],
    api: ApiOption = "",
    key: KeyOption = "",
) -> None:
    """Download the package, which is noted in the audit log."""
    from voiceagent.client import Exports
    from voiceagent.core.errors import BadInput

    with open_api(api, key) as client:
        try:
            Exports(client).download(export_id, out)
        except OSError as error:
            raise BadInput(f"{out} cannot be written: {error.strerror}") from error
    typer.echo(f"{out}: check it with `voiceagent audit verify --package {out}`")


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


def _person_or_call(kind: str, numbers: list[str], calls: list[str]) -> dict[str, Any]:
    from voiceagent.core.errors import BadInput

    if kind == "dsar":
        return {"subject": {"numbers": numbers, "call_ids": calls}}
    if numbers or len(calls) > 1:
        raise BadInput("--number and several --call are for a person's data (dsar); name one call, or --from and --to")
    return {"call_id": "".join(calls)}


def _tell(export: dict[str, Any]) -> None:
    told = "; somebody else has to approve it" if export["state"] == "asked" else ""
    if export["state"] == "ready":
        told = (
            f": {export['counts']['calls']} calls, {export['size_bytes']} bytes, until {export['expires_at'][:19]} UTC"
        )
    typer.echo(f"{export['id']} {export['kind']:<10} {export['state']:<8} {export['purpose']}{told}")
