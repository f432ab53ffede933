"""Every resource of the admin API, room by room."""

from collections.abc import Iterable

from fastapi import APIRouter

from voiceagent.api.auth import Guard
from voiceagent.api.metrics import Metrics
from voiceagent.api.parts import ApiParts
from voiceagent.api.raw_reads import RawReads
from voiceagent.api.resources.access_reports.endpoints import access_reports_router
from voiceagent.api.resources.access_reports.service import AccessReportService
from voiceagent.api.resources.api_keys.endpoints import api_keys_router
from voiceagent.api.resources.api_keys.service import ApiKeyService
from voiceagent.api.resources.audit_events.endpoints import audit_events_router
from voiceagent.api.resources.audit_events.service import AuditEventService
from voiceagent.api.resources.callbacks.endpoints import callbacks_router
from voiceagent.api.resources.callbacks.service import CallbackService
from voiceagent.api.resources.calls.consent_endpoints import call_consents_router
from voiceagent.api.resources.calls.endpoints import calls_router
from voiceagent.api.resources.calls.event_endpoints import call_events_router
from voiceagent.api.resources.calls.live import LiveCalls
from voiceagent.api.resources.calls.recording_endpoints import call_recording_router
from voiceagent.api.resources.calls.service import CallService
from voiceagent.api.resources.campaigns.contact_endpoints import campaign_contacts_router
from voiceagent.api.resources.campaigns.contact_service import ContactService
from voiceagent.api.resources.campaigns.endpoints import campaigns_router
from voiceagent.api.resources.campaigns.service import CampaignService
from voiceagent.api.resources.capacity.endpoints import capacity_router
from voiceagent.api.resources.capacity.service import CapacityService
from voiceagent.api.resources.dialling.endpoints import dialling_router
from voiceagent.api.resources.dialling.service import DialService
from voiceagent.api.resources.erasure_requests.endpoints import erasure_requests_router
from voiceagent.api.resources.erasure_requests.service import ErasureRequestService
from voiceagent.api.resources.exports.endpoints import exports_router
from voiceagent.api.resources.exports.service import ExportService
from voiceagent.api.resources.jobs.endpoints import jobs_router
from voiceagent.api.resources.jobs.service import JobService
from voiceagent.api.resources.legal_holds.endpoints import legal_holds_router
from voiceagent.api.resources.legal_holds.service import LegalHoldService
from voiceagent.api.resources.outbound.endpoints import outbound_router
from voiceagent.api.resources.outbound.service import OutboundService
from voiceagent.api.resources.retention.call_endpoints import call_retention_router
from voiceagent.api.resources.retention.endpoints import retention_router
from voiceagent.api.resources.retention.service import RetentionService
from voiceagent.api.resources.setup.endpoints import setup_router
from voiceagent.api.resources.setup.numbers import NumberService
from voiceagent.api.resources.setup.service import SetupService
from voiceagent.api.resources.suppressions.endpoints import suppressions_router
from voiceagent.api.resources.suppressions.service import SuppressionService
from voiceagent.api.resources.system import system_router
from voiceagent.api.resources.transfers.endpoints import transfers_router
from voiceagent.api.resources.transfers.service import TransferService
from voiceagent.api.resources.users.endpoints import users_router
from voiceagent.api.resources.users.service import UserService
from voiceagent.api.resources.webhooks.endpoints import webhooks_router
from voiceagent.api.resources.webhooks.service import WebhookService
from voiceagent.api.resources.webrtc.endpoints import webrtc_router
from voiceagent.api.resources.webrtc.service import TalkTokenService
from voiceagent.api.system import SystemService
from voiceagent.compliance.dialling.placing import Placing
from voiceagent.control.commands import Commands
from voiceagent.control.directory import RoutingDirectory
from voiceagent.control.streams import LiveEvents
from voiceagent.records.erasing.sealed_names import EXPORT


def all_routers(parts: ApiParts, guard: Guard, metrics: Metrics) -> Iterable[APIRouter]:
    """In the order of the OpenAPI document."""
    retention = RetentionService(records=parts.records, rules=parts.retention, clock=parts.clock)
    calls = CallService(
        records=parts.records,
        commands=Commands(parts.redis),
        recordings=parts.recordings,
        raw_reads=RawReads(parts.raw_reads, parts.clock),
        clock=parts.clock,
    )
    live = LiveCalls(calls, LiveEvents(parts.redis))
    system = SystemService(records=parts.records, redis=parts.redis, metrics=metrics, clock=parts.clock)
    yield calls_router(service=calls, retention=retention, guard=guard)
    yield call_events_router(service=calls, live=live, guard=guard)
    yield call_consents_router(service=calls, guard=guard)
    yield call_recording_router(service=calls, guard=guard)
    yield retention_router(service=retention, guard=guard)
    yield call_retention_router(service=retention, guard=guard)
    yield from _kept_and_erased(parts, guard)
    yield from _talk_and_work(parts, guard)
    yield from _calls_of_ours(parts, guard)
    yield from _access(parts, guard)
    yield from _installation(parts, guard)
    yield system_router(system=system, live=live)


def _kept_and_erased(parts: ApiParts, guard: Guard) -> Iterable[APIRouter]:
    holds = LegalHoldService(records=parts.records, clock=parts.clock)
    erasures = ErasureRequestService(
        records=parts.records,
        rules=parts.retention,
        names=parts.sealed_names,
        pepper=parts.tenant_pepper,
        clock=parts.clock,
        home=parts.home_country,
    )
    exports = ExportService(
        records=parts.records,
        packages=parts.packages,
        link_key=parts.export_link_key,
        names=parts.sealed_names.of_kind(EXPORT),
        home=parts.home_country,
        cancel_window=parts.cancel_window,
        clock=parts.clock,
    )
    yield legal_holds_router(service=holds, guard=guard)
    yield erasure_requests_router(service=erasures, guard=guard)
    yield exports_router(service=exports, guard=guard)
    yield access_reports_router(service=AccessReportService(records=parts.records, clock=parts.clock), guard=guard)
    yield audit_events_router(service=AuditEventService(parts.records), guard=guard)


def _talk_and_work(parts: ApiParts, guard: Guard) -> Iterable[APIRouter]:
    talk = TalkTokenService(records=parts.records, issuer=parts.talk_tokens, clock=parts.clock)
    webhooks = WebhookService(
        records=parts.records, clock=parts.clock, secret_of=parts.webhook_secret_of, check_url=parts.check_webhook_url
    )
    yield webrtc_router(service=talk, guard=guard, talk_url=parts.talk_url)
    yield transfers_router(service=TransferService(records=parts.records, clock=parts.clock), guard=guard)
    yield callbacks_router(service=CallbackService(records=parts.records, clock=parts.clock), guard=guard)
    yield webhooks_router(service=webhooks, guard=guard)
    yield jobs_router(service=JobService(records=parts.records, clock=parts.clock), guard=guard)


def _calls_of_ours(parts: ApiParts, guard: Guard) -> Iterable[APIRouter]:
    placing = Placing(book=parts.rules, clock=parts.clock)
    outbound = OutboundService(
        records=parts.records, clock=parts.clock, rules=parts.rules, placing=placing, pepper=parts.number_pepper
    )
    dialling = DialService(
        records=parts.records, placing=placing, commands=Commands(parts.redis), pepper=parts.number_pepper
    )
    suppressions = SuppressionService(records=parts.records, clock=parts.clock, pepper=parts.number_pepper)
    yield outbound_router(service=outbound, guard=guard)
    yield dialling_router(service=dialling, guard=guard)
    yield suppressions_router(service=suppressions, guard=guard)
    campaigns = CampaignService(records=parts.records, seals=parts.contact_seals, clock=parts.clock)
    contacts = ContactService(
        records=parts.records,
        seals=parts.contact_seals,
        rules=parts.rules,
        clock=parts.clock,
        pepper=parts.number_pepper,
    )
    yield campaigns_router(service=campaigns, guard=guard)
    yield campaign_contacts_router(service=contacts, guard=guard)


def _access(parts: ApiParts, guard: Guard) -> Iterable[APIRouter]:
    yield api_keys_router(service=ApiKeyService(records=parts.records, clock=parts.clock), guard=guard)
    yield users_router(service=UserService(records=parts.records, clock=parts.clock), guard=guard)


def _installation(parts: ApiParts, guard: Guard) -> Iterable[APIRouter]:
    numbers = NumberService(records=parts.records, directory=RoutingDirectory(parts.redis), clock=parts.clock)
    yield setup_router(service=SetupService(parts.records), numbers=numbers, guard=guard)
    yield capacity_router(service=CapacityService(parts.redis), guard=guard)
