"""`voiceagent audit`: who did what to which record, and whether the log of it is what was written."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voiceagent.cli.api_client import ApiOption, KeyOption, ask_api

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voiceagent.apps.audit import VerifyRun
    from voiceagent.records.audit.check import Finding
    from voiceagent.records.repositories.audit import StoredAct

audit = typer.Typer(help="Look at the audit log, and verify it.", no_args_is_help=True)

_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@audit.command("verify")
def verify(
    package: Annotated[
        Path | None,
        typer.Option(help="Instead of the log: an exported package (zip or folder). Needs no database, no network."),
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Insist on using nothing but files: only packages can be verified so.")
    ] = False,
    since: Annotated[
        Path | None,
        typer.Option(help="File with a checkpoint that you kept. What is older is only held against it."),
    ] = None,
    pubkey: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="Public keys (PEM); without it <state>/audit/signing.pub is believed, or the key in the package.",
        ),
    ] = None,
    signer: Annotated[
        str, typer.Option(help="Of a package: the fingerprint of its signer that you were told by the operator.")
    ] = "",
    anchors: Annotated[
        Path | None, typer.Option(help="Folder of the anchors, or your copy of it; without it <state>/anchors.")
    ] = None,
    json_: _Json = False,
) -> None:
    """Recompute every hash of the log and hold it against the anchored checkpoints, or check a package.

    Exit code: 0 all is as written; 1 changed, with the first bad entry; 2 entries are missing; 3 a checkpoint, its
    signature or the key is missing; 4 it cannot be read.
    """
    if package is not None:
        from voiceagent.cli.verify_package import verify_package

        raise typer.Exit(verify_package(package, pubkey, signer=signer, as_json=json_))
    if offline:
        raise typer.BadParameter("the log itself lies in the database: give --package FILE to verify an export offline")
    import asyncio
    import json

    from voiceagent.apps.audit import verify_logs
    from voiceagent.config.settings import load_settings

    run = asyncio.run(verify_logs(load_settings(), since=since, public_keys=pubkey, anchors=anchors))
    typer.echo(json.dumps(_as_data(run)) if json_ else _as_text(run))
    raise typer.Exit(run.code)


@audit.command("list")
def list_(
    action: Annotated[str, typer.Option(help="Only this action, e.g. recording.read")] = "",
    object_: Annotated[str, typer.Option("--object", help="Only acts on this id, e.g. of a call.")] = "",
    actor: Annotated[str, typer.Option(help="Only acts of this id, e.g. of an API key.")] = "",
    tenant: Annotated[str, typer.Option(help="Whose log; `_installation` for what belongs to no tenant.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    json_: _Json = False,
) -> None:
    """Newest first."""
    import asyncio
    import json

    from voiceagent.apps.audit import newest_acts
    from voiceagent.config.settings import load_settings
    from voiceagent.core.ids import TenantId
    from voiceagent.records.repositories.audit import AuditFilter

    settings = load_settings()
    where = AuditFilter(action=action, actor=actor, object_=object_)
    found = asyncio.run(newest_acts(settings, TenantId(tenant or settings.tenant), limit=limit, where=where))
    if json_:
        typer.echo(json.dumps([{**act.entry.record(), "details": act.details} for act in found]))
    else:
        _print_acts(found)


@audit.command("access")
def access(
    week: Annotated[str, typer.Argument(help="Such as 2026-W47; the last one that is over when left out.")] = "",
    json_: _Json = False,
    api: ApiOption = "",
    key: KeyOption = "",
) -> None:
    """Tell who opened how much of what callers said in a week. That you looked is noted."""
    import json

    weeks = ask_api(api, key, "GET", "/v1/access-reports")["items"]
    found = ask_api(api, key, "GET", f"/v1/access-reports/{week or weeks[1]['week']}")
    if json_:
        typer.echo(json.dumps(found))
        return
    typer.echo(f"{found['week']}: {len(found['items'])} opened something")
    for one in found["items"]:
        opened = ", ".join(f"{count} {kind}" for kind, count in one["opened"].items() if count) or "nothing"
        purposes = ", ".join(f"{purpose} {count}" for purpose, count in one["purposes"].items())
        typer.echo(
            f"{one['holder']:<30}  {opened}; {one['raw']} not masked, {one['most_raw_in_a_day']} in one day; "
            f"refused {one['refused']} times" + (f"; for {purposes}" if purposes else "")
        )


def _as_data(run: "VerifyRun") -> dict[str, Any]:
    from voiceagent.records.audit.check import Verdict

    return {
        "result": Verdict(run.code).name.lower(),
        "exit_code": run.code,
        "logs": [
            {
                "tenant": report.tenant_id,
                "entries": report.entries,
                "signed": report.signed,
                "erased_details": report.erased,
                "root": report.root.hex(),
                "checkpoints": report.checkpoints,
            }
            for report in run.reports
        ],
        "findings": [
            {
                "verdict": finding.verdict.name.lower(),
                "tenant": tenant,
                "seq": finding.seq or None,
                "what": finding.what,
            }
            for tenant, finding in _with_tenants(run)
        ],
        "not_logged": run.note or None,
    }


def _as_text(run: "VerifyRun") -> str:
    from voiceagent.records.audit.check import Verdict

    lines = [
        f"{report.tenant_id}: {report.entries} entries are as written, {report.signed} of them below a checkpoint "
        f"({report.checkpoints} in all); details of {report.erased} were erased"
        for report in run.reports
    ]
    for tenant, finding in _with_tenants(run):
        where = f"{tenant}: " if tenant else ""
        lines.append(f"{finding.verdict.name}: {where}{finding.what}")
    if run.note:
        lines.append(f"this run is not in the log: {run.note}")
    return "\n".join([*lines, f"result: {Verdict(run.code).name.lower()}"])


def _with_tenants(run: "VerifyRun") -> list[tuple[str, "Finding"]]:
    if not run.reports:
        return [("", finding) for finding in run.findings]
    return [(report.tenant_id, finding) for report in run.reports for finding in report.findings]


def _print_acts(found: "Sequence[StoredAct]") -> None:
    import json

    for act in found:
        entry = act.entry
        actor = f"{entry.actor_kind} {entry.actor_id}".strip()
        details = "erased" if act.details is None else json.dumps(act.details)
        typer.echo(
            f"{entry.seq:>8}  {entry.at:%Y-%m-%d %H:%M:%S}  {actor:<36}  {entry.action:<22}  {entry.object_id:<31}  "
            f"{entry.result:<8}  {details}"
        )
