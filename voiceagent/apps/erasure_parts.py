"""What the erasure of a person works with, and how a request is read."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from voiceagent.compliance.erasure.names import names_of, searched_for
from voiceagent.compliance.exports.package_store import PackageStore
from voiceagent.compliance.retention.rules import Rules
from voiceagent.compliance.signing_identity import SigningIdentity
from voiceagent.core.clock import Clock
from voiceagent.core.ids import TenantId
from voiceagent.records.audit.act import Act, Actor
from voiceagent.records.blobs.kept_blobs import KeptBlobs
from voiceagent.records.erasing.sealed_names import SealedNames
from voiceagent.records.erasing.subject import Subject, calls_of
from voiceagent.records.erasure_values import ERASE, Counts, ErasureRequest
from voiceagent.records.jobs.queue import NewJob
from voiceagent.records.retention_values import CallFacts
from voiceagent.records.unit_of_work import Records, UnitOfWork


async def _nothing_there(_calls: Collection[str], _names: Collection[str]) -> int:
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureParts:
    """What an erasure works with. `pepper`: of the purge's pseudonyms; `identity`: made when it is first needed.

    `number_pepper`: of do-not-call lists, outbound calls and campaigns.
    `packages`: where exports lie. `forget_streams`: what removes calls, and entries with a name, from Redis.
    `home`: the country of numbers that are written without one, "" when it is not known.
    """

    records: Records
    blobs: KeptBlobs
    rules: Rules
    names: SealedNames
    pepper: Callable[[TenantId], bytes] = field(repr=False)
    number_pepper: bytes = field(repr=False)
    identity: Callable[[], SigningIdentity] = field(repr=False)
    tombstones: Path
    packages: PackageStore
    clock: Clock
    forget_streams: Callable[[Collection[str], Collection[str]], Awaitable[int]] = _nothing_there
    home: str = ""

    async def calls_of(
        self, work: UnitOfWork, tenant_id: TenantId, request: ErasureRequest, now: datetime
    ) -> Sequence[CallFacts]:
        """The person's calls that began before the approval and have ended."""
        if request.approved_at is None:
            return []
        names, call_ids = await self.named(tenant_id, request)
        subject = Subject(names=searched_for(names), call_ids=call_ids)
        return await calls_of(work.session, tenant_id, subject, before=request.approved_at, now=now)

    async def named(self, tenant_id: TenantId, request: ErasureRequest) -> tuple[Mapping[str, str], Sequence[str]]:
        """The person's numbers with their pseudonyms, and calls; nothing once they are forgotten."""
        if request.sealed is None:
            return {}, ()
        numbers, call_ids = await self.names.open(tenant_id, request.id, request.sealed)
        pepper = await asyncio.to_thread(self.pepper, tenant_id)
        return names_of(numbers, pepper, self.home), call_ids


def erasure_job(tenant_id: TenantId, request_id: str) -> NewJob:
    """Goes on with the request, wherever it is."""
    return NewJob(task=ERASE, tenant_id=tenant_id, arguments={"request_id": request_id})


def act_of(request_id: str, did: str, counts: Counts, result: str) -> Act:
    """Numbers of things only: the audit log outlives what is erased."""
    return Act(
        action=f"erasure.{did}",
        actor=Actor(kind="system", id="erasure"),
        object_kind="erasure_request",
        object_id=request_id,
        result=result,
        details=counts,
    )
