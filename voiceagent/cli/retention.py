"""`voiceagent retention`: what will be deleted when, and deleting it now."""

import json
import time
from typing import Annotated, Any

import typer

from voiceagent.cli.api_client import ApiOption, KeyOption, ask_api

retention = typer.Typer(help="What is kept of calls, for how long, and the purge of what is not.", no_args_is_help=True)
_POLL_S = 0.5
_JSON = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


@retention.command("show")
def show(
    call_id: Annotated[str, typer.Argument(help="The call.")],
    as_json: _JSON = False,
    api: ApiOption = "",
    key: KeyOption = "",
) -> None:
    """Show what of a call will be deleted when, and by which rule."""
    found = ask_api(api, key, "GET", f"/v1/calls/{call_id}/retention")
    if as_json:
        typer.echo(json.dumps(found, indent=1))
        return
    for fate in found["classes"]:
        until = fate["until"][:16].replace("T", " ") if fate["until"] else "while the hold is on it"
        why = f"{fate['reason']} {fate['source']}".strip()
        typer.echo(f"{fate['content_class']:<11} {fate['state']:<11} {until:<24} {why}")
    typer.echo(f"tags: {', '.join(found['tags']) or 'none'}; legal holds: {', '.join(found['holds']) or 'none'}")


@retention.command("run")
def run(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would go.")] = False,
    as_json: _JSON = False,
    wait_s: Annotated[float, typer.Option(help="Stop watching after so long; the run goes on.")] = 600.0,
    api: ApiOption = "",
    key: KeyOption = "",
) -> None:
    """Purge what has expired now, instead of at the next hour, and report what was deleted."""
    started = ask_api(api, key, "POST", "/v1/retention/runs", body={"dry_run": dry_run})
    report = _watch(started, wait_s, api, key, quiet=as_json)
    typer.echo(json.dumps(report, indent=1) if as_json else _table(report))
    if report["state"] != "done" or report["errors"]:
        raise typer.Exit(1)


def _watch(report: dict[str, Any], wait_s: float, api: str, key: str, *, quiet: bool) -> dict[str, Any]:
    """The report at the run's end, or as it is after `wait_s`; meanwhile what is done goes to stderr."""
    told = ""
    for _ in range(max(1, round(wait_s / _POLL_S))):
        report = ask_api(api, key, "GET", f"/v1/retention/runs/{report['id']}")
        if report["state"] in ("done", "failed"):
            return report
        progress = f"{report['id']}: {report['state']}, {sum(one['calls'] for one in report['counts'].values())} so far"
        if progress != told and not quiet:
            typer.echo(progress, err=True)
        told = progress
        time.sleep(_POLL_S)
    typer.echo(f"still {report['state']}; is the jobs process running? See it again: GET /v1/retention/runs", err=True)
    return report


def _table(report: dict[str, Any]) -> str:
    done = "would be purged" if report["dry_run"] else "purged"
    lines = [f"{report['id']} {report['state']}"]
    for name, one in report["counts"].items():
        oldest = f", oldest kept {one['oldest_kept'][:10]}" if one["oldest_kept"] else ""
        held = f" ({one['held']} on hold)" if one["held"] else ""
        counted = "" if report["dry_run"] else f", {one['rows']} rows, {one['files']} files"  # a dry run counts calls
        lines.append(f"{name:<11} {one['calls']:>6} calls {done}{counted}; {one['kept']} kept{held}{oldest}")
    lines += [f"error: {one['call_id']} {one['content_class']}: {one['problem']}" for one in report["errors"]]
    return "\n".join(lines)
