"""The background process: tools and connectors, away from anybody's audio."""

import asyncio

from voiceagent.apps.http_serving import serve_http
from voiceagent.apps.process import ProcessContext, run_process
from voiceagent.apps.routing import RoutingCache
from voiceagent.background.agent import PlannedAgent
from voiceagent.background.crm_discovery import find_connector
from voiceagent.background.crm_tools import crm_tools
from voiceagent.background.service import ServiceOptions, create_app
from voiceagent.background.tools import ToolRegistry
from voiceagent.control.connection import RedisConnection
from voiceagent.core.clock import SystemClock


async def main(context: ProcessContext) -> None:
    """Open the CRM, check that every tool of every profile exists, serve delegations."""
    settings = context.settings
    options = dict(settings.crm.options)
    if settings.crm.connector == "demo":
        options.setdefault("database_url", settings.database_url)
    async with find_connector(settings.crm.connector)(options) as crm:
        redis = RedisConnection(settings.redis_url)
        routing = RoutingCache(redis)
        await routing.first_load()
        agent = PlannedAgent(profiles=routing, tools=ToolRegistry(crm_tools(crm)), clock=SystemClock())
        for profile in routing.profiles.values():
            agent.check(profile)
        app = create_app(agent, ServiceOptions(token=context.secrets.background_token))
        async with asyncio.TaskGroup() as tasks:
            following = tasks.create_task(routing.run())
            await serve_http(app, settings.background, context)
            following.cancel()
        await redis.close()


if __name__ == "__main__":
    run_process("background", main)
