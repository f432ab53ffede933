"""The background process: tools and connectors, away from anybody's audio."""

import asyncio

from voiceagent.apps.crm import open_crm
from voiceagent.apps.http_serving import serve_http
from voiceagent.apps.language_model import chosen_agent, mcp_servers, running_servers, tools_of
from voiceagent.apps.process import ProcessContext, run_process
from voiceagent.apps.routing import RoutingCache
from voiceagent.apps.rules import rules_of_process
from voiceagent.apps.traces import opened_traces, traced
from voiceagent.background.agent import PlannedAgent
from voiceagent.background.agent_parts import AgentParts
from voiceagent.background.crm_tools import crm_tools
from voiceagent.background.demo_tools import demo_tools
from voiceagent.background.dialling.service import add_dialling
from voiceagent.background.effects.commit import Committer
from voiceagent.background.effects.recovery import EffectRecovery
from voiceagent.background.service import ServiceOptions, create_app
from voiceagent.background.tool_files import tools_beside
from voiceagent.background.tool_registry import ToolRegistry
from voiceagent.compliance.dialling.permits import DialPermits
from voiceagent.control.connection import RedisConnection
from voiceagent.core.clock import SystemClock
from voiceagent.records.effect_ledger import PostgresLedger
from voiceagent.records.opening import open_engine
from voiceagent.records.tenancy.check import Sees
from voiceagent.records.unit_of_work import Records


async def main(context: ProcessContext) -> None:
    """Open the CRM, check that every tool of every profile exists, serve delegations."""
    settings = context.settings
    async with open_crm(settings) as crm:
        redis = RedisConnection(settings.redis_url)
        routing = RoutingCache(redis)
        await routing.first_load()
        engine = await open_engine(settings.jobs_database, Sees.EVERY_TENANT)
        ledger, clock = PostgresLedger(engine), SystemClock()
        rules = rules_of_process(settings.rules, clock)
        servers = mcp_servers(settings.agent)
        async with running_servers(servers), asyncio.TaskGroup() as tasks, asyncio.TaskGroup() as commits:
            offered = await tools_of(servers, routing.profiles.values())
            own = (*crm_tools(crm), *demo_tools(crm), *tools_beside(settings.profiles))
            tools = ToolRegistry([*own, *offered])
            committer = Committer(ledger, tools, clock, commits)
            parts = AgentParts(profiles=routing, tools=tools, ledger=ledger, committer=committer, clock=clock)
            planned = PlannedAgent(parts)
            async with (
                opened_traces(settings.agent) as traces,
                chosen_agent(settings.agent, planned, parts, traces) as agent,
            ):
                for profile in routing.profiles.values():
                    agent.check(profile)
                token = context.secrets.background_token
                app = create_app(traced(agent, traces), ServiceOptions(token=token))
                add_dialling(app, DialPermits(records=Records(engine), book=rules, clock=clock), token)
                beside = [
                    tasks.create_task(routing.run()),
                    tasks.create_task(EffectRecovery(ledger, committer, clock).run()),
                ]
                await serve_http(app, settings.background, context)
            for loop in beside:
                loop.cancel()
        await engine.dispose()
        await redis.close()


if __name__ == "__main__":
    run_process("background", main)
