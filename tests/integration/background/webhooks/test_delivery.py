"""A real receiver over real HTTP, and the outbox in real Postgres."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from standardwebhooks import Webhook

from tests.integration.records.jobs.working import working
from voiceagent.background.webhooks.delivery import WebhookDelivery
from voiceagent.background.webhooks.destination import AllowedNetworks
from voiceagent.background.webhooks.signing import secret_of
from voiceagent.core.clock import SystemClock
from voiceagent.core.ids import CallId, LegId, TenantId
from voiceagent.core.termination import Reason, Result
from voiceagent.records.jobs.queue import JobQueue, NewJob
from voiceagent.records.purging.store import PurgeStore
from voiceagent.records.seed import Seed, sow
from voiceagent.records.unit_of_work import Records
from voiceagent.records.values import StoredDelivery, StoredEndpoint
from voiceagent.records.webhooks.books import WebhookBooks
from voiceagent.records.webhooks.news import DEAD_UNTIL_DISABLED
from voiceagent.records.writer import RecordsWriter
from voiceagent.telephony.events import CallEnded, CallEvent, CallStarted, ConsentWithdrawn, LegAnswered
from voiceagent.testing.sample_call import recorded

TENANT, ROOT = TenantId("default"), b"0123456789abcdef0123456789abcdef"
STARTED = CallStarted(direction="inbound", transport="sip", caller="anna", callee="+15550100", profile="sample")
ANSWERED = LegAnswered(leg_id=LegId("leg_1"), codec="PCMU")
ENDED = CallEnded(result=Result.SUCCESS, reason=Reason.CALLER_HUNG_UP, duration_ms=20_000)
OURS = AllowedNetworks(["127.0.0.0/8"])


@dataclass
class Receiver:
    """Answers every request with `status` and keeps what it was told."""

    port: int = 0
    status: int = 204
    more: str = ""  # headers of its answer
    told: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = [line.partition(": ") for line in head.split("\r\n")[1:] if line]
        headers = {name.lower(): value for name, _, value in lines}
        body = await reader.readexactly(int(headers["content-length"]))
        self.told.append((headers, body))
        writer.write(f"HTTP/1.1 {self.status} X\r\n{self.more}content-length: 0\r\nconnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()


class Post:
    """An endpoint, its deliveries and who delivers them."""

    def __init__(self, engine: AsyncEngine, networks: AllowedNetworks = OURS) -> None:
        self.engine = engine
        self.records = Records(engine)
        self.books = WebhookBooks(engine)
        self.delivery = WebhookDelivery(self.books, ROOT, networks, SystemClock())

    async def subscribe(self, url: str, *event_types: str) -> StoredEndpoint:
        await sow(self.records, Seed(), datetime.now(UTC))
        async with self.records.unit_of_work(TENANT) as work:
            made = await work.webhooks.add(url=url, description="", event_types=event_types, now=datetime.now(UTC))
            await work.commit()
        return made

    async def happen(self, *events: CallEvent, call: str = "call_1") -> None:
        await RecordsWriter(self.engine).write(recorded(CallId(call), events))

    async def deliver(self) -> None:
        """Every delivery that is due, as their jobs would."""
        async with self.engine.connect() as connection:
            rows = (await connection.execute(text("SELECT id FROM webhook_deliveries ORDER BY seq"))).all()
        for row in rows:
            await self.delivery.run(TENANT, row.id)

    async def told(self, endpoint: StoredEndpoint) -> list[StoredDelivery]:
        async with self.records.unit_of_work(TENANT) as work:
            return list(await work.webhooks.deliveries(endpoint.id, state="", limit=100, before=None))

    async def endpoint(self, endpoint: StoredEndpoint) -> StoredEndpoint:
        async with self.records.unit_of_work(TENANT) as work:
            return await work.webhooks.get(endpoint.id)

    async def jobs(self) -> list[tuple[str, datetime | None]]:
        async with self.engine.connect() as connection:
            rows = await connection.execute(
                text("SELECT task_name, scheduled_at FROM procrastinate_jobs WHERE task_name = 'deliver_webhook'")
            )
            return [(row.task_name, row.scheduled_at) for row in rows]


@pytest.fixture
async def post(engine: AsyncEngine) -> AsyncIterator[Post]:
    made = Post(engine)
    yield made
    await made.delivery.close()


async def test_who_is_told_of_consents_is_told_of_their_end(post: Post) -> None:
    endpoint = await post.subscribe("https://hooks.example.com/voice", "consent.withdrawn")
    await post.happen(STARTED, ConsentWithdrawn(purpose="recording", method="voice", at_ms=9, rule="withdrawal.1/stop"))

    assert [one.event_type for one in await post.told(endpoint)] == ["consent.withdrawn"]


async def test_an_endpoint_that_is_removed_at_that_moment_costs_no_event(post: Post) -> None:
    await post.subscribe("https://hooks.example.com/voice", "call.started")

    async with post.engine.begin() as removing:
        await removing.execute(text("DELETE FROM webhook_endpoints"))
        writing = asyncio.create_task(post.happen(STARTED))
        done, _ = await asyncio.wait([writing], timeout=0.5)
        assert not done

    await writing
    async with post.engine.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM call_events")) == 1


async def test_deliveries_end_with_the_term_of_metadata_and_not_before(post: Post) -> None:
    endpoint = await post.subscribe("https://hooks.example.com/voice", "call.started", "call.ended")
    await post.happen(STARTED, ENDED)
    last = (await post.told(endpoint))[0].entered_at
    purge = PurgeStore(post.engine)

    await purge.forget_deliveries(TENANT, last + timedelta(days=1))
    assert len(await post.told(endpoint)) == 2
    async with post.engine.begin() as connection:
        await connection.execute(text("UPDATE webhook_deliveries SET state = 'dead'"))
    await purge.forget_deliveries(TenantId("ten_b"), last + timedelta(days=1))
    await purge.forget_deliveries(TENANT, last)
    assert [one.event_type for one in await post.told(endpoint)] == ["call.ended"]

    await purge.forget_deliveries(TENANT, last + timedelta(days=1))
    assert await post.told(endpoint) == []


async def test_a_receiver_that_does_not_answer_keeps_nobody_else_waiting(post: Post) -> None:
    await post.subscribe("https://hooks.example.com/voice", "call.started", "call.ended")
    await post.happen(STARTED, ENDED)
    async with post.engine.begin() as connection:
        await JobQueue().enqueue(connection, NewJob(task="encrypt", tenant_id=TENANT, arguments={}))
    order = []

    async def note(task: str) -> None:
        order.append(task)

    handlers = {"deliver_webhook": lambda _: note("deliver"), "encrypt": lambda _: note("encrypt")}
    async with working(post.engine, handlers, concurrency=1), asyncio.timeout(20):
        while len(order) < 3:
            await asyncio.sleep(0.02)

    assert order == ["encrypt", "deliver", "deliver"]


async def test_an_endpoint_is_told_what_it_asked_for_signed_and_without_content(post: Post, receiver: Receiver) -> None:
    endpoint = await post.subscribe(f"http://127.0.0.1:{receiver.port}/hook", "call.started", "call.ended")

    await post.happen(STARTED, ANSWERED, ENDED)
    await post.deliver()

    verifier = Webhook(secret_of(ROOT, endpoint.id, 1))
    bodies = [verifier.verify(body, headers) for headers, body in receiver.told]
    assert [(body["type"], body["data"]) for body in bodies] == [
        ("call.started", {"call_id": "call_1", "seq": 1}),
        ("call.ended", {"call_id": "call_1", "seq": 3}),
    ]
    assert "anna" not in str(receiver.told)
    assert [(one.state, one.answered, one.attempts) for one in await post.told(endpoint)] == [("delivered", 204, 1)] * 2


async def test_events_that_come_again_are_told_once(post: Post, receiver: Receiver) -> None:
    await post.subscribe(f"http://127.0.0.1:{receiver.port}/", "call.started", "call.ended")

    await post.happen(STARTED, ANSWERED, ENDED)
    await post.happen(STARTED, ANSWERED, ENDED)
    await post.deliver()
    await post.deliver()

    assert len(receiver.told) == len(await post.jobs()) == 2


async def test_what_is_not_taken_is_tried_again_later_under_the_same_id(post: Post, receiver: Receiver) -> None:
    endpoint = await post.subscribe(f"http://127.0.0.1:{receiver.port}/", "call.ended")
    await post.happen(STARTED, ENDED)
    receiver.status = 500

    before = datetime.now(UTC)
    await post.deliver()
    (failed,) = await post.told(endpoint)
    receiver.status = 200
    await post.deliver()
    (taken,) = await post.told(endpoint)

    assert (failed.state, failed.problem, failed.answered) == ("pending", "answered 500", 500)
    assert failed.due_at is not None
    assert timedelta(seconds=29) < failed.due_at - before < timedelta(seconds=60)
    assert [scheduled for _, scheduled in await post.jobs()] == [None, failed.due_at]
    assert (taken.state, taken.attempts, taken.due_at) == ("delivered", 2, None)
    assert len({headers["webhook-id"] for headers, _ in receiver.told}) == 1


async def test_a_receiver_that_asks_for_time_is_given_it(post: Post, receiver: Receiver) -> None:
    endpoint = await post.subscribe(f"http://127.0.0.1:{receiver.port}/", "call.ended")
    await post.happen(STARTED, ENDED)
    receiver.status, receiver.more = 503, "retry-after: 3600\r\n"

    before = datetime.now(UTC)
    await post.deliver()

    (waiting,) = await post.told(endpoint)
    assert waiting.due_at is not None
    assert waiting.due_at - before > timedelta(minutes=59)


async def test_after_its_last_attempt_it_is_dead_and_can_be_sent_again_by_hand(post: Post, receiver: Receiver) -> None:
    endpoint = await post.subscribe(f"http://127.0.0.1:{receiver.port}/", "call.ended")
    await post.happen(STARTED, ENDED)
    receiver.status = 500
    for _ in range(8):
        await post.deliver()
    (dead,) = await post.told(endpoint)

    receiver.status = 200
    async with post.records.unit_of_work(TENANT) as work:
        await work.webhooks.redeliver(endpoint.id, dead.id, datetime.now(UTC))
        await work.commit()
    await post.deliver()

    assert (dead.state, dead.attempts, dead.due_at) == ("dead", 7, None)
    assert [(one.state, one.attempts) for one in await post.told(endpoint)] == [("delivered", 1)]


async def test_an_endpoint_that_is_gone_is_told_nothing_more(post: Post, receiver: Receiver) -> None:
    endpoint = await post.subscribe(f"http://127.0.0.1:{receiver.port}/", "call.started", "call.ended")
    receiver.status = 410
    await post.happen(STARTED)
    await post.deliver()

    await post.happen(STARTED, ENDED)

    assert (await post.endpoint(endpoint)).disabled_because == "it answered 410 Gone"
    assert [one.state for one in await post.told(endpoint)] == ["dead"]


async def test_an_endpoint_that_never_answers_is_switched_off_after_a_while(post: Post, receiver: Receiver) -> None:
    endpoint = await post.subscribe(f"http://127.0.0.1:{receiver.port}/", "call.ended")
    async with post.engine.begin() as connection:
        await connection.execute(
            text("UPDATE webhook_endpoints SET dead_in_a_row = :many"), {"many": DEAD_UNTIL_DISABLED - 1}
        )
    await post.happen(STARTED, ENDED)
    receiver.status = 500
    for _ in range(7):
        await post.deliver()

    assert "50 deliveries in a row" in (await post.endpoint(endpoint)).disabled_because
    async with post.records.unit_of_work(TENANT) as work:
        enabled = await work.webhooks.enable(endpoint.id)
        await work.commit()
    assert (enabled.disabled_at, enabled.disabled_because) == (None, "")


async def test_a_redirect_is_not_followed(post: Post, receiver: Receiver) -> None:
    endpoint = await post.subscribe(f"http://127.0.0.1:{receiver.port}/", "call.ended")
    await post.happen(STARTED, ENDED)
    receiver.status, receiver.more = 302, f"location: http://127.0.0.1:{receiver.port}/elsewhere\r\n"

    await post.deliver()

    assert len(receiver.told) == 1
    assert [one.problem for one in await post.told(endpoint)] == ["answered 302"]


async def test_an_address_of_our_own_network_is_not_even_connected_to(engine: AsyncEngine, receiver: Receiver) -> None:
    post = Post(engine, AllowedNetworks())
    endpoint = await post.subscribe(f"https://127.0.0.1:{receiver.port}/", "call.ended")
    await post.happen(STARTED, ENDED)

    await post.deliver()
    await post.delivery.close()

    assert receiver.told == []
    assert [(one.answered, "no public address" in one.problem) for one in await post.told(endpoint)] == [(0, True)]


async def test_nobody_there_is_a_failed_attempt(post: Post) -> None:
    endpoint = await post.subscribe("http://127.0.0.1:9/", "call.ended")
    await post.happen(STARTED, ENDED)

    await post.deliver()

    (one,) = await post.told(endpoint)
    assert (one.state, one.answered, one.attempts) == ("pending", 0, 1)
    assert one.problem


async def test_two_secrets_sign_for_a_day_after_a_change(post: Post, receiver: Receiver) -> None:
    endpoint = await post.subscribe(f"http://127.0.0.1:{receiver.port}/", "call.ended")
    async with post.records.unit_of_work(TENANT) as work:
        await work.webhooks.rotate_secret(endpoint.id, datetime.now(UTC))
        await work.commit()
    await post.happen(STARTED, ENDED)

    await post.deliver()

    ((headers, body),) = receiver.told
    for version in (1, 2):
        Webhook(secret_of(ROOT, endpoint.id, version)).verify(body, headers)


@pytest.mark.parametrize(("host", "trusted"), [("hooks.example", True), ("other.example", False)])
async def test_the_certificate_has_to_be_of_the_name_in_the_url(
    engine: AsyncEngine, tmp_path: Path, host: str, *, trusted: bool
) -> None:
    certificate = _certificate("hooks.example", tmp_path)
    ours, theirs = ssl.create_default_context(cafile=certificate), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(certificate)
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=theirs)
    port = server.sockets[0].getsockname()[1]
    post = Post(engine)

    async def find(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    post.delivery = WebhookDelivery(post.books, ROOT, OURS, SystemClock(), find=find, verify=ours)
    endpoint = await post.subscribe(f"https://{host}:{port}/hook", "call.ended")
    await post.happen(STARTED, ENDED)

    await post.deliver()
    await post.delivery.close()
    server.close()

    (one,) = await post.told(endpoint)
    assert (one.state == "delivered", len(receiver.told) == 1) == (trusted, trusted)
    if trusted:
        assert receiver.told[0][0]["host"] == f"{host}:{port}"


def _certificate(name: str, folder: Path) -> Path:
    """One that signs itself, with its key in the same file."""
    key, subject = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path = folder / "certificate.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path
