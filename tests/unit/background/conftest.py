"""A profile, a package and a hand-driven clock for the background agent's tests."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from voiceagent.conversation.delegation import DelegationPackage
from voiceagent.conversation.profile import AgentProfile, Intent, OpeningScript
from voiceagent.core.ids import CallId, DelegationId, TenantId


class StillClock:
    """Stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def profile() -> AgentProfile:
    return AgentProfile(
        name="orders",
        company="Northbird",
        opening=OpeningScript(
            disclosure="I am an automated assistant.",
            notice="This call may be recorded.",
            question="May I record?",
            thanks_granted="Thank you.",
            thanks_denied="I will not record.",
            yes=("yes",),
            no=("no",),
        ),
        greeting="How can I help?",
        intents=(
            Intent(
                name="order_status",
                phrases=("where is my order {order_number}",),
                needs=("order_number",),
                tool="crm.lookup_customer",
                say="Order {order_number_spoken} is {status}; {carrier} brings it {eta}.",
                not_found="I cannot find order {order_number_spoken} under your number.",
            ),
            Intent(name="opening_hours", phrases=("when are you open",), say="Nine to five."),
            Intent(name="lost", phrases=("lost",), tool="crm.nowhere", say="-"),
            Intent(name="refund", phrases=("refund",), tool="crm.pay_back", say="Done."),
        ),
        fallback=("Sorry?",),
        apology="Something broke.",
        unreachable="I cannot reach that system.",
    )


@pytest.fixture
def package() -> Callable[..., DelegationPackage]:
    def make(intent: str = "order_status", caller: str = "anna", **slots: str) -> DelegationPackage:
        return DelegationPackage(
            delegation_id=DelegationId("del_1"),
            call_id=CallId("call_1"),
            tenant_id=TenantId("ten_1"),
            profile="orders",
            profile_version=1,
            caller=caller,
            intent=intent,
            slots=slots,
        )

    return make
