"""HTTP for exports."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response

from voiceagent.api.auth import Credentials, Guard
from voiceagent.api.byte_ranges import serve_bytes
from voiceagent.api.pagination import DEFAULT_LIMIT, Limit, Page, cut
from voiceagent.api.paths import IdPath
from voiceagent.api.principal import Principal
from voiceagent.api.problems import responses
from voiceagent.api.resources.exports.schemas import (
    CallFilter,
    Download,
    Export,
    ExportSubject,
    Link,
    NewExport,
    NewLink,
)
from voiceagent.api.resources.exports.service import ExportService
from voiceagent.api.resources.retention.endpoints import IdCursor
from voiceagent.compliance.erasure.evaluation import due_at
from voiceagent.records.export_values import StoredExport

_Text = Annotated[str, Query(max_length=200, description="Of a link; empty with a key.")]
_READ: Final = "exports:read"
_RANGE_CHARS: Final = 200  # of the header; it is whoever asks who writes it


def exports_router(*, service: ExportService, guard: Guard) -> APIRouter:
    """Routes below /v1/exports."""
    router = APIRouter(prefix="/v1/exports", tags=["exports"])
    # Asking, approving and taking need the scope of the kind besides, which the service checks
    Reader = Annotated[Principal, Depends(guard.require(_READ))]  # noqa: N806 - a type
    Taker = Annotated[Principal, Depends(_by_key_or_link(service, guard))]  # noqa: N806

    @router.get("", responses=responses(400))
    async def list_exports(*, principal: Reader, limit: Limit = DEFAULT_LIMIT, cursor: IdCursor = "") -> Page[Export]:
        """Exports, newest first."""
        found = await service.list(principal, limit=limit + 1, before=cursor)
        page, last = cut(found, limit)
        return Page(items=[export_of(one) for one in page], next_cursor=last.id if last else None)

    @router.post("", status_code=202, responses=responses(400, 404, 413))
    async def ask_for_export(principal: Reader, new: NewExport) -> Export:
        """Have a package made. 429 while two of the tenant's are under way."""
        return export_of(await service.ask(principal, new))

    @router.get("/{export_id}", responses=responses(400, 404))
    async def get_export(principal: Reader, export_id: IdPath) -> Export:
        """How far it is, and who has taken it."""
        return export_of(await service.get(principal, export_id))

    @router.delete("/{export_id}", status_code=204, responses=responses(400, 404))
    async def delete_export(principal: Reader, export_id: IdPath) -> None:
        """Stop it, or delete its package now; what was exported by whom stays known."""
        await service.delete(principal, export_id)

    @router.post("/{export_id}/actions/approve", status_code=202, responses=responses(400, 404, 409))
    async def approve_export(principal: Reader, export_id: IdPath) -> Export:
        """Agree to what somebody else has asked for."""
        return export_of(await service.approve(principal, export_id))

    @router.post("/{export_id}/links", status_code=201, responses=responses(400, 404, 409, 413))
    async def make_link(principal: Reader, export_id: IdPath, new: NewLink) -> Link:
        """A URL that opens the package without a key, for a quarter of an hour and while you may yourself."""
        query, until = await service.link(principal, export_id, timedelta(seconds=new.lifetime_s))
        return Link(path=f"/v1/exports/{export_id}/download?{urlencode(query)}", expires_at=until)

    @router.get(
        "/{export_id}/download",
        response_class=Response,
        responses={
            **responses(400, 404, 409, 416),
            200: {"description": "The signed package.", "content": {"application/zip": {}}},
            206: {"description": "The part that `Range` asks for.", "content": {"application/zip": {}}},
        },
    )
    async def download_export(request: Request, taker: Taker, export_id: IdPath) -> Response:
        """The package, by a key or by a link; noted and counted before the first byte. `Range` is honoured."""
        via = "link" if request.query_params.get("signature") else "key"
        byte_range = request.headers.get("range", "")[:_RANGE_CHARS]
        export, package = await service.download(taker, export_id, via=via, byte_range=byte_range)
        headers = {
            "Cache-Control": "private, no-store",
            "Content-Disposition": f'attachment; filename="export-{export_id}.zip"',
        }
        return serve_bytes(request, package, etag=export.manifest_sha256, media_type="application/zip", headers=headers)

    return router


def _by_key_or_link(service: ExportService, guard: Guard) -> Callable[..., Awaitable[Principal]]:
    by_key = guard.require(_READ)

    async def principal(
        request: Request,
        credentials: Credentials,
        export_id: IdPath,
        tenant: _Text = "",
        by: _Text = "",
        until: Annotated[int, Query(ge=0, lt=2**33)] = 0,
        signature: _Text = "",
    ) -> Principal:
        if not signature:
            return await by_key(request, credentials)
        async with guard.unknown_caller(request):
            link, scopes = await service.open_link(export_id, tenant=tenant, by=by, until=until, signature=signature)
        ip = request.client.host if request.client else ""
        request_id = getattr(request.state, "request_id", "")
        return Principal(
            tenant_id=link.tenant_id,
            id=link.by,
            holder=link.by,
            scopes=scopes,
            request_id=request_id,
            ip=ip,
        )

    return principal


def export_of(export: StoredExport) -> Export:
    """The export as clients see it."""
    asked = export.filter
    shown = {
        name: value
        for name, value in asdict(export).items()
        if name in Export.model_fields and name not in ("filter", "downloads", "subject")
    }
    subject = asked.get("subject")
    told = {"call_id": asked["call_id"]} if asked["call_id"] else {"since": asked["since"], "until": asked["until"]}
    return Export(
        **shown,
        filter=CallFilter.model_validate({} if subject else told),
        subject=None
        if subject is None
        else ExportSubject(**subject, due_at=due_at(datetime.fromisoformat(subject["received_at"]))),
        media=asked["media"],
        mute_masked=asked.get("mute_masked", False),
        parquet=asked.get("parquet", False),
        vcon_profile=asked["vcon_profile"],
        organisation=asked["organisation"],
        downloads=[Download.model_validate(one) for one in export.downloads],
    )
