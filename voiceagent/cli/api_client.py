"""The admin API as commands ask it: a key, a base URL, and what it refused told in its own words."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

ApiOption = Annotated[str, typer.Option(help="Base URL of the API.")]
KeyOption = Annotated[str, typer.Option(envvar="VOICEAGENT_API_KEY", help="API key (va_live_…).")]


def ask_api(
    api: str, key: str, method: str, path: str, *, body: object = None, query: Mapping[str, str] | None = None
) -> Any:
    """The JSON of the answer. Raises Unauthorised without a key, and Unavailable or BadInput with the API's reason."""
    import httpx

    from voiceagent.config.settings import load_settings
    from voiceagent.core.errors import BadInput, Unauthorised, Unavailable

    if not key:
        raise Unauthorised("no API key: set VOICEAGENT_API_KEY or give --key (it was shown at the first start)")
    if not key.isascii() or not key.isprintable():
        raise Unauthorised("this is no API key: keys hold plain letters and digits (va_live_…); copy it once more")
    settings = load_settings()
    base = api or f"http://{settings.api.host}:{settings.api.port}"
    try:
        with httpx.Client(base_url=base, headers={"Authorization": f"Bearer {key}"}, timeout=30) as http:
            answer = http.request(method, path, json=body, params=dict(query or {}))
    except (httpx.TransportError, httpx.InvalidURL) as error:
        raise Unavailable(f"no API at {base}: is `voiceagent up` running? ({error})") from error
    if answer.is_success:
        return answer.json()
    problem = answer.json() if "json" in answer.headers.get("content-type", "") else {}
    told = problem.get("detail") or f"the API answered {answer.status_code}"
    raise (Unavailable if answer.is_server_error else BadInput)(told)
