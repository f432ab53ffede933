"""A caller reads their card number out, then types it: one tool has it, and nothing that lasts has a figure of it."""

import base64
import hashlib
import json
import re
import zipfile
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from tests.acceptance.harness.api import assert_whole
from tests.acceptance.harness.callers import ANSWER, GREETING, HANG_UP, OPENING, SLOT_QUESTION, YES, Caller, press, say
from tests.acceptance.harness.installation import PAYING
from tests.acceptance.harness.paying import (
    CARD,
    CODE,
    TAIL_MS,
    forms_of,
    in_words,
    keys_in_order,
    silent_throughout,
)
from tests.acceptance.harness.scripted import line_of
from tests.acceptance.harness.sound import SAME, best_matches
from tests.acceptance.harness.traces import changed_files, files_with_text, keys_with_text, rows_with_text, stamps
from voiceagent.apps.export import export
from voiceagent.audio.frame import ms_to_samples
from voiceagent.audio.wav import decode_wav
from voiceagent.compliance.exports.request import ExportRequest
from voiceagent.core.clock import SystemClock
from voiceagent.core.ids import CallId, TenantId, new_id
from voiceagent.testing.caller.script import CallerVoice

pytestmark = pytest.mark.timeout(120)

STAGES = ("started", "ended")
ALOUD = in_words(CARD)
WANTED = (*forms_of(CARD), *forms_of(CODE), in_words(CARD[1:9]), in_words(CODE[:4]))
TOKEN = hashlib.sha256(f"{CARD}/{CODE}".encode()).hexdigest()
FAST = CallerVoice(words_per_minute=240)
STEPS = (OPENING, YES, GREETING, press("5#"), SLOT_QUESTION, say(ALOUD), press(f"{CARD}#{CODE}"), ANSWER, HANG_UP)


@pytest.fixture(scope="module")
def before(house):
    return stamps(house.state)


@pytest.fixture(scope="module")
def back(house, before, tmp_path_factory):
    return Caller(house.uri(PAYING), STEPS, tmp_path_factory.mktemp("card"), voice=FAST).finish()


@pytest.fixture(scope="module")
def call(house, back):
    return house.api.ended(sip_call_id=back.report.sip_call_id)


@pytest.fixture(scope="module")
def log(house, call):
    return house.api.events(call["id"])


def ours(house):
    """The processes that have anything of a call in their memory, without the stores."""
    return [
        (name, pid)
        for name, pid in house.platform.pids().items()
        if pid is not None and name not in house.platform.embedded
    ]


@pytest.fixture(scope="module")
def captured_ms(log):
    """When the capture began and when it ended."""
    at = {kind: [event["data"]["at_ms"] for event in log if event["type"] == f"capture.{kind}"] for kind in STAGES}
    return at["started"][0], at["ended"][-1]


def test_T_PCI_1_the_tool_gets_what_was_typed_once_and_the_log_has_no_key_of_it(back, log):
    tools = [event["data"] for event in log if event["type"] == "tool.called"]
    ends = [event["data"] for event in log if event["type"] == "capture.ended"]

    assert back.report.failure == ""
    assert_whole(log)
    assert [(tool["name"], tool["status"], tool["result"]) for tool in tools] == [
        ("cards.tokenise", "ok", {"token": TOKEN})
    ]
    assert tools[0]["arguments"] == {}
    assert [(end["slot"], end["reason"]) for end in ends] == [("card", "complete"), ("code", "complete")]
    keys = [event["data"]["digit"] for event in log if event["type"] == "leg.dtmf_received"]
    assert keys == ["1", "5", "#"]


def test_T_PCI_1_the_recording_is_silent_on_both_sides_and_has_nothing_of_what_was_read_out(
    house, back, call, log, captured_ms
):
    begun_ms, ended_ms = captured_ms
    (sealed,) = [event["data"] for event in log if event["type"] == "recording.sealed"]
    caller, agent = decode_wav(house.api.recording(call["id"])).channels
    aloud = line_of(back, ALOUD)
    pieces = [aloud[at : at + ms_to_samples(500)] for at in range(0, len(aloud), ms_to_samples(500))]
    last_ms = min(ended_ms + TAIL_MS, sealed["start_ms"] + len(caller) // ms_to_samples(1))

    assert agent[: ms_to_samples(begun_ms - sealed["start_ms"])].any()
    assert len(aloud) > ms_to_samples(2_000)
    assert silent_throughout(caller, sealed["start_ms"], begun_ms, last_ms)
    assert silent_throughout(agent, sealed["start_ms"], begun_ms, last_ms)
    assert max(best_matches(pieces, caller)) < SAME


def test_T_PCI_1_no_word_of_it_is_kept(house, call, captured_ms):
    begun_ms, ended_ms = captured_ms
    segments = house.api.transcript(call["id"])

    heard = [one for one in segments if one["speaker"] == "caller" and one["end_ms"] > begun_ms]
    assert [one["text"] for one in heard if one["start_ms"] < ended_ms + TAIL_MS] == []


def test_T_PCI_1_no_table_has_it_in_any_form(house, call):
    url = house.platform.settings.database_owner_url

    assert rows_with_text(url, (TOKEN,)) != []  # what is looked for where it may be is found
    assert rows_with_text(url, WANTED) == []


def test_T_PCI_1_no_file_has_it_in_any_form_and_no_row_of_keys_either(house, call, before):
    written = changed_files(house.state, before)

    assert {".log", ".enc"} <= {path.suffix for path in written}
    assert files_with_text(written, (TOKEN,)) != []
    assert files_with_text(written, WANTED) == []
    begun = (CARD[:7], CODE[:7])
    assert [path for path in written if any(one in keys_in_order(path.read_bytes()) for one in begun)] == []
    assert [path for path in house.temporary.rglob("*") if path.is_file()] == []


def test_T_PCI_1_no_process_would_leave_a_core_dump(house, call):
    limits = [Path(f"/proc/{pid}/limits").read_text() for name, pid in ours(house)]

    assert len(limits) >= 4
    assert [re.search(r"Max core file size +0 +0 ", limit) is None for limit in limits] == [False] * len(limits)


def test_T_PCI_1_redis_and_metrics_do_not_have_it(house, call):
    settings = house.platform.settings
    metrics = httpx.get(f"{house.platform.api_url}/metrics").text

    assert keys_with_text(settings.redis_url, (call["id"],)) != []
    assert keys_with_text(settings.redis_url, WANTED) == []
    assert [text for text in WANTED if text in metrics] == []


def test_T_PCI_1_a_package_with_the_call_does_not_have_it_and_shows_the_gap(house, call, captured_ms, tmp_path):
    now = SystemClock().now()
    request = ExportRequest(
        export_id=new_id("exp"),
        tenant_id=TenantId("default"),
        organisation="Acme",
        requester="auditor",
        purpose="audit",
        created_at=now,
        until=now + timedelta(minutes=1),
        call_id=CallId(call["id"]),
    )
    done = export(house.platform.settings, request, tmp_path, progress=lambda _, __: None)
    with zipfile.ZipFile(done.path) as package:
        contents = {name: package.read(name) for name in package.namelist()}
    (signed,) = [json.loads(data) for name, data in contents.items() if name.endswith(".vcon.jws")]
    payload = signed["payload"]
    contents["vcon"] = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    vcon = json.loads(contents["vcon"])
    for name, data in contents.items():
        (tmp_path / name.replace("/", "_")).write_bytes(data)
    unpacked = [path for path in tmp_path.iterdir() if path.is_file()]

    gaps = [one["body"] for one in vcon["attachments"] if one["purpose"] == "recording-gap"]
    assert "pci" in [gap["reason"] for gap in gaps]
    assert [one for one in vcon["dialog"][0]["party_history"] if "button" in one] == []
    assert files_with_text(unpacked, (TOKEN,)) != []
    assert files_with_text(unpacked, WANTED) == []
