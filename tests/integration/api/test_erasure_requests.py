"""Requests for erasure through the API and the command that asks it."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from zipfile import ZipFile

import pytest
from typer.testing import CliRunner

from tests.integration.api.house import NOON, STRANGER, TENANT, House
from tests.integration.api.test_retention import house_time, run  # noqa: F401 - a fixture
from tests.integration.records.erasing.people import M, T, X, approved, identity, parts_of
from tests.integration.records.purging.calls_to_purge import SetClock, canaries, log_of, make_call
from voiceagent.apps.erasure import Erasure
from voiceagent.apps.to_the_end import to_the_end
from voiceagent.cli.main import app as commands
from voiceagent.compliance.exports.export import CallExport
from voiceagent.compliance.exports.request import ExportRequest
from voiceagent.compliance.exports.writer import PackageWriter
from voiceagent.control import keys
from voiceagent.control.forgetting import RedisForgetting
from voiceagent.control.streams import EventLine, EventStream
from voiceagent.records.at_rest.stored_recordings import StoredRecordings
from voiceagent.records.blobs.kept_blobs import in_folder
from voiceagent.records.repositories.audit import AuditFilter
from voiceagent.records.secrets import mint_api_key
from voiceagent.telephony.event_codec import encode

REQUESTS = "/v1/erasure-requests"
PERSON = {"numbers": ["+49 301 c1"], "identity_check": "document"}


async def second_key(house: House) -> str:
    """Another person of the tenant."""
    minted = mint_api_key()
    async with house.records.unit_of_work(TENANT) as work:
        await work.api_keys.add("second", minted, frozenset({"erasures:write", "erasures:read"}), NOON)
        await work.commit()
    return minted.plain


async def carry_out(house: House, request_id: str) -> None:
    """The jobs process, as far as it erases."""
    parts = parts_of(house.records, house.blob_root, SetClock(house_time()))
    await Erasure(parts).run(TENANT, request_id)


async def test_a_request_is_entered_by_one_approved_by_another_and_carried_out(house):
    await make_call(house.records.engine, house.blob_root / "recordings", "c1", house_time(), TENANT)
    body = {"numbers": ["+49301c1"], "identity_check": "document"}

    asked = await house.post(REQUESTS, body)
    path = f"{REQUESTS}/{asked.json()['id']}"
    to_approve = (await house.get(path)).json()
    alone = await house.post(f"{path}/actions/approve")
    second = {"Authorization": f"Bearer {await second_key(house)}"}
    too_early = await house.get(f"{path}/receipt")
    approved = await house.client.post(f"{path}/actions/approve", headers=second)
    await carry_out(house, asked.json()["id"])
    done = (await house.get(path)).json()

    assert (asked.status_code, asked.json()["state"]) == (201, "asked")
    assert to_approve["state"] == "asked"
    assert {(one["content_class"], one["fate"], one["calls"]) for one in to_approve["outcomes"]} >= {
        ("audio", "due", 1)
    }
    assert (alone.status_code, alone.headers["content-type"]) == (409, "application/problem+json")
    assert "somebody else has to approve it" in alone.json()["detail"]
    assert (too_early.status_code, too_early.json()["code"]) == (404, "not_found")
    assert (approved.status_code, approved.json()["state"]) == (200, "running")
    assert (done["state"], done["step"]) == ("done", "receipt")
    assert {(one["content_class"], one["fate"]) for one in done["outcomes"]} == {
        *((name, "erased") for name in ("audio", "transcript", "tool", "metadata")),
        ("consent", "kept"),
    }
    assert (await house.get(f"{path}/receipt")).headers["content-type"] == "application/jose+json"
    assert "49301c1" not in json.dumps(done) + asked.text
    again = await house.client.post(f"{path}/actions/approve", headers=second)
    assert (again.status_code, "approved already" in again.json()["detail"]) == (409, True)
    async with house.records.unit_of_work(TENANT) as work:
        acts = await work.audit.list(limit=50, where=AuditFilter(object_=asked.json()["id"]))
    assert [one.entry.action for one in reversed(acts)][:2] == ["erasure.asked", "erasure.approved"]
    assert "49301c1" not in str(acts)


async def test_T_GD_9_an_erased_person_is_found_by_no_search_path_cache_or_export(house):
    """Each path that shows one of a tenant's things, told of the person's ids; Redis as it lies; and a new package."""
    ended = house_time() - timedelta(minutes=5)
    await make_call(house.records.engine, house.blob_root / "recordings", "c1", ended, TENANT)
    await make_call(house.records.engine, house.blob_root / "recordings", "c2", ended, TENANT)
    log = [encode(one) for call in ("c1", "c2") for one in log_of(call, ended, TENANT)]
    told = [json.loads(line) for line in log]
    lines = [EventLine(call_id=one["call_id"], seq=one["seq"], line=line) for one, line in zip(told, log, strict=True)]
    await EventStream(house.redis).show(lines)
    for line in (*log, b'{"from": "+49301c1", and no json'):
        await house.redis.client.xadd(keys.EVENTS_SET_ASIDE, {b"event": line, b"why": b"DataError"})
    parts = parts_of(house.records, house.blob_root, SetClock(house_time()))
    parts = replace(parts, forget_streams=RedisForgetting(house.redis).forget)

    request_id = await approved(parts, ["+49301c1"])
    await Erasure(parts).run(TENANT, request_id)

    paths = [
        path for path, methods in house.app.openapi()["paths"].items() if path.startswith("/v1/") and "get" in methods
    ]
    named = {"call_id": "c1", "reference": "ref_c1", "callback_id": "cb_c1", "request_id": request_id, "tag": "t"}
    shown = {}
    for path in paths:
        answer = await house.get(re.sub(r"{(\w+)}", lambda found: named.get(found[1], "none"), path))
        assert answer.status_code < 500, path
        shown[path] = answer.text
    for search in ("from=%2B49301c1", "from=49301c1", "limit=100"):
        shown[search] = (await house.get(f"/v1/calls?{search}")).text
    streams = [key async for key in house.redis.client.scan_iter(_type="stream")]
    in_redis = str([await house.redis.client.xrange(key) for key in streams]).encode()
    package = await packed(house)

    words = [word for letter in (T, X, M) for word in canaries("c1")[letter]]
    assert [(path, word) for path, text in shown.items() for word in words if word in text] == []
    assert len(shown) > 25
    assert "heard c2" in (await house.get("/v1/calls/c2/transcript")).text
    assert [word for word in words if word.encode() in in_redis or word.encode() in package] == []
    assert all(b"heard c2" in place for place in (in_redis, package))


async def packed(house: House) -> bytes:
    """What a package of everything holds, unpacked."""
    draft = house.blob_root / "all.zip"
    recordings = StoredRecordings(in_folder(house.blob_root / "recordings"), house.data_keys)
    request = ExportRequest(
        export_id="exp_1",
        tenant_id=TENANT,
        organisation="A",
        requester="key_1",
        purpose="p",
        created_at=house_time(),
        until=house_time(),
        media=False,
    )
    with PackageWriter(draft, request, identity(), version="0") as writer:
        await CallExport(house.records, recordings, aside=to_the_end).run(request, writer, progress=lambda *_: None)
    with ZipFile(draft) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


async def test_the_same_request_sent_twice_is_entered_once(house):
    headers = {**house.bearer(), "Idempotency-Key": "k1"}
    first = await house.client.post(REQUESTS, json=PERSON, headers=headers)
    second = await house.client.post(REQUESTS, json=PERSON, headers=headers)

    assert first.json() == second.json()
    assert len((await house.get(REQUESTS)).json()["items"]) == 1
    assert (await house.get(REQUESTS, STRANGER)).json()["items"] == []


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"identity_check": "document"}, "name the person by numbers"),
        ({"numbers": ["+4930"]}, "identity_check"),
        ({**PERSON, "identity_check": "caller_id"}, "knowledge"),
        ({**PERSON, "numbers": [" "]}, "a number is empty"),
        ({**PERSON, "numbers": ["anonymous"]}, "name such calls by their ids"),
        ({**PERSON, "received_at": "2099-01-01T00:00:00Z"}, "in the future"),
    ],
)
async def test_a_request_that_says_too_little_is_a_problem_document_that_says_what_to_do(house, body, told):
    answer = await house.post(REQUESTS, body)

    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert told in answer.text


async def test_pages_of_requests_follow_each_other(house):
    first, second = [(await house.post(REQUESTS, PERSON)).json() for _ in range(2)]

    page = (await house.get(f"{REQUESTS}?limit=1")).json()

    assert page["items"] == [second]
    assert (await house.get(f"{REQUESTS}?limit=1&cursor={page['next_cursor']}")).json()["items"] == [first]


async def test_receivers_are_told_of_each_call_that_data_was_erased(house):
    await make_call(house.records.engine, house.blob_root / "recordings", "c1", house_time(), TENANT)
    hook = await house.post("/v1/webhooks", {"url": "https://example.com/hook", "event_types": ["data.erased"]})
    asked = (await house.post(REQUESTS, {"numbers": ["+49301c1"], "identity_check": "document"})).json()
    second = {"Authorization": f"Bearer {await second_key(house)}"}
    await house.client.post(f"{REQUESTS}/{asked['id']}/actions/approve", headers=second)

    await carry_out(house, asked["id"])

    deliveries = (await house.get(f"/v1/webhooks/{hook.json()['id']}/deliveries")).json()["items"]
    assert [(one["event_type"], one["call_id"], one["seq"]) for one in deliveries] == [("data.erased", "c1", 0)]


async def test_the_command_previews_enters_approves_shows_and_verifies(house, run, tmp_path):  # noqa: F811
    await make_call(house.records.engine, house.blob_root / "recordings", "c1", house_time(), TENANT)
    hold = {"matter": "12/30", "reason": "court", "selector": {"call_id": "c1"}, "classes": ["tool"]}
    await house.post("/v1/legal-holds", hold)
    second = {"Authorization": f"Bearer {await second_key(house)}"}

    preview = await run("erase", "person", "+49301c1", "--dry-run")
    nameless = await run("erase", "person", "+49301c1")
    entered = await run("erase", "person", "+49301c1", "--identity", "in_person", "--json")
    request_id = json.loads(entered.output)["id"]
    alone = await run("erase", "approve", request_id)
    await house.client.post(f"{REQUESTS}/{request_id}/actions/approve", headers=second)
    await carry_out(house, request_id)
    shown = await run("erase", "show", request_id)
    fetched = await run("erase", "receipt", request_id, "--out", str(tmp_path / "receipt.json"))
    verified = CliRunner().invoke(commands, ["erase", "verify", str(tmp_path / "receipt.json")])

    assert preview.output.splitlines()[0] == "1 calls"
    assert "audio            1 calls due: subject_erasure" in preview.output
    assert "tool             1 calls restricted: legal_hold hold_" in preview.output
    assert "say with --identity" in str(nameless.exception)
    assert "somebody else has to approve it" in str(alone.exception)
    assert f"{request_id} restricted, after step receipt" in shown.output
    assert "signed by" in fetched.output
    assert verified.output.startswith(f"good, signed by {identity().fingerprint} at ")
    assert "transcript       1 calls erased: delete" in verified.output
