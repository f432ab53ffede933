"""Whatever a model wishes for, in any order: nothing is changed, one change is asked for, and all of it is recorded."""

import asyncio

from hypothesis import HealthCheck, given, settings, strategies as st

from voiceagent.background.language_model.contract import ToolWish
from voiceagent.background.language_model.gate import ToolGate
from voiceagent.background.language_model.offers import offered_tools
from voiceagent.background.tools import Caller
from voiceagent.conversation.delegation import Proposed
from voiceagent.conversation.effects import EffectState
from voiceagent.core.ids import CallId, TenantId

_NAMES = st.sampled_from(
    [
        *("crm__lookup_customer", "crm__request_delivery_day", "bank__pay_back", "desk__search", "desk__issue_voucher"),
        *("account__close", "bank.pay_back", "confirm", ""),
    ]
)
_VALUES = st.recursive(
    st.sampled_from(["4217", "on Monday", "bob", "prop_1", "yes", 80, -1, 10**30, True, None, float("nan"), "\ud800"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)
_KEYS = st.sampled_from(["order_number", "delivery_day", "amount", "reason", "query", "caller", "key", "confirmed"])
_FITTING = st.sampled_from(
    [
        {"order_number": "4217", "amount": 80},
        {"order_number": "4217", "delivery_day": "on Monday"},
        {"amount": 5},
        {},
    ]
)
_WISHES = st.builds(
    ToolWish,
    wish_id=st.just("w"),
    name=_NAMES,
    arguments=st.none() | _FITTING | st.dictionaries(_KEYS, _VALUES, max_size=4),
)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(wishes=st.lists(_WISHES, max_size=8))
def test_no_sequence_of_wishes_changes_anything(stage, shop_profile, clock, wishes):
    made = stage(lambda *_: None)
    caller = Caller(number="anna", tenant_id=TenantId("ten_1"), call_id=CallId("call_1"))
    offered = offered_tools(shop_profile, made.shop.tools())
    gate = ToolGate(profile=shop_profile, offered=offered, caller=caller, ledger=made.ledger, clock=clock)

    async def run() -> int:
        for wish in wishes:
            await gate.use(wish)
        return await made.shop.effects()

    effects = asyncio.run(run())

    entries = list(made.ledger._entries.values())
    asked = [one for one in gate.settled if isinstance(one, Proposed)]
    assert effects == 0
    assert len(entries) == len(asked) <= 1
    assert all(entry.state is EffectState.PROPOSED and entry.proposal.caller == "anna" for entry in entries)
    assert len(gate.ran) + len(asked) == len(wishes)
    assert all(one.decision for one in gate.ran)
