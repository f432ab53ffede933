"""Two tenants with one of everything that a path of the API can name, told apart by marks in every field."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import text

from tests.integration.api.house import NOON, House
from voiceagent.control.directory import RoutingDirectory, RoutingSnapshot
from voiceagent.control.presence import GatewayPresence, Presence
from voiceagent.core.clock import SystemClock
from voiceagent.core.ids import LegId, TenantId, UtteranceId
from voiceagent.core.termination import Reason, Result
from voiceagent.records.export_values import Written
from voiceagent.records.jobs.queue import JobQueue, NewJob
from voiceagent.records.seed import Seed, SeedNumber, SeedProfile, sow
from voiceagent.telephony import events as ev

NUMBER: Final = "+12025550123"
LINE: Final = "+12025550100"
POLICY: Final = {"content_class": "audio", "days": 7}
HOLD: Final = {"matter": "a case", "selector": {"tag": "disputed"}, "reason": "a letter"}
SUPPRESSION: Final = {"number": NUMBER, "source": "spoken"}
CONSENT: Final = {
    "number": NUMBER,
    "seller": "Acme Inc",
    "kind": "PEWC",
    "captured_at": "2026-01-01T10:00:00Z",
    "source": "web form 7",
    "artefact_url": "https://records.example/consents/1",
    "artefact_sha256": "a" * 64,
    "signature_method": "E-SIGN click",
}
ERASURE: Final = {"numbers": [NUMBER], "identity_check": "document"}
CAMPAIGN: Final = {
    "name": "spring",
    "line": LINE,
    "purpose": "emergency",
    "ends_at": (SystemClock().now() + timedelta(days=30)).isoformat(),
}
CONTACT: Final = {"reference": "c1", "number": NUMBER}
USER: Final = {"email": "anna@example.com", "roles": ["supervisor"]}
EXPORT: Final = {"kind": "bulk", "purpose": "a check", "filter": {"everything": True}}  # waits for a second person
# What each endpoint is sent, where a body made from its schema would not do. A new one that needs more is told here.
BODIES: Final[dict[str, dict[str, Any]]] = {
    "create_key": {"name": "probe", "scopes": ["calls:read"]},
    "add_webhook": {"url": "https://example.com/hook", "event_types": ["call.ended"]},
    "create_policy": POLICY,
    "place_hold": HOLD,
    "ask_for_erasure": ERASURE,
    "preview_erasure": {"numbers": [NUMBER]},
    "place_call": {"number": NUMBER, "line": LINE, "purpose": "emergency", "campaign": "spring"},  # at any hour
    "decide": {"number": NUMBER, "purpose": "telemarketing", "campaign": "spring"},
    "add_consent": CONSENT,
    "add_suppression": SUPPRESSION,
    "find_suppressions": {"number": NUMBER},
    "load_numbers": {"version": "v1", "numbers": [NUMBER]},
    "complete_list": {"version": "v1"},
    "ask_for_export": EXPORT,
    "create_campaign": CAMPAIGN,
    "add_contacts": {"contacts": [CONTACT]},
    "add_user": USER,
    "change_user": {"roles": ["agent"]},
}
# Their path names one's own, nobody else's: a list that is made when it is first named, the report of a week, a number
NAMED_BY_WHO_ASKS: Final = ("/v1/dnc-lists/{name}/", "/v1/access-reports/{week}", "/v1/numbers/{number}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Belongings:
    """`ids` by the name of their path parameter; a new kind of object is put here as soon as a path names one."""

    mark: str
    ids: dict[str, str]


async def move_in(house: House, tenant: TenantId) -> Belongings:
    """Fill every table that the API shows for `tenant`."""
    mark = f"mark-{tenant}"
    await _configured(house, tenant, mark)
    async with house.records.unit_of_work(tenant) as work:
        hook = await work.webhooks.add(
            url=f"https://{mark}.example", description=mark, event_types=["call.ended"], now=NOON
        )
        await work.commit()
    call_id, leg, said = f"call-{mark}", LegId(f"leg-{mark}"), UtteranceId(f"utt-{mark}")
    wav = house.blob_root / f"{mark}.wav"
    wav.write_bytes(b"RIFF")
    await house.write(
        call_id,
        ev.CallStarted(direction="inbound", transport="sip", caller=mark, callee=mark, profile=mark, profile_version=1),
        ev.LegAnswered(leg_id=leg, codec="PCMU"),
        ev.ConsentGranted(purpose="recording", method="voice", question_sha256="f" * 64, at_ms=800),
        ev.RecordingStarted(recording_id=f"rec-{mark}", at_ms=0),
        ev.CallerSaid(text=mark, start_ms=900, end_ms=2_000, understood=True, confidence=0.9),
        ev.AgentSaid(
            utterance_id=said, kind="reply", planned=mark, played=mark, start_ms=2_310, end_ms=3_000, completed=True
        ),
        ev.TransferRequested(reference=f"ref-{mark}", target=mark, at_ms=3_000, intent=mark, slots={"order": mark}),
        ev.CallbackRequested(callback_id=f"cb-{mark}", number=mark, reason="asked", intent=mark, at_ms=3_100),
        ev.RecordingSealed(
            recording_id=f"rec-{mark}", path=wav.name, sha256="0" * 64, size_bytes=4, start_ms=0, duration_ms=4_000
        ),
        ev.CallEnded(result=Result.SUCCESS, reason=Reason.CALLER_HUNG_UP, duration_ms=4_000),
        tenant=tenant,
    )
    request_id = await _erased(house, tenant)
    async with house.records.engine.begin() as connection:
        job = await JobQueue().enqueue(connection, NewJob(task=mark, tenant_id=tenant, arguments={"call_id": call_id}))
        own = text("SELECT id FROM api_keys WHERE tenant_id = :tenant ORDER BY id LIMIT 1")
        key = (await connection.execute(own, {"tenant": tenant})).scalar_one()
        told = text("SELECT id FROM webhook_deliveries WHERE tenant_id = :tenant")
        delivery = (await connection.execute(told, {"tenant": tenant})).scalar_one()
    own_rows = {
        "policy_id": await _made(house, tenant, "/v1/retention-policies", POLICY),
        "hold_id": await _made(house, tenant, "/v1/legal-holds", {**HOLD, "matter": mark, "reason": mark}),
        "run_id": await _made(house, tenant, "/v1/retention/runs", {"dry_run": True}),
        "consent_id": await _made(house, tenant, "/v1/outbound-consents", {**CONSENT, "seller": mark}),
        "suppression_id": await _made(house, tenant, "/v1/suppressions", {**SUPPRESSION, "campaign": mark}),
        "user_id": await _made(house, tenant, "/v1/users", {**USER, "email": f"{mark}@example.com", "name": mark}),
        "decision_id": await _made(house, tenant, "/v1/outbound/decisions", BODIES["decide"]),
    }
    own_rows["campaign_id"] = await _made(house, tenant, "/v1/campaigns", {**CAMPAIGN, "name": mark})
    own_rows["contact_id"] = await _listed(house, tenant, own_rows["campaign_id"], mark)
    own_rows["export_id"] = await _exported(house, tenant, mark)
    return Belongings(
        mark=mark,
        ids={
            **own_rows,
            "request_id": request_id,
            "tag": "disputed",
            "name": "national",
            "week": "2026-W46",
            "number": LINE,
            "agent": mark,
            "version": "1",
            "call_id": call_id,
            "job_id": str(job),
            "reference": f"ref-{mark}",
            "callback_id": f"cb-{mark}",
            "key_id": key,
            "endpoint_id": hook.id,
            "delivery_id": delivery,
        },
    )


async def _configured(house: House, tenant: TenantId, mark: str) -> None:
    """An agent who may call, the line that it shows, a way out, and a gateway that would dial."""
    seed = Seed(
        trunks={mark: {"outbound": {"address": "192.0.2.10"}}},
        numbers=[SeedNumber(number=LINE, profile=mark)],
        profiles=[SeedProfile(name=mark, sha256="1" * 64, document={"outbound": {"identification": mark}})],
    )
    await sow(house.records, seed, NOON, tenant_id=tenant)
    profiles, numbers = [{"name": mark}], [{"number": LINE, "profile": mark}]
    snapshot = RoutingSnapshot(tenant_id=tenant, trunks=[], numbers=numbers, profiles=profiles)
    await RoutingDirectory(house.redis).publish(snapshot)
    await Presence(house.redis).announce_gateway(GatewayPresence(gateway_id="sip-0", kind="sip", lines=4), {})


async def _erased(house: House, tenant: TenantId) -> str:
    """A request with a receipt that was entered by somebody else, so that whoever asks may approve it."""
    made = await _made(house, tenant, "/v1/erasure-requests", ERASURE)
    async with house.records.engine.begin() as connection:
        sql = text("UPDATE erasure_requests SET asked_by = 'key_other', receipt = :receipt WHERE id = :id")
        await connection.execute(sql, {"id": made, "receipt": f'{{"of": "mark-{tenant}"}}'})
    return made


async def _exported(house: House, tenant: TenantId, mark: str) -> str:
    """An export with a package to download."""
    export_id = await _made(house, tenant, "/v1/exports", {**EXPORT, "kind": "audit", "purpose": mark})
    draft = house.parts.packages.prepare(tenant, export_id, 1)
    draft.write_bytes(mark.encode())
    house.parts.packages.put(draft, tenant, export_id)
    async with house.records.unit_of_work(tenant) as work:
        now = house.parts.clock.now()
        await work.exports.begin(export_id, now)
        written = Written(counts={"calls": 1}, manifest_sha256="0" * 64, size_bytes=len(mark))
        assert await work.exports.finish(export_id, written, now)
        await work.commit()
    return export_id


async def _listed(house: House, tenant: TenantId, campaign_id: str, mark: str) -> str:
    """Somebody on the list of a campaign."""
    path = f"/v1/campaigns/{campaign_id}/contacts"
    await house.post(path, {"contacts": [{**CONTACT, "reference": mark}]}, tenant)
    return str((await house.get(path, tenant)).json()["items"][0]["id"])


async def _made(house: House, tenant: TenantId, path: str, body: object) -> str:
    answer = (await house.post(path, body, tenant)).json()
    return str(answer.get("decision", answer)["id"])  # a refused call is told with its decision


def body_for(document: dict[str, Any], operation: dict[str, Any], mark: str) -> Any:
    """The smallest body that the operation's schema takes; texts are the mark. None for one without."""
    known = next((body for name, body in BODIES.items() if operation["operationId"].startswith(name)), None)
    if known is not None or "requestBody" not in operation:
        return known
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    return _value(document, schema, mark)


def query_for(document: dict[str, Any], operation: dict[str, Any], mark: str) -> dict[str, Any]:
    """What the operation wants in its query at least."""
    wanted = [one for one in operation.get("parameters", ()) if one["in"] == "query" and one["required"]]
    return {one["name"]: _value(document, one["schema"], mark) for one in wanted}


def _value(document: dict[str, Any], schema: dict[str, Any], mark: str) -> Any:
    if "$ref" in schema:
        return _value(document, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], mark)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type") or next(one.get("type", "string") for one in schema["anyOf"])
    if kind == "object":
        wanted = schema.get("required", ())
        return {name: _value(document, schema["properties"][name], mark) for name in wanted}
    return {"string": mark, "integer": schema.get("minimum", 1), "number": 1.0, "boolean": True, "array": []}[kind]
