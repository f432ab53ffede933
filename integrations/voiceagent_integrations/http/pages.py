"""Collecting rows over pages. The port wants 50 at most, so one page is the rule."""

from collections.abc import Callable
from dataclasses import replace

from voiceagent_integrations.http.exchange import Exchange
from voiceagent_integrations.http.fields import Row, optional, rows
from voiceagent_integrations.http.message import Answer, Ask
from voiceagent_integrations.http.urls import follow

WANTED = 50
Next = Callable[[Ask, Answer], Ask | None]  # the request for the page after this one


async def collect(exchange: Exchange, ask: Ask, *, at: str, following: Next, wanted: int = WANTED) -> list[Row]:
    """The first `wanted` rows of the list at `at`, over at most `max_pages` pages; none for a 404 that `ask` takes."""
    found: list[Row] = []
    for _ in range(exchange.max_pages):
        answer = await exchange.send(ask)
        if answer.status == 404:
            break
        found += rows(answer.data, at)
        upcoming = following(ask, answer)
        if len(found) >= wanted or upcoming is None:
            break
        ask = upcoming
    return found[:wanted]


def by_link(exchange: Exchange, at: str) -> Next:
    """The answer names the next page's address at `at`."""

    def following(ask: Ask, answer: Answer) -> Ask | None:
        link = optional(answer.data, at)
        if not link:
            return None
        return replace(ask, path=origin_path(exchange, link), params={})

    return following


def origin_path(exchange: Exchange, link: str) -> str:
    """The link as a whole address on the API's own host. Raises UpstreamUnavailable for another's."""
    scheme, _, rest = exchange.base_url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}{follow(link, base=exchange.base_url)}"


def by_cursor(at: str, put: Callable[[Ask, str], Ask]) -> Next:
    """The answer holds a cursor at `at`; `put` puts it into the next request."""

    def following(ask: Ask, answer: Answer) -> Ask | None:
        cursor = optional(answer.data, at)
        return put(ask, cursor) if cursor else None

    return following


def by_offset(parameter: str, size: int, at: str) -> Next:
    """The query parameter counts rows; a page that is not full is the last."""

    def following(ask: Ask, answer: Answer) -> Ask | None:
        if len(rows(answer.data, at)) < size:
            return None
        offset = int(ask.params.get(parameter, "0")) + size
        return replace(ask, params={**ask.params, parameter: str(offset)})

    return following
