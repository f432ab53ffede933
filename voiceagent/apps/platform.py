"""One machine, everything on it: stores, migration, prompts, processes, in the order in which they need each other."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from voiceagent.apps.children import Children, ChildSpec
from voiceagent.apps.embedded.guard import keep_running
from voiceagent.apps.embedded.layout import make_state_folder
from voiceagent.apps.embedded.postgres import EmbeddedPostgres
from voiceagent.apps.embedded.process import SupervisorLock
from voiceagent.apps.embedded.redis import EmbeddedRedis
from voiceagent.apps.embedded.server import EmbeddedServer
from voiceagent.apps.free_ports import free_port_range, free_tcp_port
from voiceagent.apps.platform_ports import rtp_ports_per_cell
from voiceagent.apps.preparation import prepare
from voiceagent.apps.to_the_end import to_the_end
from voiceagent.config.settings import Settings, settings_to_file
from voiceagent.core.clock import SystemClock
from voiceagent.core.errors import Conflict

_READY_S = 60.0
_STOP_S = 20.0  # a stage of processes; gateways let calls finish for 8 s and end them in 5 s

Progress = Callable[[str], None]


@dataclass(slots=True)
class Platform:
    """A running installation. `api_key` is the secret made at first start, "" at later starts."""

    settings: Settings
    api_key: str
    children: Children
    embedded: dict[str, EmbeddedServer]

    @property
    def state_dir(self) -> Path:
        return self.settings.state_dir

    @property
    def logs_dir(self) -> Path:
        return self.settings.state_dir / "logs"

    @property
    def api_url(self) -> str:
        return f"http://{self.settings.api.host}:{self.settings.api.port}"

    @property
    def web_url(self) -> str:
        return f"http://{self.settings.webrtc.host}:{self.settings.webrtc.port}"

    @property
    def sip_uri(self) -> str:
        """Where to call the first number on the first cell; without numbers, the cell, which refuses every call."""
        user = f"{self.settings.numbers[0].number}@" if self.settings.numbers else ""
        return f"sip:{user}{self.settings.sip.host}:{self.settings.sip.port}"

    def pids(self) -> dict[str, int | None]:
        """Every process of the installation by name."""
        stores = {name: server.pid for name, server in self.embedded.items()}
        return {**stores, **{name: self.children.pid(name) for name in self.children.names}}


@asynccontextmanager
async def start_platform(
    settings: Settings, progress: Progress = lambda _: None, *, own_key: bool = False
) -> AsyncIterator[Platform]:
    """Start everything, yield it, stop everything. Raises ConfigError or Unavailable when something cannot start.

    own_key: make an API key that is valid for a day, also when this is not the first start.
    """
    clock = SystemClock()
    settings = settings.model_copy(update={"state_dir": settings.state_dir.absolute()})
    make_state_folder(settings.state_dir)
    embedded: dict[str, EmbeddedServer] = {}
    lock = _only_supervisor(settings.state_dir)
    try:
        settings = await _start_stores(settings, embedded, progress)
        settings = _resolve_ports(settings)
        api_key = await prepare(settings, progress, own_key=own_key)
        settings_file = settings.state_dir / "run" / "settings.json"
        # No process owns what it works on
        settings_to_file(settings.model_copy(update={"database_owner_url": ""}), settings_file)
        children = Children(settings.state_dir, settings_file, settings.state_dir / "logs", clock)
        await to_the_end(children.end_left_over)
        async with asyncio.TaskGroup() as tasks:
            try:
                await children.start(_specs(settings), _READY_S, lambda name: progress(f"{name} is ready"))
                watching = tasks.create_task(children.watch())
                guarding = [tasks.create_task(keep_running(server)) for server in embedded.values()]
                yield Platform(settings, api_key, children, embedded)
                for task in (watching, *guarding):
                    task.cancel()
            finally:
                await children.stop(_STOP_S)
    finally:
        for server in reversed(embedded.values()):
            await asyncio.to_thread(server.stop)
        lock.release()


def _only_supervisor(state: Path) -> SupervisorLock:
    """The lock of this state folder. Raises Conflict while another `voiceagent up` holds it."""
    run = state / "run"
    run.mkdir(exist_ok=True)
    lock = SupervisorLock(run / "supervisor.lock")
    if not lock.acquire():
        raise Conflict(
            f"`voiceagent up` runs already on {state}: end it, or set VOICEAGENT_STATE_DIR to another folder"
        )
    return lock


def _specs(settings: Settings) -> list[ChildSpec]:
    """Running calls end first, while everything that they need still works; their last events are stored last."""
    single = [("jobs", 0), ("worker", 1), ("background", 1), ("api", 1), ("webrtc_gateway", 2)]
    if settings.redaction.presidio.enabled:
        single.append(("presidio", 1))
    cells = [ChildSpec(module="sip_gateway", index=index, stage=2) for index in range(settings.cells)]
    return [*(ChildSpec(module=module, stage=stage) for module, stage in single), *cells]


async def _start_stores(settings: Settings, embedded: dict[str, EmbeddedServer], progress: Progress) -> Settings:
    urls: dict[str, str] = {}

    async def start(server: EmbeddedServer) -> None:
        embedded[server.name] = server  # also one that is cut off while it starts has to be stopped
        await to_the_end(server.start)
        progress(f"embedded {server.name} is running")

    if settings.database_url:
        progress("database_url is configured: using it")
    else:
        postgres = EmbeddedPostgres(settings.state_dir)
        await start(postgres)
        urls |= postgres.urls
    if settings.redis_url:
        progress("redis_url is configured: using it")
    else:
        redis = EmbeddedRedis(settings.state_dir)
        await start(redis)
        urls["redis_url"] = redis.url
    return settings.model_copy(update=urls)


def _resolve_ports(settings: Settings) -> Settings:
    """Give every port 0 a number, so that all processes know where the others are."""
    updates: dict[str, object] = {}
    for name in ("api", "webrtc", "background", "worker"):
        part = getattr(settings, name)
        if part.port == 0:
            updates[name] = part.model_copy(update={"port": free_tcp_port(part.host)})
    sip = settings.sip
    sip_ports, rtp_ports = 2 * settings.cells, rtp_ports_per_cell(sip.lines_per_cell) * settings.cells
    first = free_port_range(sip.host, sip_ports + rtp_ports)
    if sip.port == 0:
        sip = sip.model_copy(update={"port": first})
    if sip.rtp_port == 0:
        sip = sip.model_copy(update={"rtp_port": first + sip_ports})
    return settings.model_copy(update={**updates, "sip": sip})
