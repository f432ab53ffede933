"""A confirmed change in the demo CRM, with the ledger in Postgres: once, also when its process is killed over it."""

import asyncio
import os
import signal
import sys

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from voiceagent.background.crm_tools import crm_tools
from voiceagent.background.effects.commit import Committer
from voiceagent.background.effects.recovery import EffectRecovery
from voiceagent.background.tool_outcome import ToolStatus
from voiceagent.background.tool_registry import ToolRegistry
from voiceagent.conversation.effects import EffectState, Proposal
from voiceagent.core.clock import SystemClock
from voiceagent.core.ids import CallId, ProposalId, TenantId, new_id
from voiceagent.records.effect_ledger import PostgresLedger
from voiceagent.testing.clock import ManualClock
from voiceagent_integrations.demo_crm.connector import open_connector

# Commits one proposal in a process of its own: told the database, the proposal and how slow the CRM is
_PROCESS = """
import asyncio, sys
from voiceagent.background.crm_tools import crm_tools
from voiceagent.background.effects.commit import Committer
from voiceagent.background.tool_registry import ToolRegistry
from voiceagent.core.clock import SystemClock
from voiceagent.records.effect_ledger import PostgresLedger
from voiceagent.records.engine import create_engine
from voiceagent_integrations.demo_crm.connector import open_connector

async def main(url, proposal_id, delay_s):
    async with open_connector({"database_url": url, "delay_s": float(delay_s)}) as crm:
        committer = Committer(PostgresLedger(create_engine(url)), ToolRegistry(crm_tools(crm)), SystemClock())
        await committer.commit(proposal_id)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
async def crm(database_url: str):
    async with open_connector({"database_url": database_url}) as connector:
        yield connector


@pytest.fixture
def ledger(engine: AsyncEngine) -> PostgresLedger:
    return PostgresLedger(engine)


async def proposed(ledger: PostgresLedger) -> ProposalId:
    proposal = Proposal(
        proposal_id=ProposalId(new_id("prop")),
        tenant_id=TenantId("ten_1"),
        call_id=CallId("call_1"),
        caller="anna",
        tool="crm.request_delivery_day",
        arguments={"order_number": "3308", "delivery_day": "on Saturday"},
        proposed_at=SystemClock().now(),
    )
    await ledger.propose(proposal)
    return proposal.proposal_id


async def cases_of_anna(crm) -> list[str]:
    contact = await crm.find_contact("anna")
    return [case.subject for case in await crm.get_cases(contact.contact_id)]


async def test_four_that_commit_at_once_make_one_case(crm, ledger):
    proposal_id = await proposed(ledger)
    before = await cases_of_anna(crm)
    committers = [Committer(ledger, ToolRegistry(crm_tools(crm)), SystemClock()) for _ in range(4)]
    outcomes = await asyncio.gather(*(committer.commit(proposal_id) for committer in committers))

    assert await cases_of_anna(crm) == ["Deliver order 3308 on Saturday", *before]
    assert ToolStatus.OK in [one.status for one in outcomes]
    assert (await ledger.find(proposal_id)).state is EffectState.DONE


@pytest.mark.parametrize("delay_s", [0.0, 0.4])
async def test_a_process_that_is_killed_over_it_is_followed_by_another(crm, ledger, database_url, delay_s):
    proposal_id = await proposed(ledger)
    before = await cases_of_anna(crm)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _PROCESS, database_url, proposal_id, str(delay_s)
    )
    async with asyncio.timeout(30):
        while (await ledger.find(proposal_id)).state is EffectState.PROPOSED:
            await asyncio.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    await process.wait()

    later = ManualClock(SystemClock().now())
    later.advance(3600)
    recovery = EffectRecovery(ledger, Committer(ledger, ToolRegistry(crm_tools(crm)), later), later)
    await recovery.sweep()

    assert await cases_of_anna(crm) == ["Deliver order 3308 on Saturday", *before]
    assert (await ledger.find(proposal_id)).state is EffectState.DONE
    assert await recovery.sweep() == 0
