"""Verifies the logs of a database against the checkpoints that were anchored. Synchronous, reads in batches."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, Row, Select, Table, select, union
from sqlalchemy.exc import DBAPIError

from voiceagent.core.errors import StoreUnavailable
from voiceagent.core.ids import TenantId
from voiceagent.records.audit.anchors import AnchorFiles, DamagedAnchor
from voiceagent.records.audit.check import Finding, LogCheck, StoredEntry, Verdict
from voiceagent.records.audit.entry import AuditEntry, origin_of
from voiceagent.records.audit.note import (
    Checkpoint,
    NotANote,
    UnknownKey,
    WrongSignature,
    open_note,
    read_unverified,
)
from voiceagent.records.base import Base
from voiceagent.records.engine import store_errors
from voiceagent.records.migrate import sync_engine
from voiceagent.records.models import AuditCheckpointModel

_LOG: Final[Table] = Base.metadata.tables["audit_log"]
_DETAILS: Final[Table] = Base.metadata.tables["audit_details"]
_CHECKPOINTS: Final[Table] = Base.metadata.tables["audit_checkpoints"]
_FIELDS: Final = AuditEntry.__struct_fields__
_STREAMED: Final = {"yield_per": 2_000}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the database is held against. `kept` are notes that somebody has from before."""

    anchors: AnchorFiles
    keys: Sequence[Ed25519PublicKey]
    kept: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LogReport:
    """What became of one log. `entries` were found to be right; the first `signed` of them are below a checkpoint."""

    tenant_id: str
    entries: int
    signed: int
    erased: int
    root: bytes
    checkpoints: int
    findings: Sequence[Finding]


def verify(url: str, evidence: Evidence) -> Sequence[LogReport]:
    """Every log of the database, and every one that was anchored.

    Raises StoreUnavailable or OSError when one cannot be read, NotANote for something else among the kept notes.
    """
    engine = sync_engine(url)
    try:
        with store_errors(), engine.connect() as connection:
            connection.execution_options(postgresql_readonly=True)
            return [_verify_log(connection, tenant, evidence) for tenant in _tenants(connection, evidence.anchors)]
    except DBAPIError as error:
        raise StoreUnavailable("the audit log cannot be read; run `voiceagent migrate`, then try again") from error
    finally:
        engine.dispose()


def _tenants(connection: Connection, anchors: AnchorFiles) -> Sequence[TenantId]:
    stored = connection.execute(union(select(_LOG.c.tenant_id), select(_CHECKPOINTS.c.tenant_id))).scalars()
    return sorted({TenantId(tenant) for tenant in (*stored, *anchors.tenants())})


def _verify_log(connection: Connection, tenant_id: TenantId, evidence: Evidence) -> LogReport:
    signed, findings = _checkpoints(connection, tenant_id, evidence)
    kept = [note for note in evidence.kept if read_unverified(note).origin == origin_of(tenant_id)]
    since, problems = _opened(tenant_id, kept, evidence.keys)
    check = LogCheck([*signed, *since])
    trusted = min((checkpoint.size for checkpoint in since), default=0)
    if _trust(connection, tenant_id, check, trusted):
        with connection.execute(_entries(tenant_id, trusted), execution_options=_STREAMED) as rows:
            all(check.take(_stored(row)) for row in rows)
    return LogReport(
        tenant_id=tenant_id,
        entries=check.size,
        signed=check.agreed_size,
        erased=check.erased,
        root=check.root,
        checkpoints=len(signed),
        findings=[*check.finish(), *findings, *problems],
    )


def _trust(connection: Connection, tenant_id: TenantId, check: LogCheck, until: int) -> bool:
    """Take the hashes of the first `until` entries, which a kept checkpoint covers; False when they are wrong."""
    query = (
        select(_LOG.c.leaf, _LOG.c.seq).where(_LOG.c.tenant_id == tenant_id, _LOG.c.seq <= until).order_by(_LOG.c.seq)
    )
    with connection.execute(query, execution_options=_STREAMED) as rows:
        return all(check.trust(row.leaf, row.seq) for row in rows)


def _entries(tenant_id: TenantId, after: int) -> Select[Any]:
    return (
        select(*(_LOG.c[name] for name in _FIELDS), _LOG.c.leaf, _DETAILS.c.salt, _DETAILS.c.details)
        .outerjoin(_DETAILS, (_DETAILS.c.tenant_id == _LOG.c.tenant_id) & (_DETAILS.c.seq == _LOG.c.seq))
        .where(_LOG.c.tenant_id == tenant_id, _LOG.c.seq > after)
        .order_by(_LOG.c.seq)
    )


def _stored(row: Row[Any]) -> StoredEntry:
    values = tuple(row)
    return StoredEntry(AuditEntry(*values[:-3]), *values[-3:])


def _checkpoints(
    connection: Connection, tenant_id: TenantId, evidence: Evidence
) -> tuple[Sequence[Checkpoint], Sequence[Finding]]:
    """Those of the anchors and of the database whose signatures are right, and what is wrong with the others."""
    # In this order, and the entries last: a log that grows meanwhile has entries before anchors, and those before rows
    rows = connection.execute(select(AuditCheckpointModel.note).where(AuditCheckpointModel.tenant_id == tenant_id))
    stored = rows.scalars().all()
    try:
        anchored = evidence.anchors.notes(tenant_id)
    except DamagedAnchor as error:
        return [], [_unproven(str(error))]
    known = set(anchored)
    signed, findings = _opened(tenant_id, anchored, evidence.keys)
    more, problems = _opened(tenant_id, [note for note in stored if note not in known], evidence.keys)
    loose = [_unproven(f"the checkpoint over {one.size} entries is not among the anchors") for one in more]
    return [*signed, *more], [*findings, *problems, *loose]


def _opened(
    tenant_id: TenantId, notes: Sequence[str], keys: Sequence[Ed25519PublicKey]
) -> tuple[Sequence[Checkpoint], Sequence[Finding]]:
    checkpoints, findings = [], []
    for note in notes:
        try:
            checkpoint = open_note(note, keys)
        except (NotANote, UnknownKey, WrongSignature) as error:
            findings.append(_unproven(str(error)))
            continue
        if checkpoint.origin == origin_of(tenant_id):
            checkpoints.append(checkpoint)
        else:
            findings.append(_unproven(f"a checkpoint of {checkpoint.origin} lies among those of this log"))
    return checkpoints, findings


def _unproven(what: str) -> Finding:
    return Finding(verdict=Verdict.UNPROVEN, seq=0, what=what)
