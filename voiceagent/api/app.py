"""Puts the admin API together. Serve it on loopback behind a TLS proxy; it sets no CORS headers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI

import voiceagent
from voiceagent.api.auth import Guard
from voiceagent.api.body_limit import BodyLimit
from voiceagent.api.idempotency import Idempotency
from voiceagent.api.metrics import Metrics
from voiceagent.api.middleware import RequestFrame
from voiceagent.api.parts import ApiParts
from voiceagent.api.problems import install_problems
from voiceagent.api.rate_limits import RequestLimits
from voiceagent.api.refusals import RefusalLog
from voiceagent.api.routers import all_routers
from voiceagent.control.idempotency import IdempotencyClaims
from voiceagent.control.rate_limits import RateLimits


def create_app(parts: ApiParts) -> FastAPI:
    """The ASGI app."""
    metrics = Metrics()
    limits = RequestLimits(RateLimits(parts.redis), parts.limits, parts.clock)
    refusals = RefusalLog(parts.records, parts.clock)
    guard = Guard(parts.records, parts.clock, limits, refusals, parts.sign_in)
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
    for router in all_routers(parts, guard, metrics):
        app.include_router(router)
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
