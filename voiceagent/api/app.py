"""Puts the admin API together. Serve it on loopback behind a TLS proxy; it sets no CORS headers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from fastapi import FastAPI

import voiceagent
from voiceagent.api.auth import Guard
from voiceagent.api.body_limit import BodyLimit
from voiceagent.api.idempotency import Idempotency
from voiceagent.api.metrics import Metrics
from voiceagent.api.middleware import RequestFrame
from voiceagent.api.ports import TalkTokenIssuer
from voiceagent.api.problems import install_problems
from voiceagent.api.refusals import RefusalLog
from voiceagent.api.resources.audit_events.endpoints import audit_events_router
from voiceagent.api.resources.audit_events.service import AuditEventService
from voiceagent.api.resources.callbacks.endpoints import callbacks_router
from voiceagent.api.resources.callbacks.service import CallbackService
from voiceagent.api.resources.calls.endpoints import calls_router
from voiceagent.api.resources.calls.live import LiveCalls
from voiceagent.api.resources.calls.service import CallService
from voiceagent.api.resources.jobs.endpoints import jobs_router
from voiceagent.api.resources.jobs.service import JobService
from voiceagent.api.resources.system import system_router
from voiceagent.api.resources.transfers.endpoints import transfers_router
from voiceagent.api.resources.transfers.service import TransferService
from voiceagent.api.resources.webhooks.endpoints import webhooks_router
from voiceagent.api.resources.webhooks.service import SecretOf, WebhookService
from voiceagent.api.resources.webrtc.endpoints import webrtc_router
from voiceagent.api.resources.webrtc.service import TalkTokenService
from voiceagent.api.system import SystemService
from voiceagent.control.commands import Commands
from voiceagent.control.connection import RedisConnection
from voiceagent.control.idempotency import IdempotencyClaims
from voiceagent.control.streams import LiveEvents
from voiceagent.core.clock import Clock
from voiceagent.records.at_rest.stored_recordings import StoredRecordings
from voiceagent.records.unit_of_work import Records


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiParts:
    """What the API works with. Opening and closing them is the process's business.

    `talk_url`: the gateway's talk page as browsers reach it, "" when unknown.
    """

    records: Records
    redis: RedisConnection
    talk_tokens: TalkTokenIssuer
    recordings: StoredRecordings
    webhook_secret_of: SecretOf
    check_webhook_url: Callable[[str], object]  # raises BadInput
    clock: Clock
    talk_url: str = ""


def create_app(parts: ApiParts) -> FastAPI:
    """The ASGI app."""
    metrics = Metrics()
    refusals = RefusalLog(parts.records, parts.clock)
    guard = Guard(parts.records, parts.clock, refusals)
    calls = CallService(
        records=parts.records, commands=Commands(parts.redis), recordings=parts.recordings, clock=parts.clock
    )
    live = LiveCalls(calls, LiveEvents(parts.redis))
    talk = TalkTokenService(records=parts.records, issuer=parts.talk_tokens, clock=parts.clock)
    webhooks = WebhookService(
        records=parts.records, clock=parts.clock, secret_of=parts.webhook_secret_of, check_url=parts.check_webhook_url
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
    app.add_middleware(Idempotency, claims=IdempotencyClaims(parts.redis))
    app.add_middleware(BodyLimit)
    app.add_middleware(RequestFrame, metrics=metrics)  # the outermost: the one that is added last
    install_problems(app)
    app.include_router(calls_router(service=calls, live=live, guard=guard))
    app.include_router(jobs_router(service=JobService(records=parts.records, clock=parts.clock), guard=guard))
    transfers = TransferService(records=parts.records, clock=parts.clock)
    app.include_router(transfers_router(service=transfers, guard=guard))
    app.include_router(callbacks_router(service=CallbackService(records=parts.records, clock=parts.clock), guard=guard))
    app.include_router(webhooks_router(service=webhooks, guard=guard))
    app.include_router(webrtc_router(service=talk, guard=guard, talk_url=parts.talk_url))
    app.include_router(audit_events_router(service=AuditEventService(parts.records), guard=guard))
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
