"""`voiceagent demo`: start everything, place one real call, show and measure it."""

from pathlib import Path
from typing import Annotated

import typer


def demo(
    json_: Annotated[
        bool, typer.Option("--json", help="Print one JSON object as the last line; all else goes to stderr.")
    ] = False,
    profile: Annotated[Path | None, typer.Option(exists=True, help="agent.yaml that answers, or its folder.")] = None,
    script: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="JSON script of the caller; default: the orders one."),
    ] = None,
    out: Annotated[Path | None, typer.Option(file_okay=False, help="Folder for recording, picture and logs.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave everything running afterwards, until Ctrl-C.")] = False,
) -> None:
    """Start everything on free ports and place a real SIP call from a second process.

    Exit code 0 when the call did all that it shall show, 1 with an explanation when not.
    """
    import asyncio
    import json

    from voiceagent.apps.demo.options import DemoOptions
    from voiceagent.apps.demo.run import DemoResult, run_demo
    from voiceagent.apps.demo.terminal import Terminal
    from voiceagent.config.logging import LogOptions, set_up_logging
    from voiceagent.config.settings import load_settings

    results: list[DemoResult] = []

    def publish(result: DemoResult) -> None:
        results.append(result)
        if json_:
            print(json.dumps(result.report, ensure_ascii=False), flush=True)

    settings = load_settings()
    set_up_logging(LogOptions(process="demo", as_json=settings.log_json, show_pii=settings.log_pii))
    options = DemoOptions(profile=profile, script=script, out=out, keep=keep)
    try:
        asyncio.run(run_demo(settings, options, Terminal(to_stderr=json_), publish))
    except (KeyboardInterrupt, asyncio.CancelledError):
        if not results:
            raise typer.Abort from None
    raise typer.Exit(0 if results and results[0].holds else 1)
