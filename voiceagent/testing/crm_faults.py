"""What every connector over HTTP must do when its vendor is unwell, as tests: subclass `CrmFaults`, give it `faulty`.

class TestMyCrmFaults(CrmFaults):
    @pytest.fixture
    def faulty(self) -> FaultyWorld: ...
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from voiceagent.background.crm import CrmConnector
from voiceagent.core.errors import ConfigError, Forbidden, Unauthorised, UpstreamUnavailable, VoiceagentError
from voiceagent.core.ids import new_id
from voiceagent.testing.vendors.server import Fault, VendorServer, answers, hangs, passes

# Small enough for a test, large enough for a busy machine.
QUICK = {"budget_s": 2.0, "attempt_s": 0.5, "breaker_failures": 50, "requests_per_s": 1000, "burst": 1000}

Open = Callable[[Mapping[str, Any]], AbstractAsyncContextManager[CrmConnector]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultyWorld:
    """A vendor's server and how to open its connector with an OAuth token; `find_contact` must be one request."""

    server: VendorServer
    open: Open
    settings: Mapping[str, Any]  # without limits
    number: str
    nowhere: Mapping[str, Any]  # settings that lead to a closed port
    secrets: tuple[str, ...]
    counts_cases: Callable[[], int]
    junk: tuple[object, ...] = field(default=({}, [], {"unexpected": True}, None, "text"))  # bodies of another shape

    def connector(self, **limits: Any) -> AbstractAsyncContextManager[CrmConnector]:
        return self.open({**self.settings, **QUICK, **limits})


async def failure_of(awaitable: Any) -> VoiceagentError | None:
    """The error of our tree that it ends with."""
    try:
        await awaitable
    except VoiceagentError as error:
        return error
    return None


class CrmFaults:
    """pytest collects these through the subclass."""

    async def test_a_token_is_fetched_once_for_many_calls(self, faulty: FaultyWorld) -> None:
        async with faulty.connector() as crm:
            await asyncio.gather(*(crm.find_contact(faulty.number) for _ in range(4)))

        assert faulty.server.tokens_issued == 1

    async def test_a_revoked_token_is_renewed_once_for_many_calls(self, faulty: FaultyWorld) -> None:
        async with faulty.connector() as crm:
            await crm.find_contact(faulty.number)
            faulty.server.tokens.clear()
            found = await asyncio.gather(*(crm.find_contact(faulty.number) for _ in range(4)))

        assert None not in found
        assert faulty.server.tokens_issued == 2

    async def test_credentials_that_are_refused_twice_name_their_settings(self, faulty: FaultyWorld) -> None:
        faulty.server.refuse_tokens = True
        async with faulty.connector() as crm:
            error = await failure_of(crm.find_contact(faulty.number))

        assert isinstance(error, Unauthorised)
        assert "client_" in str(error)
        assert faulty.server.tokens_issued == 2
        assert not any(secret in str(error) for secret in faulty.secrets)

    async def test_what_the_credentials_do_not_allow_is_said(self, faulty: FaultyWorld) -> None:
        error, _ = await self._first_request(faulty, answers(403, {"message": "s3cret stranger's text"}))

        assert isinstance(error, Forbidden)
        assert "README" in str(error)
        assert "stranger" not in str(error)

    async def test_an_endpoint_that_is_not_there_is_a_wrong_address(self, faulty: FaultyWorld) -> None:
        error, _ = await self._first_request(faulty, answers(404, b"<html>", content_type="text/html"))

        assert isinstance(error, ConfigError)

    async def test_a_redirect_is_not_followed(self, faulty: FaultyWorld) -> None:
        error, _ = await self._first_request(faulty, answers(302, headers={"location": "http://192.0.2.1/"}))

        assert isinstance(error, ConfigError)
        assert len(faulty.server.asked()) == 1

    async def test_too_many_requests_waits_as_told(self, faulty: FaultyWorld) -> None:
        error, took_s = await self._first_request(faulty, answers(429, {}, headers={"retry-after": "0.1"}))

        assert error is None
        assert took_s >= 0.1
        assert len(faulty.server.asked()) == 2

    async def test_too_many_requests_with_a_date_that_has_passed_asks_at_once(self, faulty: FaultyWorld) -> None:
        date = format_datetime(datetime.now(UTC) - timedelta(seconds=5), usegmt=True)  # noqa: TID251
        error, _ = await self._first_request(faulty, answers(429, {}, headers={"retry-after": date}))

        assert error is None

    async def test_a_wait_that_no_caller_has_time_for_fails_at_once(self, faulty: FaultyWorld) -> None:
        error, took_s = await self._first_request(faulty, answers(429, {}, headers={"retry-after": "30"}))

        assert isinstance(error, UpstreamUnavailable)
        assert took_s < 1.9
        assert len(faulty.server.asked()) == 1

    async def test_a_read_is_repeated_after_a_server_error(self, faulty: FaultyWorld) -> None:
        error, _ = await self._first_request(faulty, answers(500, {}), answers(503, b"away", content_type="text/plain"))

        assert error is None
        assert len(faulty.server.asked()) == 3

    async def test_a_read_is_repeated_after_a_lost_answer(self, faulty: FaultyWorld) -> None:
        error, _ = await self._first_request(faulty, hangs())

        assert error is None
        assert len(faulty.server.asked()) == 2

    async def test_silence_ends_with_the_budget(self, faulty: FaultyWorld) -> None:
        faulty.server.faults.extend(hangs() for _ in range(20))
        async with faulty.connector(budget_s=0.3, attempt_s=0.12) as crm:
            began_s = time.monotonic()  # noqa: TID251 - real time is what the caller waits
            error = await failure_of(crm.find_contact(faulty.number))
            took_s = time.monotonic() - began_s  # noqa: TID251

        assert isinstance(error, UpstreamUnavailable)
        assert took_s < 0.8

    async def test_a_refused_connection_is_unavailable(self, faulty: FaultyWorld) -> None:
        async with faulty.open({**faulty.settings, **QUICK, "budget_s": 0.3, **faulty.nowhere}) as crm:
            error = await failure_of(crm.find_contact(faulty.number))

        assert isinstance(error, UpstreamUnavailable)

    async def test_broken_json_is_unavailable(self, faulty: FaultyWorld) -> None:
        for broken in (b'{"results": [{"id"', b'{"results": "\xff"}', b"[" * 20_000):
            error, _ = await self._first_request(faulty, answers(200, broken))
            assert isinstance(error, UpstreamUnavailable), broken[:20]

    async def test_another_content_type_is_unavailable(self, faulty: FaultyWorld) -> None:
        error, _ = await self._first_request(faulty, answers(200, b"<html>hibernating", content_type="text/html"))

        assert isinstance(error, UpstreamUnavailable)
        assert "hibernating" not in str(error)

    async def test_an_answer_of_another_shape_is_unavailable(self, faulty: FaultyWorld) -> None:
        for junk in faulty.junk:
            error, _ = await self._first_request(faulty, answers(200, junk))
            assert isinstance(error, UpstreamUnavailable), junk

    async def test_an_oversized_answer_is_unavailable(self, faulty: FaultyWorld) -> None:
        error, _ = await self._first_request(faulty, answers(200, {"results": "x" * 70_000}), max_body_bytes=65_536)

        assert isinstance(error, UpstreamUnavailable)
        assert "max_body_bytes" in str(error)

    async def test_the_breaker_opens_and_closes(self, faulty: FaultyWorld) -> None:
        async with faulty.connector(breaker_failures=2, breaker_open_s=0.2, budget_s=0.8) as crm:
            await crm.find_contact(faulty.number)
            faulty.server.faults.extend([answers(500, {}), answers(500, {})])
            first = await failure_of(crm.find_contact(faulty.number))
            asked = len(faulty.server.asked())
            second = await failure_of(crm.find_contact(faulty.number))
            asked_while_open = len(faulty.server.asked()) - asked
            await asyncio.sleep(0.25)
            found = await crm.find_contact(faulty.number)

        assert isinstance(first, UpstreamUnavailable)
        assert isinstance(second, UpstreamUnavailable)
        assert asked_while_open == 0
        assert found is not None

    async def test_a_case_whose_answer_was_lost_is_opened_once(self, faulty: FaultyWorld) -> None:
        """The last request of a creation is the write; it is carried out and its answer lost."""
        async with faulty.connector(budget_s=2.0) as crm:
            contact = await crm.find_contact(faulty.number)
            assert contact is not None
            before = faulty.counts_cases()
            asked = len(faulty.server.asked())
            await crm.create_case(contact.contact_id, subject="a", description="", idempotency_key=new_id("key"))
            methods = [method for method, _ in faulty.server.asked()[asked:]]
            index = max(at for at, method in enumerate(methods) if method in {"POST", "PATCH", "PUT"})
            faulty.server.faults.extend([passes] * index + [hangs(carried_out=True)])
            key = new_id("key")
            error = await failure_of(
                crm.create_case(contact.contact_id, subject="b", description="", idempotency_key=key)
            )
            case = await crm.create_case(contact.contact_id, subject="b", description="", idempotency_key=key)

        assert error is None or isinstance(error, UpstreamUnavailable)
        assert case.subject == "b"
        assert faulty.counts_cases() - before == 2

    @staticmethod
    async def _first_request(
        faulty: FaultyWorld, *faults: Fault, **limits: Any
    ) -> tuple[VoiceagentError | None, float]:
        """The error of a look-up that meets these faults, and how long it took in seconds."""
        async with faulty.connector(**limits) as crm:
            faulty.server.faults.extend(faults)
            began_s = time.monotonic()  # noqa: TID251 - real time is what the caller waits
            error = await failure_of(crm.find_contact(faulty.number))
            return error, time.monotonic() - began_s  # noqa: TID251
