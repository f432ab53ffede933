"""`voiceagent up`: everything on this machine, until Ctrl-C."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from voiceagent.config.settings import Settings


def up(
    lines: Annotated[
        int | None, typer.Option(min=1, max=512, help="SIP lines (calls at once); 4 to a gateway process.")
    ] = None,
    profile: Annotated[
        Path | None, typer.Option(exists=True, help="agent.yaml, or its folder, that answers the first number.")
    ] = None,
    free_ports: Annotated[bool, typer.Option("--free-ports", help="Take free ports instead of the set ones.")] = False,
) -> None:
    """Start Postgres and Redis (embedded unless URLs are set), gateways, worker and API; run until Ctrl-C."""
    import asyncio

    from voiceagent.apps.profiles import answered_by
    from voiceagent.config.logging import LogOptions, set_up_logging
    from voiceagent.config.settings import load_settings

    settings = load_settings()
    if profile is not None:
        settings = answered_by(settings, profile)
    if lines is not None:
        settings = settings.model_copy(update={"sip": settings.sip.model_copy(update={"lines": lines})})
    if free_ports:
        settings = settings.with_free_ports()
    set_up_logging(LogOptions(process="up", as_json=settings.log_json, show_pii=settings.log_pii))
    try:
        asyncio.run(_run(settings))
    except asyncio.CancelledError:
        raise typer.Abort from None


async def _run(settings: "Settings") -> None:
    import asyncio
    import signal

    from rich.console import Console

    from voiceagent.apps.platform import start_platform

    console = Console(stderr=True)
    loop, starting, stop = asyncio.get_running_loop(), asyncio.current_task(), asyncio.Event()

    def end() -> None:
        """Once running, drain. While starting, turn back: what has been started is stopped in good order, unless
        Ctrl-C comes again."""
        nonlocal starting
        stop.set()
        if starting is not None:
            starting.cancel()
            starting = None
            loop.remove_signal_handler(signal.SIGINT)
            console.print("stopping: what has been started is ended (Ctrl-C again: at once)")

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end)
    async with start_platform(settings, progress=lambda text: console.print(f"[dim]·[/dim] {text}")) as platform:
        starting = None
        console.print()
        console.print(f"  call        [bold]{platform.sip_uri}[/bold]  ({settings.sip.lines} lines)")
        console.print(f"  talk page   [bold]{platform.web_url}/talk[/bold]  (token: POST /v1/webrtc/tokens)")
        console.print(f"  API         [bold]{platform.api_url}/v1/calls[/bold]")
        if platform.api_key:
            console.print(f"  API key     [bold green]{platform.api_key}[/bold green]  (shown once: keep it)")
        console.print(f"  logs        {platform.logs_dir}")
        console.print("\n  Ctrl-C ends everything.\n")
        await stop.wait()
        console.print("stopping: running calls are ended and recorded")
