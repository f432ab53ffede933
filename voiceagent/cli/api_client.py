"""The admin API as commands ask it: a key, a base URL, and what it refused told in its own words."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:  # commands start without it
    import httpx

ApiOption = Annotated[str, typer.Option(help="Base URL of the API.")]
KeyOption = Annotated[str, typer.Option(envvar="VOICEAGENT_API_KEY", help="API key (va_live_…).")]


@contextmanager
def open_api(api: str, key: str) -> "Iterator[httpx.Client]":
    """The API there, or where the settings say. Raises Unauthorised without a key, Unavailable where there is none."""
    import httpx

    from voiceagent.config.settings import load_settings
    from voiceagent.core.errors import Unauthorised, Unavailable

    if not key:
        raise Unauthorised("no API key: set VOICEAGENT_API_KEY or give --key (it was shown at the first start)")
    if not key.isascii() or not key.isprintable():
        raise Unauthorised("this is no API key: keys hold plain letters and digits (va_live_…); copy it once more")
    settings = load_settings()
    base = api or f"http://{settings.api.host}:{settings.api.port}"
    try:
        with httpx.Client(base_url=base, headers={"Authorization": f"Bearer {key}"}, timeout=30) as http:
            yield http
    except (httpx.TransportError, httpx.InvalidURL) as error:
        raise Unavailable(f"no API at {base}: is `voiceagent up` running? ({error})") from error


def ask_api(
    api: str, key: str, method: str, path: str, *, body: object = None, query: Mapping[str, str] | None = None
) -> Any:
    """The JSON of the answer. Raises what `open_api` does, and Unavailable or BadInput with the API's reason."""
    with open_api(api, key) as http:
        answer = http.request(method, path, json=body, params=dict(query or {}))
    check_answer(answer)
    return answer.json()


def check_answer(answer: "httpx.Response") -> None:
    """Raises Unavailable or BadInput with the reason of an answer that is none."""
    from voiceagent.core.errors import BadInput, Unavailable

    if answer.is_success:
        return
    problem = answer.json() if "json" in answer.headers.get("content-type", "") else {}
    told = problem.get("detail") or f"the API answered {answer.status_code}"
    raise (Unavailable if answer.is_server_error else BadInput)(told)
