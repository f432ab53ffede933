"""`voiceagent doctor`: what is used, what is missing and what to do about it."""

from typing import Annotated

import typer


def doctor(json_: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Check this machine and the settings; exit code 1 when something needs to be done."""
    import json

    from rich.console import Console
    from rich.markup import escape

    from voiceagent.apps.check_up import check_up

    findings = check_up()
    if json_:
        typer.echo(json.dumps([{"what": f.what, "ok": f.ok, "found": f.found, "remedy": f.remedy} for f in findings]))
    else:
        console = Console()
        for finding in findings:
            mark = "[green]ok  [/green]" if finding.ok else "[red]fix [/red]"
            console.print(f"{mark} {finding.what:<22} {escape(finding.found)}", highlight=False)
            if not finding.ok:
                console.print(f"     [yellow]-> {escape(finding.remedy)}[/yellow]", highlight=False)
    raise typer.Exit(0 if all(finding.ok for finding in findings) else 1)
