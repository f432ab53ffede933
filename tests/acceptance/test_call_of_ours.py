"""Somebody is called by the whole installation, hears who calls, and wants to be called no more."""

import asyncio
from functools import partial
from typing import Any

import pytest

from tests.acceptance.harness.api import assert_whole, kinds
from tests.acceptance.harness.installation import OUTSIDE, Installation
from voiceagent.testing.callee import running_callee

_NUMBER = "+12125550123"
pytestmark = pytest.mark.timeout(120)


def test_who_is_called_and_presses_nine_is_on_the_list_when_the_line_closes(house: Installation) -> None:
    asked, entries_at_bye = asyncio.run(_called(house))

    call = house.api.ended(id=asked["id"])
    log = house.api.events(call["id"])
    assert_whole(log)
    assert (call["direction"], call["from"], call["to"]) == ("outbound", OUTSIDE, _NUMBER)
    assert (call["ended_reason"], call["result"]) == ("opted_out", "success")
    assert [entry["call_id"] for entry in entries_at_bye] == [call["id"]]
    assert kinds(log)[2:5] == ["leg.dialled", "leg.ringing", "leg.answered"]
    disclosed = [event["data"] for event in log if event["type"] == "disclosure.played"]
    assert [(one["prompt"], one["completed"]) for one in disclosed[:1]] == [("disclosure", True)]


async def _called(house: Installation) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Emergency calls are allowed at every hour there, which is what a test needs. The list as it is at the BYE."""
    peer = house.platform.settings.trunks[0].outbound
    assert peer is not None
    async with running_callee(port=int(peer.address.partition(":")[2])) as callee:
        body = {"number": _NUMBER, "line": OUTSIDE, "purpose": "emergency", "campaign": "storms"}
        asked = await asyncio.to_thread(house.api.post, "/v1/calls", body)
        await asyncio.to_thread(partial(house.api.find, id=asked["id"]))
        await asyncio.to_thread(house.api.event, asked["id"], "disclosure.played")
        callee.media.press("9")
        await callee.until("BYE")
        found = await asyncio.to_thread(house.api.post, "/v1/suppressions/actions/find", {"number": _NUMBER})
        return asked, list(found)
