"""A person with calls, a request of theirs that was approved, and everything that erases."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from tests.integration.records.purging.calls_to_purge import PEPPER, START, TENANT
from voiceagent.apps.erasure import Erasure
from voiceagent.apps.erasure_parts import ErasureParts
from voiceagent.compliance.erasure.evaluation import due_at
from voiceagent.compliance.exports.package_store import PackageStore
from voiceagent.compliance.retention.rules import Limit, Rules
from voiceagent.compliance.signing_identity import SigningIdentity, new_identity
from voiceagent.core.clock import Clock
from voiceagent.core.content_class import ContentClass
from voiceagent.records.at_rest.local_keys import LocalKeys
from voiceagent.records.blobs.kept_blobs import in_folder
from voiceagent.records.erasing.sealed_names import SealedNames
from voiceagent.records.erasure_values import ErasureRequest, Fate, IdentityCheck
from voiceagent.records.unit_of_work import Records

A, T, X, M, C = ContentClass
PROOF = Limit(content_class=C, basis="GDPR Art. 17(3)(e)", min_days=2192)  # as the settings have it
RULES = Rules(limits=(PROOF,))


@cache
def identity() -> SigningIdentity:
    return new_identity("voiceagent", START)


def parts_of(records: Records, root: Path, clock: Clock, rules: Rules = RULES) -> ErasureParts:
    return ErasureParts(
        records=records,
        blobs=in_folder(root / "recordings"),
        rules=rules,
        names=SealedNames(LocalKeys(root / "keys")),
        pepper=lambda _: PEPPER,
        number_pepper=PEPPER,
        identity=identity,
        tombstones=root / "erasure" / "tombstones.jsonl",
        packages=PackageStore(root / "exports"),
        clock=clock,
    )


async def asked(parts: ErasureParts, numbers: Sequence[str], *, request_id: str = "erq_1") -> str:
    """The id of a request that one person has entered."""
    now = parts.clock.now()
    sealed = await parts.names.seal(TENANT, request_id, numbers, [])
    async with parts.records.unit_of_work(TENANT) as work:
        await work.erasures.add(
            request_id,
            sealed,
            identity_check=IdentityCheck.DOCUMENT,
            received_at=now,
            due_at=due_at(now),
            by="key_1",
            now=now,
        )
        await work.commit()
    return request_id


async def approved(parts: ErasureParts, numbers: Sequence[str], *, request_id: str = "erq_1") -> str:
    """The id of a request that two people have agreed to."""
    await asked(parts, numbers, request_id=request_id)
    async with parts.records.unit_of_work(TENANT) as work:
        await work.erasures.approve(request_id, by="key_2", now=parts.clock.now())
        await work.commit()
    return request_id


async def erase(parts: ErasureParts, numbers: Sequence[str]) -> ErasureRequest:
    """The request after its last step."""
    request_id = await approved(parts, numbers)
    await Erasure(parts).run(TENANT, request_id)
    return await request_of(parts.records, request_id)


async def request_of(records: Records, request_id: str) -> ErasureRequest:
    async with records.unit_of_work(TENANT) as work:
        return await work.erasures.get(request_id)


async def fates_of(records: Records, request_id: str) -> dict[tuple[ContentClass, Fate], tuple[int, str]]:
    async with records.unit_of_work(TENANT) as work:
        counts = await work.erasure_items.counts(request_id)
    return {(one.content_class, one.fate): (one.items, one.reason) for one in counts}
