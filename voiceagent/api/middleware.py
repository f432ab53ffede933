"""Around every request: an id, the security headers, and the count of what was answered."""

from typing import Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from voiceagent.api.metrics import Metrics
from voiceagent.core.ids import new_id

_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",  # everything here is somebody's data
}
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class RequestFrame:
    """There are no CORS headers: no page of another origin may read the API."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = new_id("req")
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_framed(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message.get("headers", [])}
                added = [
                    (name.lower().encode(), value.encode())
                    for name, value in {
                        **_HEADERS,
                        **scope["state"].get("headers", {}),
                        "X-Request-Id": request_id,
                    }.items()
                    if name.lower().encode() not in present
                ]
                message["headers"] = [*message.get("headers", []), *added]
                method = scope["method"] if scope["method"] in _METHODS else "OTHER"
                self._metrics.count_request(method, message["status"])
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await self._app(scope, receive, send_framed)
