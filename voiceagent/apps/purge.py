"""The purge: everything whose term is over goes, class by class, the oldest calls first, in pages.

A run can be cut off anywhere and begun anew: what is done is marked call by call, in the transaction that does it. For
a recording the order is: the row says deleted, the file goes, the mark is set. Between any two of these the next run
finds the call again.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog

from voiceagent.compliance.retention.decision import Outcome, Reason, Verdict, decide
from voiceagent.compliance.retention.pseudonym import pseudonym
from voiceagent.compliance.retention.rules import Rules, shortest_days
from voiceagent.core.clock import Clock
from voiceagent.core.content_class import ContentClass
from voiceagent.core.errors import Locked, StoreUnavailable, Unavailable, VoiceagentError
from voiceagent.core.ids import CallId, TenantId
from voiceagent.records.audit.act import Act, Actor
from voiceagent.records.blobs.kept_blobs import KeptBlobs
from voiceagent.records.purging.contents import Expired
from voiceagent.records.purging.files import remove_audio
from voiceagent.records.purging.store import Candidate, Judge, PurgeStore
from voiceagent.records.retention_values import CallFacts, ClassCount, LegalHold, PurgeRun
from voiceagent.records.unit_of_work import Records

_log = structlog.get_logger(__name__)
SCHEDULE: Final = "schedule"
HOURLY: Final = "7 * * * *"
_PAGE: Final = 200
_ERRORS_KEPT: Final = 100
_AWAY: Final = 3  # failures in a row after which it is the store and not a call
_REPORTS_LIVE: Final = timedelta(days=2557)  # class L: 7 years


@dataclass(slots=True)
class _Tally:
    """What one run has found so far."""

    counts: dict[ContentClass, ClassCount] = field(default_factory=lambda: {one: ClassCount() for one in ContentClass})
    errors: list[dict[str, str]] = field(default_factory=list)
    failed_in_a_row: int = 0
    away_in_a_row: int = 0  # of these, because a store did not answer


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """One run for one tenant; `now` is the same from its beginning to its end."""

    tenant_id: TenantId
    run: PurgeRun
    rules: Rules
    now: datetime
    tally: _Tally


class Purge:
    """`rules` holds defaults and legal limits; policies and holds are read at each run."""

    def __init__(
        self, records: Records, blobs: KeptBlobs, rules: Rules, pepper: Callable[[TenantId], bytes], clock: Clock
    ) -> None:
        self._records = records
        self._store = PurgeStore(records.engine)
        self._blobs = blobs
        self._rules = rules
        self._pepper = pepper
        self._clock = clock

    async def run_all(self) -> None:
        """One run for every tenant; one that fails does not keep the others. Raises StoreUnavailable."""
        for tenant_id in await self._store.tenants():
            async with self._records.unit_of_work(tenant_id) as work:
                now = self._clock.now()
                await work.retention.close_lost_runs(SCHEDULE, now)
                await work.retention.forget_runs(now - _REPORTS_LIVE)
                opened = await work.retention.open_run(dry_run=False, by=SCHEDULE, now=now, state="running")
                await work.commit()
            await self.run(tenant_id, opened.id)

    async def run(self, tenant_id: TenantId, run_id: str) -> PurgeRun:
        """Do, or go on with, the run that was entered under that id. Raises NotFound, StoreUnavailable, ConfigError."""
        async with self._records.unit_of_work(tenant_id) as work:
            entered = await work.retention.run(run_id)
            rules = replace(
                self._rules,
                policies=await work.retention.policies(),
                holds=await work.legal_holds.active(),
            )
        tally = _Tally()
        for letter, before in entered.counts.items():  # of an attempt that was cut off
            done = tally.counts[ContentClass(letter)]
            done.calls, done.rows, done.files = before["calls"], before["rows"], before["files"]
        if entered.dry_run:
            tally = _Tally()
        this = _Run(tenant_id=tenant_id, run=entered, rules=rules, now=self._clock.now(), tally=tally)
        state = "failed"
        try:
            whole = [await self._purge_class(this, content_class) for content_class in ContentClass]
            if not entered.dry_run:
                tally.counts[ContentClass.TRANSCRIPT].rows += await self._sweep(this)
            state = "done" if all(whole) else "failed"
        except asyncio.CancelledError:
            state = "waiting"  # for the process that takes its job up
            raise
        finally:
            await self._report(this, state)
        _log.info("purge ended", tenant_id=tenant_id, run_id=run_id, state=state, errors=len(tally.errors))
        async with self._records.unit_of_work(tenant_id) as work:
            return await work.retention.run(run_id)

    async def _purge_class(self, this: _Run, content_class: ContentClass) -> bool:
        """False when it was given up: a bucket that is away must not keep words."""
        before = this.now - timedelta(days=shortest_days(content_class, this.rules))
        after: Candidate | None = None
        candidates = partial(self._store.candidates, this.tenant_id, content_class, ended_before=before, limit=_PAGE)
        while page := await candidates(after=after):
            for candidate in page:
                await self._look_at(this, content_class, candidate.facts)
                if this.tally.away_in_a_row >= _AWAY:
                    this.tally.away_in_a_row = 0
                    return False
            after = page[-1]
            await self._report(this, "running")
        return True

    async def _look_at(self, this: _Run, content_class: ContentClass, facts: CallFacts) -> None:
        verdict = decide(facts, content_class, this.rules, this.now)
        count = this.tally.counts[content_class]
        if verdict.outcome is not Outcome.DELETE:
            _count_kept(count, verdict, facts)
        elif this.run.dry_run:
            count.calls += 1
        else:
            await self._delete(this, content_class, facts, count)

    async def _delete(self, this: _Run, content_class: ContentClass, facts: CallFacts, count: ClassCount) -> None:
        expired = Expired(
            tenant_id=this.tenant_id,
            contents={CallId(facts.call_id): frozenset({content_class})},
            now=this.now,
            pseudonym=lambda number: pseudonym(number, self._pepper(this.tenant_id)),
        )

        def judge(_: CallId, content_class: ContentClass, holds: Sequence[LegalHold], tags: frozenset[str]) -> str:
            now_known = replace(facts, tags=tags)
            verdict = decide(now_known, content_class, replace(this.rules, holds=holds), this.now)
            return _why(verdict) if verdict.outcome is Outcome.DELETE else ""

        try:
            gone = await (self._delete_audio if content_class is ContentClass.AUDIO else self._delete_rows)(
                expired, judge, count
            )
        except (OSError, VoiceagentError) as error:
            self._note(this, content_class, facts, error)
            return
        this.tally.failed_in_a_row = this.tally.away_in_a_row = 0
        if gone:
            count.calls += 1
        else:
            count.kept += 1

    async def _delete_rows(self, expired: Expired, judge: Judge, count: ClassCount) -> bool:
        purged = await self._store.purge(expired, judge)
        count.rows += purged.rows
        return bool(purged.gone)

    async def _delete_audio(self, expired: Expired, judge: Judge, count: ClassCount) -> bool:
        closed = await self._store.close_recordings(expired, judge)
        removed = await remove_audio(self._blobs, {one.call_id: one.paths for one in closed})
        count.files += removed.files
        gone = [one for one in closed if one.call_id not in removed.locked]
        count.rows += sum(len(one.paths) for one in gone)
        await self._store.forget_recordings(expired.tenant_id, gone, expired.now)
        for lock in removed.locked.values():  # its key is gone; every run from now on tries to delete it
            raise Locked(f"{Locked.__name__} by {lock.kind}" + (f" until {lock.until:%Y-%m-%d}" if lock.until else ""))
        return bool(closed)

    def _note(self, this: _Run, content_class: ContentClass, facts: CallFacts, error: Exception) -> None:
        """One call must not keep the others; a store that is away ends the run. Messages may quote data: not kept."""
        this.tally.failed_in_a_row += 1
        problem = str(error) if isinstance(error, Locked) else type(error).__name__
        _log.warning("purge left a call", call_id=facts.call_id, content_class=content_class.value, problem=problem)
        if len(this.tally.errors) < _ERRORS_KEPT:
            this.tally.errors.append({"call_id": facts.call_id, "class": content_class.value, "problem": problem})
        this.tally.away_in_a_row += isinstance(error, Unavailable)
        if isinstance(error, StoreUnavailable) and this.tally.failed_in_a_row >= _AWAY:
            raise error

    async def _sweep(self, this: _Run) -> int:
        rules, now = this.rules, this.now
        rows_before = now - timedelta(days=rules.default_days[ContentClass.METADATA])
        await self._store.forget_deliveries(this.tenant_id, rows_before)
        return await self._store.sweep(
            this.tenant_id,
            words_before=now - timedelta(days=rules.default_days[ContentClass.TRANSCRIPT]),
            payloads_before=now - timedelta(days=rules.default_days[ContentClass.TOOL]),
        )

    async def _report(self, this: _Run, state: str) -> None:
        async with self._records.unit_of_work(this.tenant_id) as work:
            await work.retention.report(
                this.run.id,
                state=state,
                counts=this.tally.counts,
                errors=this.tally.errors,
                ended_at=None if state == "running" else self._clock.now(),
            )
            gone = {letter.value: count.calls for letter, count in this.tally.counts.items() if count.calls}
            if gone and state != "running" and not this.run.dry_run:
                await work.audit.append(_deleted(this.run.id, state, gone), self._clock.now())
            await work.commit()


def _count_kept(count: ClassCount, verdict: Verdict, facts: CallFacts) -> None:
    count.kept += 1
    count.held += verdict.reason is Reason.HOLD
    if count.oldest_kept is None or facts.ended_at < count.oldest_kept:
        count.oldest_kept = facts.ended_at


def _deleted(run_id: str, state: str, gone: dict[str, int]) -> Act:
    """Of how many calls which class was deleted, for the audit log; why, is in the mark of each call."""
    return Act(
        action="retention_run.ended",
        actor=Actor(kind="system", id="purge"),
        object_kind="retention_run",
        object_id=run_id,
        result=state,
        details={"calls": gone},
    )


def _why(verdict: Verdict) -> str:
    return f"{verdict.reason.value} {verdict.source}".strip()
