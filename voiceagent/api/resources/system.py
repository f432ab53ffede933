"""Health and metrics: for probes and Prometheus, without a key. They tell nothing about tenants or calls."""

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST

from voiceagent.api.resources.calls.live import LiveCalls
from voiceagent.api.system import SystemService


def system_router(*, system: SystemService, live: LiveCalls) -> APIRouter:
    """/healthz, /readyz and /metrics."""
    router = APIRouter(tags=["system"])

    @router.get("/healthz")
    async def healthz() -> dict[str, str]:
        """The process runs."""
        return {"status": "ok"}

    @router.get("/readyz", responses={503: {"description": "A check fails; `checks` says which and why."}})
    async def readyz() -> Response:
        """A call could be taken: Postgres and Redis answer and a worker is present."""
        checks = await system.readiness()
        is_ready = all(answer == "ok" for answer in checks.values())
        return JSONResponse(
            {"status": "ready" if is_ready else "not_ready", "checks": dict(checks)},
            status_code=200 if is_ready else 503,
        )

    @router.get("/metrics")
    async def metrics() -> Response:
        """Prometheus exposition."""
        return Response(await system.exposition(watchers=live.watchers), media_type=CONTENT_TYPE_LATEST)

    return router
