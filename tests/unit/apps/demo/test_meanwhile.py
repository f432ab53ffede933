"""While the caller is on the line, a dispatcher moves what they were just told, once."""

import pytest

from voiceagent.apps.demo.meanwhile import Meanwhile
from voiceagent.core.ids import LegId, UtteranceId
from voiceagent.telephony.events import AgentSaid, LegAnswered


class Depot:
    def __init__(self) -> None:
        self.moved: list[tuple[str, str]] = []

    async def dispatch(self, order_number: str, *, eta: str) -> None:
        self.moved.append((order_number, eta))


def said(played: str) -> AgentSaid:
    planned = "It will arrive tomorrow, before noon."
    return AgentSaid(
        utterance_id=UtteranceId("utt_1"),
        kind="result",
        planned=planned,
        played=played,
        start_ms=0,
        end_ms=900,
        completed=played == planned,
    )


async def test_the_order_is_moved_once_after_the_caller_has_heard_when_it_comes():
    depot = Depot()
    meanwhile = Meanwhile(depot)
    seen = [await meanwhile.see(said("It will arrive tomorrow, before noon.")) for _ in range(2)]

    assert seen == [True, False]
    assert depot.moved == [("4021", "on Friday")]


@pytest.mark.parametrize(
    "event", [said("It will"), LegAnswered(leg_id=LegId("leg_1"), codec="PCMU")], ids=["cut off", "other"]
)
async def test_nothing_is_moved_that_nobody_has_heard_of(event):
    depot = Depot()

    assert not await Meanwhile(depot).see(event)
    assert depot.moved == []


async def test_another_crm_is_left_alone():
    assert not await Meanwhile(None).see(said("It will arrive tomorrow, before noon."))
