"""The program on the page runs."""

from pathlib import Path

import httpx

from voiceagent.client import ApiClient

_PAGE = Path(__file__).parents[3] / "docs/how-to/use-the-api-from-python.md"


def test_the_program_of_the_page_asks_and_reads_on_when_the_api_is_busy(monkeypatch, capsys):
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.method} {request.url.path}")
        if request.method == "POST":
            body = {"code": "too_many_requests", "detail": "2 exports are under way"}
            return httpx.Response(429, json=body, headers={"Retry-After": "0"})
        return httpx.Response(200, json={"items": [], "next_cursor": None})

    program = _PAGE.read_text().split("```python\n")[1].split("```")[0].replace("va_live_…", "va_live_1")
    before = ApiClient.__init__

    def with_answers(self, base_url, key, **options):
        before(self, base_url, key, transport=httpx.MockTransport(answer), wait=lambda _: None, **options)

    monkeypatch.setattr(ApiClient, "__init__", with_answers)

    exec(compile(program, str(_PAGE), "exec"), {})  # noqa: S102 - a page of ours

    assert asked == ["POST /v1/exports"] * 4 + ["GET /v1/exports"]
    assert "2 exports are under way" in capsys.readouterr().out
