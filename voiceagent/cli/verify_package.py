"""Whether a package is as it was signed: for `voiceagent audit verify --package`. Works where there is nothing else."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from voiceagent.compliance.exports.verdict import Verdict

_SHOWN = 50


def verify_package(package: Path, pubkey: Path | None, *, signer: str, as_json: bool) -> int:
    """Check every byte of it and tell; the exit code: 0 as signed, 1 changed, 2 missing, 3 signed by somebody else,
    4 not readable.
    """
    import json

    from voiceagent.compliance.exports.verdict import to_data
    from voiceagent.compliance.exports.verify import verify_package as verify

    verdict = verify(package, None if pubkey is None else pubkey.read_bytes(), signer=signer)
    if as_json:
        typer.echo(json.dumps(to_data(verdict), indent=2))
    else:
        _tell(verdict)
    return verdict.outcome.value


def _tell(verdict: "Verdict") -> None:
    for finding in verdict.findings[:_SHOWN]:
        typer.secho(_visible(f"{finding.outcome.name.lower()}: {finding.file}: {finding.what}"), fg="red")
    if len(verdict.findings) > _SHOWN:
        typer.echo(f"and {len(verdict.findings) - _SHOWN} more (--json shows all)")
    if not verdict.findings:
        typer.echo(_visible(f"{verdict.package} is as it was signed: {verdict.calls} calls, {verdict.files} files"))
    if verdict.request:
        typer.echo(_visible(_asked(verdict.request)))
    if verdict.fingerprint:
        typer.echo(f"signed by {verdict.fingerprint}")
    if verdict.fingerprint and not verdict.key_was_given:
        typer.secho(
            "That key is the one inside the package: nothing was changed since somebody signed it, but anybody can "
            "sign. Compare it with what the operator told you, or give --signer or --pubkey.",
            fg="yellow",
        )


def _asked(request: Mapping[str, Any]) -> str:
    """What it is a package of: an older one, or one of other calls, is as good a package."""
    span = f"from {request['since'] or 'the first'} until {request['until']}"
    which = f"call {request['call_id']}" if request["call_id"] else f"calls that began {span}"
    who = f"{request['requester']}, who asked at {request['created_at']} for: {request['purpose']}"
    return f"{request['export_id']} is the export of {request['tenant']} of {which}, made for {who}"


def _visible(text: str) -> str:
    """Whoever made the package named its files: control characters in a name would rewrite what is told of it."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
