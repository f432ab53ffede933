"""The demo: start the platform, let a caller in another process call it, follow the call, measure it, judge it."""

import asyncio
import signal
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from voiceagent.apps.demo.api_client import ApiClient
from voiceagent.apps.demo.caller_child import CallerOrder, caller_events
from voiceagent.apps.demo.finding import Finding
from voiceagent.apps.demo.meanwhile import MOVED, Meanwhile, at_the_company
from voiceagent.apps.demo.measure import first_sound_ms, measure
from voiceagent.apps.demo.narration import narrate, narrate_caller
from voiceagent.apps.demo.options import DemoOptions, demo_script, demo_settings
from voiceagent.apps.demo.outcome import Outcome
from voiceagent.apps.demo.report import report_of
from voiceagent.apps.demo.terminal import Terminal
from voiceagent.apps.demo.timeline import draw_timeline
from voiceagent.apps.demo.verdict import judge
from voiceagent.apps.platform import Platform, start_platform
from voiceagent.apps.profiles import load_profiles
from voiceagent.audio.frame import Pcm
from voiceagent.audio.wav import decode_wav
from voiceagent.config.settings import Settings
from voiceagent.core.clock import SystemClock
from voiceagent.core.errors import Unavailable, VoiceagentError
from voiceagent.core.ids import CallId, TenantId
from voiceagent.records.engine import create_engine
from voiceagent.records.unit_of_work import Records
from voiceagent.telephony.events import CallEvent, DisclosurePlayed
from voiceagent.testing.caller.report import CallerReport, Dialled, Saying
from voiceagent.testing.caller.script import Script

_MAX_CALL_S: Final = 300.0
_APPEARS_S: Final = 15.0
_RECORDED_S: Final = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoResult:
    """What the demo printed, and whether every expectation held."""

    report: dict[str, Any]
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        return all(finding.holds for finding in self.findings)


async def run_demo(
    settings: Settings, options: DemoOptions, terminal: Terminal, publish: Callable[[DemoResult], None]
) -> None:
    """Run the demo and publish its result. With `options.keep` it returns only when it is cancelled.

    Raises ConfigError and BadInput for wrong input, Unavailable when a part does not come up.
    """
    this = asyncio.current_task()
    if this is not None:  # a terminated demo stops what it has started
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)
    try:
        await _run(settings, options, terminal, publish)
    except BaseExceptionGroup as group:
        raise _ours(group) from group


async def _run(
    settings: Settings, options: DemoOptions, terminal: Terminal, publish: Callable[[DemoResult], None]
) -> None:
    script = demo_script(options)
    settings = demo_settings(settings, options)
    started = SystemClock().now()
    out = (options.out or settings.state_dir / "calls" / started.strftime("%Y%m%d-%H%M%S")).absolute()
    terminal.heading("Starting everything on this machine, on free ports")
    async with start_platform(settings, terminal.progress, own_key=True) as platform:
        terminal.heading(f"Calling {platform.sip_uri} from another process")
        async with at_the_company(platform.settings) as meanwhile:
            outcome = await _call(platform, script, out, terminal, meanwhile)
        findings = judge(outcome)
        terminal.summary(outcome, findings)
        if not all(finding.holds for finding in findings):
            terminal.failed(findings, platform)
        terminal.what_next()
        publish(DemoResult(report=report_of(outcome), findings=findings))
        if options.keep:
            terminal.keeping(platform)
            await asyncio.Event().wait()


async def _call(platform: Platform, script: Script, out: Path, terminal: Terminal, meanwhile: Meanwhile) -> Outcome:
    sip = platform.settings.sip
    order = CallerOrder(uri=platform.sip_uri, script=script, out=out, host=sip.host, nice=sip.nice, max_s=_MAX_CALL_S)
    async with ApiClient(platform.api_url, platform.api_key) as api:
        call_id, caller, events = await _follow(api, order, terminal, meanwhile)
        outcome = await _collect(platform, api, call_id, caller, events, out)
    return replace(outcome, shows=frozenset(script.shows))


async def _follow(
    api: ApiClient, order: CallerOrder, terminal: Terminal, meanwhile: Meanwhile
) -> tuple[str, CallerReport, Sequence[CallEvent]]:
    """Let the caller call, and show the platform's events as they come."""
    caller: CallerReport | None = None
    following: asyncio.Task[tuple[str, list[CallEvent]]] | None = None
    async with asyncio.TaskGroup() as tasks:
        async for event in caller_events(order):
            match event:
                case Dialled():
                    following = tasks.create_task(_events(api, event.sip_call_id, terminal, meanwhile))
                case Saying():
                    terminal.line(narrate_caller(event))
                case CallerReport():
                    caller = event
        if following is not None:
            await _until_ended(following)
    if caller is None or following is None:
        raise Unavailable(f"the caller placed no call; see {order.out / 'caller.log'}")
    call_id, events = following.result()
    return call_id, caller, events


async def _until_ended(following: "asyncio.Task[tuple[str, list[CallEvent]]]") -> None:
    try:
        async with asyncio.timeout(_RECORDED_S):
            await following
    except TimeoutError:
        raise Unavailable(f"the call is over for the caller, but no call.ended came within {_RECORDED_S:g} s") from None


async def _events(
    api: ApiClient, sip_call_id: str, terminal: Terminal, meanwhile: Meanwhile
) -> tuple[str, list[CallEvent]]:
    call_id = await api.find_call(sip_call_id, _APPEARS_S)
    events: list[CallEvent] = []
    async for event in api.events(call_id):
        events.append(event)
        line = narrate(event)
        if line is not None:
            terminal.line(line)
        if await meanwhile.see(event):
            terminal.line(MOVED)
    return call_id, events


async def _collect(
    platform: Platform, api: ApiClient, call_id: str, caller: CallerReport, events: Sequence[CallEvent], out: Path
) -> Outcome:
    call = await api.ended_call(call_id, _RECORDED_S)
    said, heard = _read(Path(caller.recording))
    profile = load_profiles(platform.settings)[platform.settings.numbers[0].profile]
    outcome = Outcome(
        call_id=call_id,
        company=profile.company,
        call=call,
        transcript=await api.transcript(call_id),
        events=events,
        records=await _count_records(platform.settings, call_id),
        caller=caller,
        said=said,
        heard=heard,
        measured=measure(heard, caller.lines),
        shift_ms=_shift_ms(events, first_sound_ms(heard)),
        recording=_save(await api.recording(call_id), out / "recording.wav"),
        timeline=out / "timeline.svg",
    )
    outcome.timeline.write_text(draw_timeline(outcome))
    return outcome


async def _count_records(settings: Settings, call_id: str) -> dict[str, int]:
    """Rows in Postgres that belong to the call."""
    engine = create_engine(settings.database_url, pool_size=1)
    try:
        async with Records(engine).unit_of_work(TenantId(settings.tenant)) as work:
            return asdict(await work.contents.counts(CallId(call_id)))
    finally:
        await engine.dispose()


def _shift_ms(events: Sequence[CallEvent], first_heard_ms: int | None) -> int:
    """From the call's media clock to the caller's: the disclosure is the first that is played and that is heard."""
    first = next((event for event in events if isinstance(event, DisclosurePlayed)), None)
    return 0 if first is None or first_heard_ms is None else first_heard_ms - first.start_ms


def _ours(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first error of ours in a group that task groups made of it; the group when there is none."""
    for error in group.exceptions:
        found = _ours(error) if isinstance(error, BaseExceptionGroup) else error
        if isinstance(found, VoiceagentError):
            return found
    return group


def _read(recording: Path) -> tuple[Pcm, Pcm]:
    said, heard = decode_wav(recording.read_bytes()).channels
    return said, heard


def _save(recording: bytes | None, path: Path) -> Path | None:
    if recording is None:
        return None
    path.write_bytes(recording)
    return path
