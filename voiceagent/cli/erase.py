"""`voiceagent erase`: what one person leaves behind, taken away at their request."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from voiceagent.cli.api_client import ApiOption, KeyOption, ask_api

erase = typer.Typer(help="Erase one person's data: asked by one, approved by another.", no_args_is_help=True)
_PATH = "/v1/erasure-requests"
_JSON = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Request = Annotated[str, typer.Argument(help="The request.")]


@erase.command("person")
def person(
    numbers: Annotated[list[str] | None, typer.Argument(help="Every number of the person: +49301234567.")] = None,
    *,
    call: Annotated[list[str] | None, typer.Option(help="A call without a number, by its id.")] = None,
    identity: Annotated[
        str, typer.Option(help="How you know who asked: knowledge, one_time_code, document, in_person.")
    ] = "",
    received: Annotated[str, typer.Option(help="When the person asked, with a zone: 2026-11-01T08:00:00Z.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what would go, and what holds the rest.")
    ] = False,
    as_json: _JSON = False,
    api: ApiOption = "",
    key: KeyOption = "",
) -> None:
    """Enter a person's request; nothing is erased until somebody else approves it."""
    from voiceagent.core.errors import BadInput

    whom: dict[str, Any] = {"numbers": numbers or [], "call_ids": call or []}
    if dry_run:
        found = ask_api(api, key, "POST", f"{_PATH}/actions/preview", body=whom)
        _tell(found, as_json, [f"{found['calls']} calls", *_lines(found["outcomes"])])
        return
    if not identity:
        raise BadInput("say with --identity how you made sure that it is this person who asks")
    body = {**whom, "identity_check": identity, **({"received_at": received} if received else {})}
    found = ask_api(api, key, "POST", _PATH, body=body)
    told = f"{found['id']} is entered, due by {found['due_at'][:10]}; somebody else has to approve it:"
    _tell(found, as_json, [told, f"  voiceagent erase approve {found['id']}"])


@erase.command("approve")
def approve(request_id: _Request, as_json: _JSON = False, api: ApiOption = "", key: KeyOption = "") -> None:
    """Approve what somebody else has entered; it is carried out at once and cannot be undone."""
    found = ask_api(api, key, "POST", f"{_PATH}/{request_id}/actions/approve")
    _tell(found, as_json, [f"{request_id} is approved; watch it with `voiceagent erase show {request_id}`"])


@erase.command("show")
def show(request_id: _Request, as_json: _JSON = False, api: ApiOption = "", key: KeyOption = "") -> None:
    """Show how far a request is, what is erased, and what has to stay and why."""
    found = ask_api(api, key, "GET", f"{_PATH}/{request_id}")
    told = f"{request_id} {found['state']}, after step {found['step']}; due by {found['due_at'][:10]}"
    _tell(found, as_json, [told, *_lines(found["outcomes"])])


@erase.command("receipt")
def receipt(
    request_id: _Request,
    out: Annotated[Path, typer.Option("--out", help="The file to write.")],
    api: ApiOption = "",
    key: KeyOption = "",
) -> None:
    """Fetch the signed receipt, to be given to the person who asked."""
    from voiceagent.compliance.canonical import canonical_json
    from voiceagent.compliance.erasure.receipt import verify_receipt

    data = canonical_json(ask_api(api, key, "GET", f"{_PATH}/{request_id}/receipt"))
    fingerprint = verify_receipt(data).fingerprint
    out.write_bytes(data)
    typer.echo(f"{out}: signed by {fingerprint}; tell this to the receiver on another way than the file")


@erase.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A receipt.")], as_json: _JSON = False
) -> None:
    """Verify a receipt, without a network."""
    from voiceagent.compliance.erasure.receipt import verify_receipt

    good = verify_receipt(file.read_bytes())
    gone = [f"{one['class']:<11} {one['calls']:>6} calls erased: {one['method']}" for one in good.content["erased"]]
    kept = [
        f"{one['class']:<11} {one['calls']:>6} calls kept: {one['reason']} {one['source']}".rstrip()
        + (", keys destroyed" if one.get("keys_destroyed") else "")
        for one in good.content["kept"]
    ]
    found = {"fingerprint": good.fingerprint, **good.content}
    signed = f"good, signed by {good.fingerprint} at {good.content['made_at']}"
    _tell(found, as_json, [signed, f"{good.content['calls']} calls were found", *gone, *kept])


@erase.command("replay")
def replay(
    tombstones: Annotated[
        Path | None, typer.Option(exists=True, help="Your copy of the file (default: the one in the state folder).")
    ] = None,
    as_json: _JSON = False,
) -> None:
    """After a restore: erase once more what was erased since the backup. Run it before anybody reads."""
    from voiceagent.apps.tombstone_replay import replay as run
    from voiceagent.config.settings import load_settings

    done = run(load_settings(), tombstones)
    newest = done.newest.isoformat() if done.newest else ""
    told = [
        f"{done.erased} tombstones carried out; of {done.unknown} the call is not in this database",
        f"the newest is of {newest or 'no time, for there is none'}: what was erased later was not in the file",
    ]
    _tell({"erased": done.erased, "unknown": done.unknown, "newest": newest}, as_json, told)


def _lines(outcomes: list[dict[str, Any]]) -> list[str]:
    lines = []
    for one in outcomes:
        until = f" until {one['until'][:10]}" if one["until"] else ""
        why = f"{one['reason']} {one['source']}".strip()
        lines.append(f"{one['content_class']:<11} {one['calls']:>6} calls {one['fate']}{until}: {why}".rstrip(": "))
    return lines


def _tell(found: object, as_json: bool, lines: list[str]) -> None:
    typer.echo(json.dumps(found, indent=1) if as_json else "\n".join(lines))
