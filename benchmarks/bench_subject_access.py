"""How long the package for one person takes, with their recordings (T-GD-8: 1,000 calls in at most 15 minutes).

    PYTHONPATH=. python benchmarks/bench_subject_access.py --calls 1000 --others 1000

Each call has its log, words, consent, a tool call, a leg and an encrypted recording of ten seconds, in which the other
voice is silenced on the way out. As many calls as `--others` says are somebody else's, whose number is searched for in
the package, in signed payloads too. Making the calls is not counted.
"""

import argparse
import asyncio
import base64
import json
import resource
import tempfile
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from own_postgres import own_postgres

from voiceagent.compliance.exports.export import CallExport
from voiceagent.compliance.exports.person import SubjectParts
from voiceagent.compliance.exports.request import DataSubject, ExportRequest
from voiceagent.compliance.exports.verify import verify_package
from voiceagent.compliance.exports.writer import PackageWriter
from voiceagent.compliance.retention.rules import Rules
from voiceagent.compliance.signing_identity import new_identity
from voiceagent.compliance.subject_access.notice import PrivacyNotice
from voiceagent.core.clock import SystemClock
from voiceagent.core.ids import CallId, TenantId, new_id
from voiceagent.records.at_rest.data_keys import DataKeys
from voiceagent.records.at_rest.encryption import RecordingEncryption
from voiceagent.records.at_rest.local_keys import LocalKeys
from voiceagent.records.at_rest.stored_recordings import StoredRecordings
from voiceagent.records.blobs.kept_blobs import in_folder
from voiceagent.records.engine import create_engine
from voiceagent.records.recording import StereoRecorder
from voiceagent.records.unit_of_work import Records
from voiceagent.records.writer import RecordsWriter
from voiceagent.telephony.events import CallEvent, CallStarted, RecordingSealed, RecordingStarted
from voiceagent.testing.sample_call import STARTED_AT, recorded, sample_events

_TENANT = TenantId("default")
_PERSON, _OTHER = "+4930111222", "+4930777666555"
_FRAMES = 500  # of 20 ms
_clock = SystemClock()


async def _call(root: Path, number: str) -> tuple[CallId, str, list[CallEvent]]:
    call_id, recording = CallId(new_id("call")), new_id("rec")
    recorder = StereoRecorder(root, call_id, recording, 0)
    for _ in range(_FRAMES):
        recorder.write(b"\1\0" * 320, call_id.encode()[-2:] * 320)
    sealed = await recorder.seal()
    if not isinstance(sealed, RecordingSealed):
        raise SystemExit("the recording was not sealed: is the disk full?")
    events: list[CallEvent] = []
    for event in sample_events():
        match event:
            case CallStarted():
                events.append(replace(event, caller=number))
            case RecordingStarted():
                events.append(replace(event, recording_id=recording))
            case RecordingSealed():
                events.append(sealed)
            case _:
                events.append(event)
    return call_id, recording, events


async def _run(url: str, folder: Path, calls: int, others: int) -> None:
    engine = create_engine(url, pool_size=2)
    keys, root = DataKeys(engine, LocalKeys(folder / "keys")), folder / "recordings"
    encryption = RecordingEncryption(engine, keys, in_folder(root), _clock)
    for number in [_PERSON] * calls + [_OTHER] * others:
        call_id, recording, events = await _call(root, number)
        await RecordsWriter(engine).write(recorded(call_id, events, tenant=_TENANT))
        await encryption.run(_TENANT, recording)
    asked = STARTED_AT + timedelta(days=1)
    subject = DataSubject(
        numbers=(_PERSON,), call_ids=(), identity_check="document", received_at=asked, mask_other_voices=True
    )
    request = ExportRequest(
        export_id="exp_bench",
        tenant_id=_TENANT,
        organisation="Acme Inc",
        requester="bench",
        purpose="bench",
        created_at=asked,
        until=asked,
        kind="dsar",
        subject=subject,
    )
    parts = SubjectParts(
        pepper=lambda _: bytes(32), number_pepper=bytes(32), rules=Rules(limits=()), notice=PrivacyNotice()
    )
    path, began, cpu = folder / "package.zip", _clock.monotonic(), _cpu_s()
    with PackageWriter(path, request, new_identity("bench", STARTED_AT), version="bench") as writer:
        export = CallExport(Records(engine), StoredRecordings(in_folder(root), keys), subject_parts=parts)
        done = await export.run(request, writer, progress=lambda _done, _of: None)
    took = _clock.monotonic() - began
    print(f"package {done} calls in {took:.1f} s ({1000 * took / done:.1f} ms a call), {_cpu_s() - cpu:.1f} s of CPU")
    await engine.dispose()


def _in_clear(name: str, data: bytes) -> bytes:
    """The payload of a signed file."""
    return base64.urlsafe_b64decode(json.loads(data)["payload"] + "==") if name.endswith(".jws") else data


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--others", type=int, default=1000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with own_postgres(folder / "state") as server:
            asyncio.run(_run(server.url, folder, arguments.calls, arguments.others))
        package = folder / "package.zip"
        began, verdict = _clock.monotonic(), verify_package(package)
        print(f"verify  {verdict.outcome.name.lower()}, {verdict.files} files in {_clock.monotonic() - began:.1f} s")
        with zipfile.ZipFile(package) as files:
            held = [one for one in files.namelist() if _OTHER.encode() in _in_clear(one, files.read(one))]
        print(f"size    {package.stat().st_size / 1e6:.0f} MB; files that name the other person: {held or 'none'}")


if __name__ == "__main__":
    main()
