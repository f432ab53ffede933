"""`voiceagent tail`: follow calls as they happen, from the API."""

from typing import Annotated

import typer

from voiceagent.cli.api_client import ApiOption, KeyOption, ask_api, open_api


def tail(
    call_id: Annotated[str, typer.Argument(help="A call to follow; without it the newest calls are listed.")] = "",
    api: ApiOption = "",
    key: KeyOption = "",
) -> None:
    """List calls, or follow one call's events live."""
    from voiceagent.cli.api_output import print_calls, print_event

    if not call_id:
        print_calls(ask_api(api, key, "GET", "/v1/calls", query={"limit": "20"}))
        return
    headers = {"Accept": "text/event-stream"}
    with (
        open_api(api, key) as client,
        client.stream(f"/v1/calls/{call_id}/events", headers=headers, timeout=None) as response,
    ):
        for line in response.iter_lines():
            if line.startswith("data:"):
                print_event(line.removeprefix("data:").strip())
