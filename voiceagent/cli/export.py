"""`voiceagent export`: a signed package of calls, for an auditor."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from datetime import datetime

    from voiceagent.compliance.exports.request import ExportRequest


def export(
    *,
    out: Annotated[Path, typer.Option("--out", help="The folder for the package.")],
    everything: Annotated[bool, typer.Option("--all", help="Every call there is.")] = False,
    call: Annotated[str, typer.Option(help="One call, by its id.")] = "",
    since: Annotated[
        str, typer.Option("--from", help="Calls that began then or later (UTC): 2026-11-01 or with a time.")
    ] = "",
    until: Annotated[str, typer.Option("--to", help="Calls that began before then (UTC).")] = "",
    again: Annotated[
        Path | None, typer.Option(exists=True, help="Make this package once more: the same request, byte for byte.")
    ] = None,
    purpose: Annotated[str, typer.Option(help="Why it is made; it is written into the package.")] = "audit",
    organisation: Annotated[str, typer.Option(help="Who answers the calls, as it shall read in the vCons.")] = "",
    tenant: Annotated[str, typer.Option(help="Whose calls.")] = "default",
    no_media: Annotated[bool, typer.Option("--no-media", help="Leave the recordings out.")] = False,
    vcon: Annotated[str, typer.Option(help="The vCon profile: 0.4.0 or 0.5.0.")] = "0.4.0",
    mute_masked: Annotated[
        bool, typer.Option("--mute-masked", help="Recordings are silent where words were masked.")
    ] = False,
    parquet: Annotated[
        bool, typer.Option("--parquet", help="The tables as Parquet, too; needs voiceagent[parquet].")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, and no progress.")] = False,
) -> None:
    """Write calls into a signed package, with their words and recordings; `audit verify --package` checks it."""
    import json
    from dataclasses import asdict, replace

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from voiceagent.apps.database import recorded
    from voiceagent.apps.export import export as write
    from voiceagent.compliance.vcon.profile import VconProfile
    from voiceagent.config.settings import load_settings
    from voiceagent.core.errors import BadInput

    chosen = [bool(everything), bool(call), bool(since or until), again is not None]
    if sum(chosen) != 1:
        raise BadInput("say which calls: one of --all, --call ID, --from/--to, --again PACKAGE")
    if again is not None and (mute_masked or parquet):
        raise BadInput("--again makes the package as it was asked for: leave out --mute-masked and --parquet")
    if vcon not in set(VconProfile):
        raise BadInput(f"{vcon} is no vCon profile; choose one of {', '.join(VconProfile)}")
    if again is not None:
        request = _request_of(again)
    else:
        request = replace(
            _new_request(tenant, call, since, until),
            purpose=purpose,
            organisation=organisation or tenant,
            media=not no_media,
            profile=VconProfile(vcon),
            parquet=parquet,
            mute_masked=mute_masked,
        )
    columns = (TextColumn("calls"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=as_json) as bar:
        task = bar.add_task("calls", total=None)
        settings = recorded(load_settings())
        done = write(settings, request, out, progress=lambda at, of: bar.update(task, completed=at, total=of))
    if as_json:
        typer.echo(json.dumps({**asdict(done), "path": str(done.path)}))
        return
    typer.echo(f"{done.path}: {done.calls} calls")
    typer.echo(f"signed by {done.fingerprint}; tell this to the receiver on another way than the package")


def _new_request(tenant: str, call: str, since: str, until: str) -> "ExportRequest":
    from voiceagent.apps.shell_user import shell_user
    from voiceagent.compliance.exports.request import ExportRequest
    from voiceagent.core.clock import SystemClock
    from voiceagent.core.ids import CallId, TenantId, new_id

    now = SystemClock().now()
    return ExportRequest(
        export_id=new_id("exp"),
        tenant_id=TenantId(tenant),
        organisation="",
        requester=shell_user(),
        purpose="",
        created_at=now,
        since=_time(since, "--from") if since else None,
        until=_time(until, "--to") if until else now,
        call_id=CallId(call) if call else None,
    )


def _request_of(package: Path) -> "ExportRequest":
    import json

    from voiceagent.compliance.exports.archive import UNREADABLE
    from voiceagent.compliance.exports.opened import opened
    from voiceagent.compliance.exports.request import from_data
    from voiceagent.core.errors import BadInput

    try:
        with opened(package) as files, files.open("manifest.json") as file:
            return from_data(json.load(file)["request"])
    except (*UNREADABLE, KeyError, TypeError) as error:
        raise BadInput(f"{package} is no package of `voiceagent export`: {error}") from error


def _time(text: str, option: str) -> "datetime":
    from datetime import UTC, datetime

    from voiceagent.core.errors import BadInput

    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"{option} {text} is no date; write it like 2026-11-01 or 2026-11-01T08:00:00") from error
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
