"""kill -9 of the CRM while somebody calls: the caller hears the truth, and the CRM of the call once it is back."""

import asyncio
import os
import signal
from dataclasses import replace
from functools import partial
from pathlib import Path

import psycopg
import pytest

from tests.integration.records.jobs.working import QUICK, TENANT, ended, working
from voiceagent.apps.embedded.postgres import EmbeddedPostgres
from voiceagent.background.crm_on_demand import CrmOnDemand
from voiceagent.background.crm_tools import crm_tools
from voiceagent.background.write_back import WriteBack
from voiceagent.conversation.profile import Intent
from voiceagent.conversation.reply import Reply, WorkRequest
from voiceagent.core.clock import SystemClock
from voiceagent.core.ids import CallId, LegId
from voiceagent.core.termination import Reason, Result
from voiceagent.records.values import JobState
from voiceagent.records.write_backs import WRITE_BACK, WriteBacks
from voiceagent.records.writer import RecordsWriter
from voiceagent.telephony.events import CallEnded, CallStarted, LegAnswered
from voiceagent.testing.planned import planned_agent
from voiceagent.testing.sample_call import recorded
from voiceagent.testing.talk_stage import TalkStage, talking
from voiceagent_integrations.demo_crm.connector import open_connector

pytestmark = pytest.mark.timeout(120)

ORDER = Intent(
    name="order",
    phrases=("where is my order",),
    tool="crm.lookup_customer",
    say="it is {status}",
    not_found="nothing here",
)
ASKED = Reply(intent="order", work=WorkRequest(intent="order", slots={"order_number": "4217"}))
STARTED = CallStarted(
    direction="inbound", transport="sip", caller="anna", callee="+15550100", profile="sample", write_back=True
)
ENDED = CallEnded(result=Result.SUCCESS, reason=Reason.CALLER_HUNG_UP, duration_ms=20_000)


@pytest.fixture
def crm_server(state):
    """The CRM's own Postgres: the records have another."""
    server = EmbeddedPostgres(state)
    server.start()
    yield server
    server.stop()


async def ask(stage: TalkStage, agent) -> None:
    """Anna asks for her order, and the background agent does what it can."""
    stage.caller_asks("where is my order")
    package = replace(stage.packages[-1], caller="anna")
    async for update in agent.run(package):
        stage.report(package.delegation_id, update)
    stage.run(4000)


def writing_back(engine, server):
    """The job as the jobs process runs it, with the task that holds the CRM."""
    crm = CrmOnDemand(partial(open_connector, {"database_url": server.url, "answer_within_s": 1.0}))
    job = WriteBack(WriteBacks(engine), crm.connector, SystemClock())

    async def handle(order):
        await job.run(order.tenant_id, CallId(order.arguments["call_id"]))

    return crm, {WRITE_BACK: handle}


def kill_with_children(pid: int) -> None:
    """A backend that outlives its postmaster for a moment would still answer."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for one in (pid, *map(int, children)):
        os.kill(one, signal.SIGKILL)


async def call_that_loses_its_crm(server) -> TalkStage:
    """One look-up that works, one that does not, and the caller hangs up."""
    async with open_connector({"database_url": server.url, "answer_within_s": 1.0}) as connector:
        stage = talking(intents=(ORDER,))
        stage.responder.learn({"where is my order": ASKED})
        agent = planned_agent(stage.profile, crm_tools(connector), SystemClock())
        await ask(stage, agent)
        kill_with_children(server.pid)
        await ask(stage, agent)
    return stage


async def test_the_caller_hears_the_truth_and_the_crm_hears_of_the_call_later(engine, records, crm_server):
    stage = await call_that_loses_its_crm(crm_server)
    log = [STARTED, LegAnswered(leg_id=LegId("leg_1"), codec="PCMU"), *stage.events, ENDED]
    await RecordsWriter(engine).write(recorded("call_1", log, tenant=TENANT))
    async with records.unit_of_work(TENANT) as work:
        (owed,) = await work.jobs.list(limit=10)

    crm, handlers = writing_back(engine, crm_server)
    async with asyncio.TaskGroup() as tasks:
        holding = tasks.create_task(crm.run())
        async with working(engine, handlers, retries=replace(QUICK, attempts=100)):
            async with asyncio.timeout(30), records.unit_of_work(TENANT) as work:
                while not (failed := await work.jobs.attempts(owed.id)):
                    await asyncio.sleep(0.05)
            await asyncio.to_thread(crm_server.start)
            done = await ended(records, owed.id, within_s=40)
        holding.cancel()

    with psycopg.connect(crm_server.url) as connection:
        notes = connection.execute("select body from demo_crm.notes where contact_id = 1").fetchall()
    assert stage.said[-2:] == ["it is on its way", "the system is down"]
    assert failed[0].outcome == "failed"
    assert failed[0].error.startswith("the demo CRM does not answer")
    assert done.state is JobState.SUCCEEDED
    ((note,),) = notes
    assert "Looked up: crm.lookup_customer (ok); crm.lookup_customer (failed)." in note
    assert "Ended: the caller hung up." in note
