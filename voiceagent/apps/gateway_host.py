"""What a gateway process of either kind needs around its media: journal, routing, workers, heartbeat, commands."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from voiceagent import __version__
from voiceagent.apps.calls import CallDesk, CallDeskParts
from voiceagent.apps.leased_workers import CallWorkers, WorkerPool
from voiceagent.apps.presence import GatewayBeacon
from voiceagent.apps.presidio.chosen import chosen_finder
from voiceagent.apps.process import ProcessContext
from voiceagent.apps.prompt_audio import PromptShelf
from voiceagent.apps.routing import RoutingCache
from voiceagent.apps.rules import rules_of_process
from voiceagent.background.client import ClientOptions, HttpBackgroundAgent
from voiceagent.background.dialling.client import DialClient, OptOutsOfCall
from voiceagent.control.commands import CommandReader, DialCall
from voiceagent.control.connection import RedisConnection
from voiceagent.control.journal import JournalWriter, RedisJournal
from voiceagent.control.leases import Leases
from voiceagent.control.presence import GatewayPresence
from voiceagent.control.streams import EventStream
from voiceagent.core.clock import SystemClock
from voiceagent.core.errors import StoreUnavailable
from voiceagent.core.ids import CallId, TenantId
from voiceagent.core.termination import Reason

_log = structlog.get_logger(__name__)
_DRAIN_S = 8.0  # running calls get this long after SIGTERM, then they are ended with `shutdown`
_RETRY_S = 1.0
_MOST_ORDERS = 64  # more than lines are never carried out: the rest waits in Redis


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayHost:
    """A gateway's surroundings; `desk` runs its calls."""

    desk: CallDesk
    routing: RoutingCache
    tenant_id: TenantId
    dials: DialClient
    orders: "asyncio.Queue[DialCall]"  # calls to place, as they were asked for

    async def drain(self) -> None:
        """Let running calls finish for a while, then end them."""
        try:
            async with asyncio.timeout(_DRAIN_S):
                await self.desk.idle.wait()
        except TimeoutError:
            _log.warning("running calls are ended for shutdown", count=len(self.desk.running))
            self.desk.hang_up_all(Reason.SHUTDOWN)


@asynccontextmanager
async def gateway_host(context: ProcessContext, kind: str, lines: int) -> AsyncIterator[GatewayHost]:
    """Everything up; on exit the journal is handed over last, so that no event of the shutdown is lost."""
    settings, clock = context.settings, SystemClock()
    rules = rules_of_process(settings.rules, clock)
    redis = RedisConnection(settings.redis_url)
    routing = RoutingCache(redis)
    await routing.first_load()
    writer = JournalWriter(EventStream(redis), settings.state_dir / "spool", clock)
    tenant_id = TenantId(settings.tenant)
    prompts = PromptShelf(settings.state_dir)
    finder = chosen_finder(settings, clock)

    def make_journal(call_id: CallId, *, live: bool = True) -> RedisJournal:
        return RedisJournal(writer, call_id, tenant_id, clock, live=live)

    for profile in routing.profiles.values():
        prompts.of(profile)  # so that the first call does not wait for them, and what is missing is told now
    background = f"http://{settings.background.host}:{settings.background.port}"
    options = ClientOptions(url=background, token=context.secrets.background_token)
    dials, orders = DialClient(options), asyncio.Queue[DialCall](_MOST_ORDERS)
    async with asyncio.TaskGroup() as tasks, HttpBackgroundAgent(options) as agent:
        pool = WorkerPool(Leases(redis), context.secrets.worker_token, tasks)
        beacon = GatewayBeacon(
            redis,
            GatewayPresence(gateway_id=context.instance, kind=kind, lines=lines, version=__version__),
            lambda: desk.running,
            lambda: finder.unaided if finder else 0,
        )
        desk = CallDesk(
            CallDeskParts(
                tenant_id=tenant_id,
                clock=clock,
                make_workers=lambda call_id: CallWorkers(pool, call_id),
                agent=agent,
                make_journal=make_journal,
                find_profile=routing.find,
                find_prompts=prompts.of,
                recordings=settings.state_dir / "recordings",
                on_change=beacon.changed,
                rules=rules,
                home=settings.rules.home_place,
                opt_outs=lambda call_id: OptOutsOfCall(dials, tenant_id, call_id),
                finder=finder,
            )
        )
        writing = tasks.create_task(writer.run())
        loops = [
            tasks.create_task(routing.run()),
            tasks.create_task(beacon.run()),
            tasks.create_task(_obey(CommandReader(redis, context.instance), desk, orders)),
        ]
        try:
            yield GatewayHost(desk=desk, routing=routing, tenant_id=tenant_id, dials=dials, orders=orders)
        finally:
            for loop in loops:
                loop.cancel()
            await asyncio.wait(loops)
            writing.cancel()
    if finder is not None:
        finder.close()
    await dials.close()
    await redis.close()


async def _obey(reader: CommandReader, desk: CallDesk, orders: "asyncio.Queue[DialCall]") -> None:
    """Carry out what the API asks of running calls, and hand on what calls it wants to be placed."""
    while True:
        try:
            for command in await reader.read():
                if isinstance(command, DialCall):
                    await orders.put(command)
                    continue
                found = desk.hang_up(command.call_id)
                _log.info("operator hangs up", call_id=command.call_id, by=command.by, found=found)
        except StoreUnavailable:
            await asyncio.sleep(_RETRY_S)
