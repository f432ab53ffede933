"""The audit log from the command line: to verify it, and to look at it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from voiceagent.apps.database import reachable_database
from voiceagent.apps.embedded.postgres import EmbeddedPostgres
from voiceagent.apps.shell_user import shell_user
from voiceagent.config.audit_keys import anchors_folder, load_public_keys, public_keys_file
from voiceagent.config.settings import Settings
from voiceagent.core.clock import SystemClock
from voiceagent.core.errors import BadInput, ConfigError, StoreUnavailable, Unavailable
from voiceagent.core.ids import TenantId
from voiceagent.records.audit.act import Act, Actor
from voiceagent.records.audit.anchors import AnchorFiles
from voiceagent.records.audit.check import VERIFIED, Finding, Verdict, exit_code
from voiceagent.records.audit.entry import INSTALLATION
from voiceagent.records.audit.note import NotANote, read_unverified
from voiceagent.records.audit.verify import Evidence, LogReport, verify
from voiceagent.records.engine import create_engine
from voiceagent.records.repositories.audit import AuditFilter, StoredAct
from voiceagent.records.unit_of_work import Records

_BROKEN = {Verdict.TAMPERED, Verdict.GAP}
_OPERATOR = Actor(kind="operator", auth="shell")


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyRun:
    """`note` says why the run itself is not in the log; "" when it is."""

    reports: Sequence[LogReport]
    findings: Sequence[Finding]
    note: str = ""

    @property
    def code(self) -> int:
        return exit_code(self.findings)


@contextmanager
def audited_database(settings: Settings) -> Iterator[str]:
    """The URL of the database; raises Unavailable rather than make an empty one where there is none yet."""
    state = settings.state_dir.absolute()
    if not settings.database_url and not (state / EmbeddedPostgres.name / "data").exists():
        raise StoreUnavailable(f"there is no database in {state}: set VOICEAGENT_STATE_DIR, or VOICEAGENT_DATABASE_URL")
    with reachable_database(settings) as url:
        yield url


async def verify_logs(
    settings: Settings, *, since: Path | None = None, public_keys: Path | None = None, anchors: Path | None = None
) -> VerifyRun:
    """Verify every log. What cannot be done at all is a finding too, so this raises nothing of ours."""
    from asyncio import to_thread

    try:
        kept = [] if since is None else [_kept(since)]
        keys = load_public_keys(public_keys or public_keys_file(settings.state_dir))
    except BadInput as error:
        return _failed(Verdict.UNREADABLE, str(error))
    except ConfigError as error:
        return _failed(Verdict.UNPROVEN, str(error))
    evidence = Evidence(anchors=AnchorFiles(anchors or anchors_folder(settings.state_dir)), keys=keys, kept=kept)
    try:
        with audited_database(settings) as url:
            reports = await to_thread(verify, url, evidence)
            findings = [finding for report in reports for finding in report.findings]
            return VerifyRun(reports=reports, findings=findings, note=await _note_run(url, reports, findings))
    except (Unavailable, OSError) as error:
        return _failed(Verdict.UNREADABLE, str(error))


async def newest_acts(
    settings: Settings, tenant_id: TenantId, *, limit: int, where: AuditFilter
) -> Sequence[StoredAct]:
    """Newest first. Raises StoreUnavailable."""
    with audited_database(settings) as url:
        engine = create_engine(url, pool_size=1)
        try:
            async with Records(engine).unit_of_work(tenant_id) as work:
                return await work.audit.list(limit=limit, where=where)
        finally:
            await engine.dispose()


def _kept(path: Path) -> str:
    try:
        note = path.read_text(encoding="utf-8").strip("\n") + "\n"
        read_unverified(note)
    except (OSError, ValueError, NotANote) as error:
        raise BadInput(f"{path} is no checkpoint: {error}; give a file with one, as the anchors hold them") from error
    return note


def _failed(verdict: Verdict, what: str) -> VerifyRun:
    return VerifyRun(reports=[], findings=[Finding(verdict=verdict, seq=0, what=what)])


async def _note_run(url: str, reports: Sequence[LogReport], findings: Sequence[Finding]) -> str:
    """Add the run to the installation's log, unless that one is evidence now and must stay as it is."""
    own = [report for report in reports if report.tenant_id == INSTALLATION]
    if any(finding.verdict in _BROKEN for report in own for finding in report.findings):
        return "the installation's own log is broken and was left as it is"
    act = Act(
        action=VERIFIED,
        actor=_OPERATOR,
        object_kind="audit_log",
        result=Verdict(exit_code(findings)).name.lower(),
        details={
            "user": shell_user(),
            "entries": {report.tenant_id: report.entries for report in reports},
            "findings": [finding.what for finding in findings][:100],
        },
    )
    engine = create_engine(url, pool_size=1)
    try:
        async with Records(engine).unit_of_work(INSTALLATION) as work:
            await work.audit.append(act, SystemClock().now())
            await work.commit()
    except StoreUnavailable as error:
        return str(error)
    finally:
        await engine.dispose()
    return ""
