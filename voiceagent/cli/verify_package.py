"""`voiceagent verify-package`: whether a package is as it was signed. Works on a machine that has nothing else."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from voiceagent.compliance.exports.verdict import Verdict

_SHOWN = 50


def verify_package(
    package: Annotated[Path, typer.Argument(help="The zip, or the folder that it was unpacked to.")],
    pubkey: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Certificate or public key (PEM) of whom it must be from."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check every byte of an exported package, offline.

    Exit 0: as signed. 1: changed. 2: missing. 3: signed by somebody else. 4: not readable.
    """
    import json

    from voiceagent.compliance.exports.verdict import to_data
    from voiceagent.compliance.exports.verify import verify_package as verify

    verdict = verify(package, None if pubkey is None else pubkey.read_bytes())
    if as_json:
        typer.echo(json.dumps(to_data(verdict), indent=2))
    else:
        _tell(verdict)
    raise typer.Exit(verdict.outcome.value)


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
