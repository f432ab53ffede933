"""What a gateway does with the rules of the places that a call connects."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from voiceagent.apps.calls import CallDesk, CallDeskParts
from voiceagent.apps.desk_calls import IncomingCall
from voiceagent.compliance.rules.loading import rule_book
from voiceagent.compliance.rules.place import stated_place
from voiceagent.conversation.profile import AgentProfile, ConsentMode
from voiceagent.core.clock import SystemClock
from voiceagent.core.errors import NoCapacity
from voiceagent.core.ids import TenantId
from voiceagent.telephony.events import CallStarted
from voiceagent.testing.memory_call import rendered_prompts
from voiceagent.testing.memory_journal import MemoryJournal
from voiceagent.testing.memory_leg import MemoryLeg
from voiceagent.testing.memory_stream import MemoryWorkers
from voiceagent.testing.sample_profile import sample_profile
from voiceagent.testing.scripted_agent import ScriptedAgent

BOOK = rule_book()


async def call(caller: str, folder: Path) -> tuple[CallStarted, AgentProfile]:
    """The first event of a call to a line in New York, and the profile that answers it."""
    profile, used, journal = sample_profile(), [], MemoryJournal()
    implied = replace(profile, opening=replace(profile.opening, consent=ConsentMode.IMPLIED))

    def find_prompts(profile: AgentProfile) -> dict:
        used.append(profile)
        return rendered_prompts(profile)

    desk = CallDesk(
        CallDeskParts(
            tenant_id=TenantId("ten_1"),
            clock=SystemClock(),
            make_workers=lambda _: MemoryWorkers(error=NoCapacity()),
            agent=ScriptedAgent(),
            make_journal=lambda *_, **__: journal,
            find_profile=lambda _: implied,
            find_prompts=find_prompts,
            recordings=folder,
            on_change=lambda: None,
            rules=BOOK,
            home=stated_place("US-NY"),
        )
    )
    await desk.serve(IncomingCall(transport="sip", caller=caller, callee="100", trunk="t", profile="p"), MemoryLeg())
    (started,) = [event for event in journal.events if isinstance(event, CallStarted)]
    return started, used[0]


async def test_a_call_begins_with_the_rules_that_apply_to_it(tmp_path):
    started, _ = await call("+13055550123", tmp_path)

    florida = BOOK.for_places([stated_place("US-FL"), stated_place("US-NY")], date(2026, 12, 1))
    assert started.rules.split() == [f"{name}@2026.11.1" for name in ("us-all-party", "us-federal", "us-fl")]
    assert started.rules_sha256 == florida.sha256
    assert started.recording_mode == "all_party"


@pytest.mark.parametrize(
    ("caller", "asked"), [("+13055550123", "implied"), ("+4930123456", "explicit"), ("anonymous", "explicit")]
)
async def test_T_ST_1_the_opening_asks_as_the_rules_of_the_call_want(caller, asked, tmp_path):
    _, profile = await call(caller, tmp_path)

    assert profile.opening.consent == asked
