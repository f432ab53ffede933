"""What changes the world runs after a yes to exactly that, in that call, by that caller, a moment ago."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from voiceagent.background.effects.policy import Ruling, decide
from voiceagent.background.tools import Caller, Effect, Tool, tool
from voiceagent.conversation.effects import EffectState, Entry, Proposal
from voiceagent.core.ids import CallId, ProposalId, TenantId

_NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
_ANNA = Caller(number="anna", tenant_id=TenantId("ten_1"), call_id=CallId("call_1"))
_PROPOSAL = Proposal(
    proposal_id=ProposalId("prop_1"),
    tenant_id=TenantId("ten_1"),
    call_id=CallId("call_1"),
    caller="anna",
    tool="crm.block_card",
    arguments={},
    proposed_at=_NOW - timedelta(seconds=20),
)


def a_tool(effect: Effect, name: str = "crm.block_card") -> Tool:
    @tool(name=name, effect=effect)
    async def function() -> dict[str, object]:
        return {}

    return function


def test_a_read_runs():
    assert decide(a_tool(Effect.READ), _ANNA, None, _NOW).ruling is Ruling.RUN


@pytest.mark.parametrize("effect", [Effect.WRITE, Effect.CONSEQUENTIAL])
def test_what_changes_something_is_asked_first_and_runs_after_a_yes(effect):
    asked = decide(a_tool(effect), _ANNA, None, _NOW)
    confirmed = decide(a_tool(effect), _ANNA, Entry(proposal=_PROPOSAL), _NOW)

    assert (asked.ruling, asked.rule) == (Ruling.ASK, f"a {effect} is read back first")
    assert (confirmed.ruling, confirmed.rule) == (Ruling.RUN, "the caller confirmed it")


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"call_id": "call_2"}, "it was proposed in another call"),
        ({"tenant_id": "ten_2"}, "it was proposed in another call"),
        ({"caller": "ben"}, "it was proposed to somebody else"),
        ({"tool": "crm.pay_back"}, "another tool was proposed"),
        ({"proposed_at": _NOW - timedelta(minutes=6)}, "the yes is too old"),
    ],
)
def test_a_yes_to_something_else_is_refused_with_the_rule(changed, rule):
    decision = decide(a_tool(Effect.WRITE), _ANNA, Entry(proposal=replace(_PROPOSAL, **changed)), _NOW)

    assert (decision.ruling, decision.rule) == (Ruling.REFUSE, rule)


def test_what_has_begun_is_finished_however_long_ago_the_yes_was():
    begun = Entry(proposal=_PROPOSAL, state=EffectState.COMMITTING, attempts=1)

    assert decide(a_tool(Effect.WRITE), _ANNA, begun, _NOW + timedelta(hours=2)).ruling is Ruling.RUN
