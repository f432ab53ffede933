"""Calls with something in every place where something of a call is kept, and a search through all of these places."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from voiceagent.apps.purge import Purge
from voiceagent.compliance.retention.rules import Rules
from voiceagent.conversation.effects import EffectState, Proposal
from voiceagent.core.content_class import ContentClass
from voiceagent.core.ids import CallId, ProposalId, TenantId
from voiceagent.records.blobs.kept_blobs import in_folder
from voiceagent.records.effect_ledger import PostgresLedger
from voiceagent.records.jobs.queue import JobQueue, NewJob
from voiceagent.records.recording import relative_path
from voiceagent.records.retention_values import PurgeRun, Selector
from voiceagent.records.unit_of_work import Records
from voiceagent.records.writer import RecordsWriter
from voiceagent.telephony import events as ev
from voiceagent.telephony.events import Recorded
from voiceagent.testing.sample_call import sample_events

TENANT = TenantId("ten_a")
START = datetime(2030, 1, 1, 12, tzinfo=UTC)
PEPPER = b"p" * 32
DAY = timedelta(days=1)


@dataclass
class SetClock:
    """A clock that stands where it was put."""

    at: datetime = START

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


def canaries(call: str) -> dict[ContentClass, tuple[str, ...]]:
    """Words of the call by their class; nobody else's are like them."""
    return {
        ContentClass.TRANSCRIPT: (
            f"heard {call}",
            f"planned {call}",
            f"intent {call}",
            f"joberror {call}",
            f"slot {call}",
        ),
        ContentClass.TOOL: (f"argument {call}", f"found {call}", f"proposed {call}"),
        ContentClass.METADATA: (f"+49301{call}", f"{call}@10.0.0.7"),
        ContentClass.CONSENT: (f"oh yes {call}",),
    }


def log_of(call: str, ended: datetime, tenant: TenantId = TENANT) -> list[Recorded]:
    """The sample call with the canaries; its last event is at `ended`."""
    events = [_with_canaries(event, call) for event in sample_events()]
    more = [
        ev.TransferRequested(
            reference=f"ref_{call}", target="sip:a@b", at_ms=9950, intent=f"intent {call}", slots={"s": f"slot {call}"}
        ),
        ev.CallbackRequested(
            callback_id=f"cb_{call}", number=f"+49301{call}", reason="asked", at_ms=9990, intent=f"intent {call}"
        ),
        ev.DtmfReceived(digit="7", at_ms=9995),
    ]
    events[-3:-3] = more
    return [
        Recorded(
            call_id=CallId(call),
            tenant_id=tenant,
            seq=seq,
            at=ended - timedelta(seconds=len(events) - seq),
            event=event,
        )
        for seq, event in enumerate(events, 1)
    ]


def _with_canaries(event: ev.CallEvent, call: str) -> ev.CallEvent:
    match event:
        case ev.CallStarted():
            return replace(event, caller=f"+49301{call}", sip_call_id=f"{call}@10.0.0.7", write_back=True)
        case ev.CallerSaid():
            return replace(event, text=f"heard {call}")
        case ev.AgentSaid():
            return replace(
                event, planned=f"planned {call}", played=f"heard {call}", utterance_id=f"{call}{event.utterance_id}"
            )
        case ev.ToolCalled():
            words = {"arguments": {"a": f"argument {call}"}, "result": {"r": f"found {call}"}}
            return replace(event, tool_call_id=f"tool_{call}", **words)
        case ev.ConsentGranted():
            return replace(event, answer=f"oh yes {call}")
        case _:
            return _with_own_ids(event, call)


def _with_own_ids(event: ev.CallEvent, call: str) -> ev.CallEvent:
    match event:
        case ev.LegRinging() | ev.LegAnswered() | ev.LegEnded():
            return replace(event, leg_id=f"leg_{call}")
        case ev.RecordingStarted():
            return replace(event, recording_id=f"rec_{call}")
        case ev.RecordingSealed():
            path = relative_path(CallId(call), f"rec_{call}").as_posix()
            return replace(event, recording_id=f"rec_{call}", path=path)
        case _:
            return event


async def make_call(engine: AsyncEngine, root: Path, call: str, ended: datetime, tenant: TenantId = TENANT) -> Path:
    """A whole call with its recording's file, an effect, and a job that failed; the file."""
    await RecordsWriter(engine).write(log_of(call, ended, tenant))
    file = root / relative_path(CallId(call), f"rec_{call}")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"RIFF voice of " + call.encode())
    file.chmod(0o400)
    ledger = PostgresLedger(engine)
    proposal = Proposal(
        proposal_id=ProposalId(f"prop_{call}"),
        tenant_id=tenant,
        call_id=CallId(call),
        caller=f"proposed {call}",
        tool="deliver",
        arguments={"day": f"proposed {call}"},
        proposed_at=ended,
    )
    await ledger.propose(proposal)
    claimed = await ledger.claim(proposal.proposal_id, now=ended, until=ended + timedelta(minutes=1))
    assert claimed is not None
    await ledger.settle(
        proposal.proposal_id, attempt=1, state=EffectState.DONE, result={"r": f"found {call}"}, error=""
    )
    async with engine.begin() as connection:
        job = await JobQueue().enqueue(connection, NewJob(task="tell", tenant_id=tenant, arguments={"call_id": call}))
        values = {"job": job, "error": f"joberror {call}", "tenant": tenant, "id": f"att_{call}", "at": ended}
        await connection.execute(text("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = :job"), values)
        await connection.execute(
            text(
                "INSERT INTO job_attempts (id, job_id, tenant_id, started_at, ended_at, outcome, error)"
                " VALUES (:id, :job, :tenant, :at, :at, 'failed', :error)"
            ),
            values,
        )
    return file


async def put_policy(
    records: Records, content_class: ContentClass, days: int, tenant: TenantId = TENANT, **selector: str
) -> str:
    async with records.unit_of_work(tenant) as work:
        policy = await work.retention.add_policy(
            selector=Selector(**selector),
            content_class=content_class,
            days=days,
            effective_from=START - 1000 * DAY,
            by="key_1",
            now=START,
        )
        await work.commit()
    return policy.id


async def place_hold(records: Records, **selector: str) -> str:
    """On all classes of the calls; the hold's id."""
    async with records.unit_of_work(TENANT) as work:
        hold = await work.legal_holds.place(
            matter="1",
            selector=Selector(**selector),
            classes=frozenset(ContentClass),
            reason="r",
            by="key_1",
            now=START,
        )
        await work.commit()
    return hold.id


async def release_hold(records: Records, hold_id: str) -> None:
    """By two people."""
    async with records.unit_of_work(TENANT) as work:
        await work.legal_holds.release(hold_id, by="key_1", now=START)
        await work.legal_holds.release(hold_id, by="key_2", now=START)
        await work.commit()


def purge_of(records: Records, root: Path, clock: SetClock, rules: Rules | None = None) -> Purge:
    return Purge(records, in_folder(root), rules or Rules(), lambda _: PEPPER, clock)


async def run_purge(
    records: Records, root: Path, clock: SetClock, *, dry_run: bool = False, tenant: TenantId = TENANT
) -> PurgeRun:
    async with records.unit_of_work(tenant) as work:
        run = await work.retention.open_run(dry_run=dry_run, by="key_1", now=clock.at, state="waiting")
        await work.commit()
    return await purge_of(records, root, clock).run(tenant, run.id)


async def everything_stored(engine: AsyncEngine) -> str:
    """All rows of all tables as one text, but for what says the rules themselves."""
    parts = []
    async with engine.connect() as connection:
        tables = await connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        for table in tables.all():
            rows = await connection.exec_driver_sql(f'SELECT t::text FROM "{table}" t')  # noqa: S608 - names of tables
            parts += [f"{table}: {row[0]}" for row in rows]
    return "\n".join(parts)


def found_in(stored: str, words: Iterable[str]) -> list[str]:
    return [line for line in stored.splitlines() if any(word in line for word in words)]
