"""The admin API as commands ask it: where it is by the settings, and with which key."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:  # commands start without it
    from voiceagent.client import ApiClient

ApiOption = Annotated[str, typer.Option(help="Base URL of the API.")]
KeyOption = Annotated[str, typer.Option(envvar="VOICEAGENT_API_KEY", help="API key (va_live_…).")]


def open_api(api: str, key: str, *, attempts: int = 1) -> "ApiClient":
    """The API there, or where the settings say, asked once: whoever types a command sees what is wrong at once.

    Raises Unauthorised without a key.
    """
    from voiceagent.client import ApiClient
    from voiceagent.config.settings import load_settings
    from voiceagent.core.errors import Unauthorised

    if not key:
        raise Unauthorised("no API key: set VOICEAGENT_API_KEY or give --key (it was shown at the first start)")
    settings = load_settings()
    return ApiClient(api or f"http://{settings.api.host}:{settings.api.port}", key, attempts=attempts)


def ask_api(
    api: str, key: str, method: str, path: str, *, body: object = None, query: Mapping[str, str] | None = None
) -> Any:
    """The JSON of the answer. Raises what `open_api` and `ApiClient` do, with the API's reason."""
    with open_api(api, key) as client:
        return client.ask(method, path, body=body, query=query).json()


def ask_for_all(api: str, key: str, path: str, query: Mapping[str, str] | None = None) -> "Iterator[dict[str, Any]]":
    """Every object of a list, page after page. Raises the same."""
    with open_api(api, key) as client:
        yield from client.items(path, query)
