"""Puts the admin API together. Serve it on loopback behind a TLS proxy; it sets no CORS headers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from fastapi import FastAPI

import voiceagent
from voiceagent.api.auth import Guard
from voiceagent.api.body_limit import BodyLimit
from voiceagent.api.idempotency import Idempotency
from voiceagent.api.metrics import Metrics
from voiceagent.api.middleware import RequestFrame
from voiceagent.api.ports import SignIn, TalkTokenIssuer
from voiceagent.api.problems import install_problems
from voiceagent.api.rate_limits import USUAL, Limits, RequestLimits
from voiceagent.api.raw_reads import RawReads
from voiceagent.api.refusals import RefusalLog
from voiceagent.api.resources.api_keys.endpoints import api_keys_router
from voiceagent.api.resources.api_keys.service import ApiKeyService
from voiceagent.api.resources.audit_events.endpoints import audit_events_router
from voiceagent.api.resources.audit_events.service import AuditEventService
from voiceagent.api.resources.callbacks.endpoints import callbacks_router
from voiceagent.api.resources.callbacks.service import CallbackService
from voiceagent.api.resources.calls.endpoints import calls_router
from voiceagent.api.resources.calls.live import LiveCalls
from voiceagent.api.resources.calls.service import CallService
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
from voiceagent.api.resources.setup.service import SetupService
from voiceagent.api.resources.suppressions.endpoints import suppressions_router
from voiceagent.api.resources.suppressions.service import SuppressionService
from voiceagent.api.resources.system import system_router
from voiceagent.api.resources.transfers.endpoints import transfers_router
from voiceagent.api.resources.transfers.service import TransferService
from voiceagent.api.resources.users.endpoints import users_router
from voiceagent.api.resources.users.service import UserService
from voiceagent.api.resources.webhooks.endpoints import webhooks_router
from voiceagent.api.resources.webhooks.service import SecretOf, WebhookService
from voiceagent.api.resources.webrtc.endpoints import webrtc_router
from voiceagent.api.resources.webrtc.service import TalkTokenService
from voiceagent.api.system import SystemService
from voiceagent.compliance.exports.package_store import PackageStore
from voiceagent.compliance.read_budget import ReadBudget
from voiceagent.compliance.retention.rules import Rules
from voiceagent.compliance.rules.book import RuleBook
from voiceagent.control.commands import Commands
from voiceagent.control.connection import RedisConnection
from voiceagent.control.idempotency import IdempotencyClaims
from voiceagent.control.rate_limits import RateLimits
from voiceagent.control.streams import LiveEvents
from voiceagent.core.clock import Clock
from voiceagent.core.ids import TenantId
from voiceagent.records.at_rest.stored_recordings import StoredRecordings
from voiceagent.records.erasing.sealed_names import EXPORT, SealedNames
from voiceagent.records.export_values import CANCEL_WINDOW
from voiceagent.records.unit_of_work import Records


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiParts:
    """What the API works with. Opening and closing them is the process's business.

    `number_pepper`: what numbers are hashed with; `tenant_pepper`: what the purge makes pseudonyms with.
    `packages`: where finished exports lie; `export_link_key` signs links to them.
    `talk_url`: the gateway's talk page as browsers reach it, "" when unknown.
    `home_country`: of numbers that are written without one, "" when unknown.
    `cancel_window`: how long a person's package is kept back before it may be taken.
    `raw_reads`: how much of what is not masked somebody opens in a day.
    `sign_in`: knows people; None where only API keys count.
    `retention`: defaults and legal limits; policies and holds are read for each request.
    """

    records: Records
    redis: RedisConnection
    talk_tokens: TalkTokenIssuer
    recordings: StoredRecordings
    webhook_secret_of: SecretOf
    check_webhook_url: Callable[[str], object]  # raises BadInput
    clock: Clock
    rules: RuleBook
    number_pepper: bytes = field(repr=False)
    sealed_names: SealedNames
    tenant_pepper: Callable[[TenantId], bytes] = field(repr=False)
    packages: PackageStore
    export_link_key: bytes = field(repr=False)
    talk_url: str = ""
    home_country: str = ""
    retention: Rules = field(default_factory=Rules)
    limits: Limits = USUAL
    raw_reads: ReadBudget = field(default_factory=ReadBudget)
    cancel_window: timedelta = CANCEL_WINDOW
    sign_in: SignIn | None = None


def create_app(parts: ApiParts) -> FastAPI:
    """The ASGI app."""
    metrics = Metrics()
    limits = RequestLimits(RateLimits(parts.redis), parts.limits, parts.clock)
    refusals = RefusalLog(parts.records, parts.clock)
    guard = Guard(parts.records, parts.clock, limits, refusals, parts.sign_in)
    calls = CallService(
        records=parts.records,
        commands=Commands(parts.redis),
        recordings=parts.recordings,
        raw_reads=RawReads(parts.raw_reads, parts.clock),
        clock=parts.clock,
    )
    live = LiveCalls(calls, LiveEvents(parts.redis))
    talk = TalkTokenService(records=parts.records, issuer=parts.talk_tokens, clock=parts.clock)
    webhooks = WebhookService(
        records=parts.records, clock=parts.clock, secret_of=parts.webhook_secret_of, check_url=parts.check_webhook_url
    )
    retention = RetentionService(records=parts.records, rules=parts.retention, clock=parts.clock)
    holds = LegalHoldService(records=parts.records, clock=parts.clock)
    erasures = ErasureRequestService(
        records=parts.records,
        rules=parts.retention,
        names=parts.sealed_names,
        pepper=parts.tenant_pepper,
        clock=parts.clock,
        home=parts.home_country,
    )
    system = SystemService(records=parts.records, redis=parts.redis, metrics=metrics, clock=parts.clock)

    app = FastAPI(
        title="voiceagent",
        version=voiceagent.__version__,
        docs_url=None,  # their pages load scripts from elsewhere; the document is at /openapi.json
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_counting(refusals),
    )
    app.add_middleware(Idempotency, claims=IdempotencyClaims(parts.redis), check=guard.identify)
    app.add_middleware(BodyLimit)
    app.add_middleware(RequestFrame, metrics=metrics)  # the outermost: the one that is added last
    install_problems(app)
    app.include_router(calls_router(service=calls, live=live, retention=retention, guard=guard))
    app.include_router(retention_router(service=retention, guard=guard))
    app.include_router(call_retention_router(service=retention, guard=guard))
    app.include_router(legal_holds_router(service=holds, guard=guard))
    app.include_router(erasure_requests_router(service=erasures, guard=guard))
    app.include_router(jobs_router(service=JobService(records=parts.records, clock=parts.clock), guard=guard))
    transfers = TransferService(records=parts.records, clock=parts.clock)
    app.include_router(transfers_router(service=transfers, guard=guard))
    app.include_router(callbacks_router(service=CallbackService(records=parts.records, clock=parts.clock), guard=guard))
    app.include_router(webhooks_router(service=webhooks, guard=guard))
    outbound = OutboundService(records=parts.records, clock=parts.clock, rules=parts.rules, pepper=parts.number_pepper)
    suppressions = SuppressionService(records=parts.records, clock=parts.clock, pepper=parts.number_pepper)
    app.include_router(outbound_router(service=outbound, guard=guard))
    dialling = DialService(
        records=parts.records, gate=outbound, commands=Commands(parts.redis), pepper=parts.number_pepper
    )
    app.include_router(dialling_router(service=dialling, guard=guard))
    app.include_router(suppressions_router(service=suppressions, guard=guard))
    app.include_router(api_keys_router(service=ApiKeyService(records=parts.records, clock=parts.clock), guard=guard))
    app.include_router(setup_router(service=SetupService(parts.records), guard=guard))
    app.include_router(capacity_router(service=CapacityService(parts.redis), guard=guard))
    app.include_router(users_router(service=UserService(records=parts.records, clock=parts.clock), guard=guard))
    app.include_router(webrtc_router(service=talk, guard=guard, talk_url=parts.talk_url))
    app.include_router(audit_events_router(service=AuditEventService(parts.records), guard=guard))
    exports = ExportService(
        records=parts.records,
        packages=parts.packages,
        link_key=parts.export_link_key,
        names=parts.sealed_names.of_kind(EXPORT),
        home=parts.home_country,
        cancel_window=parts.cancel_window,
        clock=parts.clock,
    )
    app.include_router(exports_router(service=exports, guard=guard))
    app.include_router(system_router(system=system, live=live))
    return app


def _counting(refusals: RefusalLog) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """While the app serves, what it refuses is counted; the last of it is written at the end."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as tasks:
            counting = tasks.create_task(refusals.run())
            yield
            counting.cancel()
        await refusals.flush()

    return lifespan
