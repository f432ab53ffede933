"""What the jobs process does by the clock: everything that has a term ends in it."""

from datetime import timedelta

from voiceagent.apps.audit_terms import AuditDetailTerm
from voiceagent.apps.erasure_follow_up import HOURLY as FOLLOW_UP, ErasureFollowUp
from voiceagent.apps.erasure_parts import ErasureParts
from voiceagent.apps.export_jobs import ExportExpiry
from voiceagent.apps.outbound_terms import CampaignExpiry, DecisionExpiry
from voiceagent.apps.purge import HOURLY, Purge
from voiceagent.compliance.exports.package_store import PackageStore
from voiceagent.config.settings import Settings
from voiceagent.control.forgetting import RedisForgetting
from voiceagent.core.clock import Clock
from voiceagent.core.content_class import ContentClass
from voiceagent.records.jobs.worker import Schedule
from voiceagent.records.unit_of_work import Records


def schedules_of(
    settings: Settings, records: Records, purge: Purge, erasures: ErasureParts, streams: RedisForgetting, clock: Clock
) -> dict[str, Schedule]:
    """By the name under which each run is entered."""
    rules = settings.retention.rules
    rows_live = timedelta(days=rules.default_days[ContentClass.METADATA])
    exports = ExportExpiry(records, PackageStore(settings.state_dir / "exports"), rows_live, clock)
    campaigns = CampaignExpiry(records, rules, clock)
    decisions = DecisionExpiry(records, rules, clock)
    details = AuditDetailTerm(records, timedelta(days=settings.retention.audit_details_days), clock)
    return {
        "hourly_purge": Schedule(cron=HOURLY, run=purge.run_all),
        "follow_up_erasures": Schedule(cron=FOLLOW_UP, run=ErasureFollowUp(erasures).run),
        "hourly_end_of_exports": Schedule(cron=HOURLY, run=exports.run_all),
        "hourly_end_of_campaigns": Schedule(cron=HOURLY, run=campaigns.run_all),
        "hourly_end_of_decisions": Schedule(cron=HOURLY, run=decisions.run_all),
        "hourly_end_of_audit_details": Schedule(cron=HOURLY, run=details.run_all),
        "hourly_end_of_set_aside": Schedule(cron=HOURLY, run=streams.end_set_aside),
    }
