"""A Postgres of these tests' own, because one of them kills it, a web server for vendors, and whom every CRM knows."""

from collections.abc import AsyncIterator, Iterator

import pytest

from voiceagent.apps.embedded.postgres import EmbeddedPostgres
from voiceagent.background.crm import CrmConnector
from voiceagent.conversation.delegation import DelegationPackage
from voiceagent.conversation.profile import AgentProfile, Intent, OpeningScript
from voiceagent.core.ids import CallId, DelegationId, TenantId
from voiceagent.testing.crm_contract import CrmWorld
from voiceagent.testing.crm_faults import FaultyWorld
from voiceagent.testing.vendors.serving import Host, hosting


@pytest.fixture(scope="session")
def own_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path_factory.mktemp("crm"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def host() -> Iterator[Host]:
    """One web server for all vendors."""
    with hosting() as running:
        yield running


@pytest.fixture
def profile() -> AgentProfile:
    """A profile with one intent that looks an order up."""
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
                say="Order {order_number_spoken} is {status}.",
                not_found="I cannot find it.",
            ),
        ),
        fallback=("Sorry?",),
        apology="Something broke.",
        unreachable="I cannot reach that system.",
    )


@pytest.fixture
def package() -> DelegationPackage:
    """Anna asks for order 4217."""
    return DelegationPackage(
        delegation_id=DelegationId("del_1"),
        call_id=CallId("call_1"),
        tenant_id=TenantId("ten_1"),
        profile="orders",
        profile_version=1,
        caller="anna",
        intent="order_status",
        slots={"order_number": "4217"},
    )


@pytest.fixture
async def crm(faulty: FaultyWorld) -> AsyncIterator[CrmConnector]:
    """The connector to the vendor's server of the module, which is healthy until a test breaks it."""
    async with faulty.connector() as connector:
        yield connector


@pytest.fixture
def world(crm: CrmConnector) -> CrmWorld:
    """What every CRM of these tests holds: Anna with three orders, and one of Ben's."""
    return CrmWorld(
        crm=crm,
        number="+12025550101",
        first_name="Anna",
        newest_order="4217",
        older_order="40962",
        stranger_number="+12025550102",
        stranger_order="5150",
    )
