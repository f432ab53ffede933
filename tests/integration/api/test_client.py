"""The Python client asks for what the API's own document offers, and the API answers it."""

import asyncio
import inspect
import re
from collections.abc import Iterator
from typing import Any, get_args, get_origin, get_type_hints

import httpx
import pytest
from pydantic import BaseModel

from tests.integration.api.command_line import InProcess
from tests.integration.api.house import PEPPER, TENANT
from tests.integration.records.campaign_lists import CAMPAIGN, add_campaign
from voiceagent.api.resources.campaigns.schemas import MOST_CONTACTS, AddedContacts, NewContact
from voiceagent.api.resources.exports.schemas import ExportFilter, NewExport
from voiceagent.client import ApiClient, Calls, Campaigns, ErasureRequests, Exports, LegalHolds
from voiceagent.core.errors import NotFound
from voiceagent.records.export_values import ExportKind

_IDS = ("call_id", "campaign_id", "export_id", "request_id", "hold_id")
_STANDS_FOR = {name: f"{{{name}}}" for name in _IDS} | {"contacts": [NewContact(reference="c1", number="+12025550123")]}


class Asked(Exception):
    """Instead of an answer."""


class Anything(BaseModel):
    """Instead of a body."""


def requests_of(kind: type[Any], folder: Any) -> Iterator[tuple[str, str, str]]:
    """Name, request and answer of each method: ("Exports.get", "GET /v1/exports/{export_id}", "Export")."""
    for name, method in inspect.getmembers(kind, inspect.isfunction):
        if name.startswith("_"):
            continue
        heard: list[str] = []

        def hear(request: httpx.Request, heard: list[str] = heard) -> httpx.Response:
            heard.append(f"{request.method} {httpx.URL(request.url).path}")
            raise Asked

        wanted = list(inspect.signature(method).parameters)[1:]
        given = [_STANDS_FOR.get(one, folder / "file" if one == "to" else Anything()) for one in wanted]
        given = given[: len(wanted) - len(method.__defaults__ or ())]
        with ApiClient("http://api", "k", transport=httpx.MockTransport(hear)) as client, pytest.raises(Asked):
            list(getattr(kind(client), name)(*given))
        yield f"{kind.__name__}.{name}", heard[0], _answer(get_type_hints(method)["return"])


def _answer(hint: Any) -> str:
    if get_origin(hint) is Iterator:
        return f"Page_{get_args(hint)[0].__name__}_"
    return hint.__name__ if inspect.isclass(hint) and issubclass(hint, BaseModel) else ""


def test_every_method_is_a_request_of_the_document_and_its_answer_has_that_schema(house, tmp_path):
    offered = {}
    for path, entry in house.app.openapi()["paths"].items():
        for verb, operation in entry.items():
            good = next(one for status, one in operation["responses"].items() if status.startswith("2"))
            schema = good.get("content", {}).get("application/json", {}).get("schema", {})
            offered[f"{verb.upper()} {path}"] = re.sub(r".*/", "", schema.get("$ref", ""))

    found = [
        one for kind in (Calls, Campaigns, Exports, ErasureRequests, LegalHolds) for one in requests_of(kind, tmp_path)
    ]

    assert [one for one in found if offered.get(one[1], "nothing") != one[2]] == []
    assert len(found) == len({request for _, request, _ in found}) == 30


async def test_a_program_asks_for_an_export_follows_it_and_deletes_it(house):
    transport = InProcess(house)

    def program() -> tuple[list[str], str]:
        with ApiClient("http://api", house.keys[TENANT], transport=transport) as api:
            exports = Exports(api)
            new = NewExport(kind=ExportKind.AUDIT, purpose="audit", filter=ExportFilter(everything=True))
            made = [exports.ask(new).id for _ in range(2)]
            exports.delete(made[0])
            with pytest.raises(NotFound, match="there is no export exp_nothing"):
                exports.get("exp_nothing")
            return [made[1 - at] == one.id for at, one in enumerate(exports.list())], exports.get(made[0]).state

    listed, state = await asyncio.to_thread(program)

    assert (listed, state) == ([True, True], "deleted")


async def test_a_list_of_any_length_is_added_and_what_is_known_is_counted_once(house):
    """More than fit into one request."""
    people = [NewContact(reference=f"c{place}", number=f"+1212555{place:04}") for place in range(MOST_CONTACTS + 20)]
    async with house.records.unit_of_work(TENANT) as work:
        await add_campaign(work, TENANT, house.parts.contact_seals, {"c1": "+12125550001"}, PEPPER)
        await work.commit()

    transport = InProcess(house)

    def program() -> AddedContacts:
        with ApiClient("http://api", house.keys[TENANT], transport=transport) as api:
            return Campaigns(api).add(CAMPAIGN, people)

    added = await asyncio.to_thread(program)

    assert (added.added, added.known, added.refused) == (MOST_CONTACTS + 19, 1, [])
