"""Whether a package is as it was signed: for `voiceagent audit verify --package`. Works where there is nothing else."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from voiceagent.compliance.exports.verdict import Verdict

_SHOWN = 50


def verify_package(package: Path, pubkey: Path | None, *, as_json: bool) -> int:
    """Check every byte of it and tell; the exit code: 0 as signed, 1 changed, 2 missing, 3 signed by somebody else,
    4 not readable.
    """
    import json

    from voiceagent.compliance.exports.verdict import to_data
    from voiceagent.compliance.exports.verify import verify_package as verify

    verdict = verify(package, None if pubkey is None else pubkey.read_bytes())
    if as_json:
        typer.echo(json.dumps(to_data(verdict), indent=2))
    else:
        _tell(verdict)
    return verdict.outcome.value


def _tell(verdict: "Verdict") -> None:
    for finding in verdict.findings[:_SHOWN]:
        typer.secho(f"{finding.outcome.name.lower()}: {finding.file}: {finding.what}", fg="red")
    if len(verdict.findings) > _SHOWN:
        typer.echo(f"and {len(verdict.findings) - _SHOWN} more (--json shows all)")
    if not verdict.findings:
        typer.echo(f"{verdict.package} is as it was signed: {verdict.calls} calls, {verdict.files} files")
    if verdict.fingerprint:
        typer.echo(f"signed by {verdict.fingerprint}")
    if verdict.fingerprint and not verdict.key_was_given:
        typer.secho(
            "That key is the one inside the package: nothing was changed since somebody signed it, but anybody can "
            "sign. Compare it with what the operator told you, or give --pubkey.",
            fg="yellow",
        )
