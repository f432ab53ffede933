"""`voiceagent tail`: follow calls as they happen, from the API."""

from typing import Annotated

import typer


def tail(
    call_id: Annotated[str, typer.Argument(help="A call to follow; without it the newest calls are listed.")] = "",
    api: Annotated[str, typer.Option(help="Base URL of the API.")] = "",
    key: Annotated[str, typer.Option(envvar="VOICEAGENT_API_KEY", help="API key (va_live_…).")] = "",
) -> None:
    """List calls, or follow one call's events live."""
    import httpx

    from voiceagent.cli.api_output import print_calls, print_event
    from voiceagent.config.settings import load_settings
    from voiceagent.core.errors import Unauthorised, Unavailable

    if not key:
        raise Unauthorised("no API key: set VOICEAGENT_API_KEY or give --key (it was shown at the first start)")
    if not key.isascii() or not key.isprintable():
        raise Unauthorised("this is no API key: keys hold plain letters and digits (va_live_…); copy it once more")
    settings = load_settings()
    base = api or f"http://{settings.api.host}:{settings.api.port}"
    try:
        with httpx.Client(base_url=base, headers={"Authorization": f"Bearer {key}"}, timeout=10) as http:
            if not call_id:
                print_calls(http.get("/v1/calls", params={"limit": 20}).raise_for_status().json())
                return
            headers = {"Accept": "text/event-stream"}
            with http.stream("GET", f"/v1/calls/{call_id}/events", headers=headers, timeout=None) as response:
                response.raise_for_status()
                for line in response.iter_lines():
                    if line.startswith("data:"):
                        print_event(line.removeprefix("data:").strip())
    except httpx.HTTPStatusError as error:
        raise Unavailable(f"the API answered {error.response.status_code} for {error.request.url.path}") from error
    except (httpx.TransportError, httpx.InvalidURL) as error:
        raise Unavailable(f"no API at {base}: is `voiceagent up` running? ({error})") from error
