"""Every error of the API is a problem document (RFC 9457) with a stable `code` and the request's id."""

from typing import Any, Final

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from voiceagent.core.errors import BadInput, VoiceagentError
from voiceagent.core.problems import MEDIA_TYPE, Problem, problem_for

log = structlog.get_logger(__name__)

_HTTP_CODES: Final = {404: "not_found", 405: "method_not_allowed", 406: "not_acceptable", 413: "too_large"}


class ProblemDocument(BaseModel):
    """An error (RFC 9457). Switch on `code`; show `detail` to people; quote `request_id` to support."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[dict[str, Any]] | None = None


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI entries for the errors an endpoint can answer with; 401, 403, 429, 500 and 503 are always among them."""
    texts = {
        400: "The request is malformed",
        401: "No valid API key",
        403: "The API key lacks the scope",
        404: "There is no such object in this tenant",
        409: "The object is in another state",
        413: "The body is too large",
        416: "The range lies outside of the file",
        429: "Too many requests of this key or address; see Retry-After",
        500: "A bug of ours",
        503: "A store or a part does not answer; see Retry-After",
    }
    return {
        status: {
            "description": texts[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}},
        }
        for status in sorted({*statuses, 401, 403, 429, 500, 503})
    }


def install_problems(app: FastAPI) -> None:
    """Answer errors with problem documents and say so in the OpenAPI document."""
    app.add_exception_handler(VoiceagentError, _on_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, on_http_error)
    app.add_exception_handler(Exception, _on_error)
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        document = generate()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas["ProblemDocument"] = ProblemDocument.model_json_schema()
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        for path in document.get("paths", {}).values():
            for operation in path.values():
                operation["responses"].pop("422", None)  # FastAPI's own shape, which we never answer with
        return document

    app.openapi = openapi  # type: ignore[method-assign]


def problem_response(request: Request, problem: Problem, **more: Any) -> Response:
    """`problem` as the response to `request`."""
    request_id = getattr(request.state, "request_id", "")
    return JSONResponse(
        problem.body(request_id=request_id, **more), status_code=problem.status, headers=problem.headers()
    )


async def _on_error(request: Request, error: Exception) -> Response:
    problem = problem_for(error)
    if problem.status == 500:
        log.error("api_request_failed", exc_info=error)
    return problem_response(request, problem)


async def _on_invalid(request: Request, error: Exception) -> Response:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    errors = [{"where": ".".join(str(part) for part in one["loc"]), "what": one["msg"]} for one in found]
    detail = "; ".join(f"{one['where']}: {one['what']}" for one in errors)
    return problem_response(request, problem_for(BadInput(detail)), errors=errors)


async def on_http_error(request: Request, error: Exception) -> Response:
    """The framework's own errors as problem documents."""
    if not isinstance(error, HTTPException):
        return await _on_error(request, error)
    code = _HTTP_CODES.get(error.status_code, "http_error")
    title = str(error.detail)
    return problem_response(request, Problem(status=error.status_code, code=code, title=title, detail=title))
