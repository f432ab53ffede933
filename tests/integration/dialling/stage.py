"""One gateway cell in this process, wired as its own process wires it; the model beside it hears and says nothing."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import msgspec

from tests.integration.api.house import TENANT, House
from voiceagent.api.app import create_app
from voiceagent.apps.calls import CallDesk, CallDeskParts
from voiceagent.apps.dialling import place_calls
from voiceagent.apps.gateway_host import GatewayHost
from voiceagent.apps.prompt_audio import load_prompts, render_prompts
from voiceagent.apps.routing import RoutingCache
from voiceagent.background.client import ClientOptions
from voiceagent.background.dialling.client import DialClient, OptOutsOfCall
from voiceagent.background.dialling.service import add_dialling
from voiceagent.background.door import app_with_a_door
from voiceagent.compliance.dialling.permits import DialPermits
from voiceagent.config.profile_file import DEFAULT_PROFILE, parse_profile
from voiceagent.control.commands import CommandReader, DialCall
from voiceagent.control.presence import GatewayPresence, Presence
from voiceagent.conversation.profile import AgentProfile
from voiceagent.core.clock import SystemClock
from voiceagent.core.ids import CallId, TenantId, TrunkId
from voiceagent.gateways.sip.gateway import SipGateway
from voiceagent.gateways.sip.options import SipOptions
from voiceagent.records.seed import Seed, SeedNumber, SeedProfile, sow
from voiceagent.records.writer import RecordsWriter
from voiceagent.speech.contract import SpeechChunk
from voiceagent.telephony.events import OptedOut
from voiceagent.telephony.routing import DialPeer, Directory, Trunk
from voiceagent.testing.callee import Callee, Manners, running_callee
from voiceagent.testing.clock import ManualClock
from voiceagent.testing.memory_journal import MemoryJournal
from voiceagent.testing.memory_stream import MemoryWorkers
from voiceagent.testing.scripted_agent import ScriptedAgent

NOON = datetime(2027, 1, 13, 17, tzinfo=UTC)  # a Wednesday, noon in New York
LINE, NUMBER = "+12025550100", "+12125550123"
CONSENT = {
    "number": NUMBER,
    "seller": "Sky Parcels",
    "kind": "PEC",
    "captured_at": "2026-12-01T10:00:00Z",
    "source": "web form 7",
}
GATEWAY = GatewayPresence(gateway_id="sip-0", kind="sip", lines=4)
CALL = {"number": NUMBER, "line": LINE, "purpose": "informational", "campaign": "deliveries"}
_CALLING = """
outbound:
  identification: Hello, this is Sky Parcels. I am an AI assistant.
  offer: To be called no more, press 9.
  reach_us: You can call us back at this number.
  greeting: Your parcel arrives tomorrow.
"""


class WatchedPermits(DialPermits):
    """Real ones; when each opt-out was committed is noted, in monotonic seconds."""

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        self.committed_s: list[float] = []

    async def enter_opt_out(self, tenant_id: TenantId, call_id: CallId, opted_out: OptedOut) -> None:
        await super().enter_opt_out(tenant_id, call_id, opted_out)
        self.committed_s.append(SystemClock().monotonic())


@dataclass
class DialStage:
    """What a test needs of it."""

    house: House
    callee: Callee
    permits: WatchedPermits
    clock: ManualClock
    prompts: Mapping[str, SpeechChunk]
    profile: AgentProfile
    orders: "asyncio.Queue[DialCall]"
    journals: dict[str, MemoryJournal] = field(default_factory=dict)

    async def ask(self, **changed: Any) -> httpx.Response:
        """The gateway says first that it is there: the test may have held it up past its last heartbeat."""
        await Presence(self.house.redis).announce_gateway(GATEWAY, {})
        return await self.house.post("/v1/calls", {**CALL, **changed})

    async def agree(self) -> None:
        assert (await self.house.post("/v1/outbound-consents", CONSENT)).status_code == 201

    async def place(self) -> str:
        """Ask for a call and hand it to the gateway; its id."""
        answer = await self.ask()
        assert answer.status_code == 201, answer.text
        await self.pass_on()
        return str(answer.json()["id"])

    async def pass_on(self) -> DialCall:
        """What the API has sent to the gateway goes there."""
        (command,) = await CommandReader(self.house.redis, "sip-0").read()
        assert isinstance(command, DialCall)
        await self.orders.put(command)
        return command

    async def over(self, call_id: str) -> MemoryJournal:
        """Wait for the end of the call, and write its log to the records as the writer does."""
        async with asyncio.timeout(30):
            while call_id not in self.journals or self.journals[call_id].types[-1] != "call.ended":
                await asyncio.sleep(0.02)
        await RecordsWriter(self.house.records.engine).write(self.journals[call_id].log)
        return self.journals[call_id]


@cache
def calling_profile() -> AgentProfile:
    """The shipped profile, who also calls."""
    return parse_profile(DEFAULT_PROFILE.read_text() + _CALLING)


@asynccontextmanager
async def dial_stage(house: House, folder: Path, manners: Manners | None = None) -> AsyncIterator[DialStage]:
    """Everything up, on a clock of the gate that the test holds. `folder` keeps the prompts for the next one."""
    clock, profile = ManualClock(NOON), calling_profile()
    render_prompts(folder, profile)
    prompts = load_prompts(folder, profile)
    parts = replace(house.parts, clock=clock)
    async with (
        running_callee(manners) as callee,
        httpx.AsyncClient(transport=httpx.ASGITransport(create_app(parts)), base_url="http://api") as client,
    ):
        house = replace(house, parts=parts, client=client)
        await _configure(house, profile, callee)
        permits = WatchedPermits(records=house.records, book=parts.rules, clock=clock)
        background = app_with_a_door()
        add_dialling(background, permits, "token")
        options = ClientOptions(url="http://background", token="token")
        dials = DialClient(options, transport=httpx.ASGITransport(background))
        stage = DialStage(house, callee, permits, clock, prompts, profile, asyncio.Queue())
        host = _host(stage, dials, folder)
        async with (
            SipGateway(
                SipOptions(sip_port=0, rtp_port=22_000),
                directory_source=Directory,
                on_call=_nobody,
                on_refused=_nobody,
                clock=SystemClock(),
            ) as gateway,
            asyncio.TaskGroup() as tasks,
        ):
            placing = tasks.create_task(place_calls(host, gateway))
            yield stage
            placing.cancel()
        await dials.close()


async def _configure(house: House, profile: AgentProfile, callee: Callee) -> None:
    seed = Seed(
        trunks={"carrier": {"outbound": {"address": callee.address}}},
        numbers=[SeedNumber(number=LINE, profile=profile.name)],
        profiles=[SeedProfile(name=profile.name, sha256="2" * 64, document=msgspec.to_builtins(profile))],
    )
    await sow(house.records, seed, NOON, tenant_id=TENANT)


def _host(stage: DialStage, dials: DialClient, folder: Path) -> GatewayHost:
    routing = RoutingCache(stage.house.redis)
    routing.profiles = {stage.profile.name: stage.profile}
    peer = DialPeer(address=stage.callee.address, ring_timeout_s=10.0)
    trunk = Trunk(trunk_id=TrunkId("carrier"), name="carrier", allow=("127.0.0.1/32",), outbound=peer)
    routing.directory = Directory(trunks=(trunk,))

    def make_journal(call_id: CallId, *, live: bool = True) -> MemoryJournal:
        del live
        return stage.journals.setdefault(call_id, MemoryJournal(SystemClock(), call_id, TENANT))

    desk = CallDesk(
        CallDeskParts(
            tenant_id=TENANT,
            clock=SystemClock(),
            make_workers=lambda _: MemoryWorkers(),
            agent=ScriptedAgent(),
            make_journal=make_journal,
            find_profile=routing.find,
            find_prompts=lambda _: stage.prompts,
            recordings=folder / "recordings",
            rules=stage.house.parts.rules,
            home=None,
            on_change=lambda: None,
            opt_outs=lambda call_id: OptOutsOfCall(dials, TENANT, call_id),
        )
    )
    return GatewayHost(desk=desk, routing=routing, tenant_id=TENANT, dials=dials, orders=stage.orders)


async def _nobody(*_: object) -> None:
    raise AssertionError("nobody calls here")
