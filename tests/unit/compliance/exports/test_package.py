import hashlib
import json
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from voiceagent.compliance.exports.request import from_data, to_data
from voiceagent.compliance.exports.verdict import Outcome
from voiceagent.compliance.exports.verify import verify_package
from voiceagent.compliance.exports.writer import PackageWriter
from voiceagent.core.errors import BadInput
from voiceagent.records.wav_file import MARK


def _manifest(package: Path) -> dict:
    with zipfile.ZipFile(package) as files:
        return json.loads(files.read("manifest.json"))


def _lines(package: Path, table: str) -> list[dict]:
    with zipfile.ZipFile(package) as files:
        return [json.loads(line) for line in files.read(f"records/{table}.jsonl").splitlines()]


def test_a_package_that_nobody_touched_is_good(package: Path, pubkey: bytes, identity) -> None:
    verdict = verify_package(package, pubkey)

    assert (verdict.outcome, verdict.findings) == (Outcome.GOOD, ())
    assert (verdict.calls, verdict.export_id, verdict.key_was_given) == (2, "exp_1", True)
    assert verdict.fingerprint == identity.fingerprint


def test_an_unpacked_package_is_as_good(package: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(package).extractall(tmp_path / "unpacked")

    verdict = verify_package(tmp_path / "unpacked")

    assert (verdict.outcome, verdict.calls, verdict.key_was_given) == (Outcome.GOOD, 2, False)


def test_T_EXP_1_the_same_request_and_data_make_the_same_bytes(package: Path, write, calls, tmp_path: Path) -> None:
    request = from_data(_manifest(package)["request"])

    again = write(tmp_path / "again.zip", calls, request)

    assert again.read_bytes() == package.read_bytes()


def test_T_EXP_2_every_call_in_range_is_there_or_excluded_with_a_reason(package: Path) -> None:
    told = _manifest(package)["completeness"]

    assert [row["call_id"] for row in _lines(package, "calls")] == ["call_A", "call_B"]
    assert told["excluded"] == [{"reason": "not_ended", "count": 1, "call_ids": ["call_C"]}]
    assert (told["calls_in_range"], told["calls"]) == (3, 2)


def test_T_EXP_2_a_package_that_left_a_call_out_is_not_complete(
    package: Path, identity, calls, request_for_all, tmp_path
) -> None:
    from voiceagent.compliance.exports.writer import PackageWriter

    with PackageWriter(tmp_path / "e.zip", request_for_all, identity, version="0.1.0") as writer:
        writer.add(calls[0], {})
        writer.finish(calls_in_range=2)

    verdict = verify_package(tmp_path / "e.zip")
    assert (verdict.outcome, verdict.findings[0].file) == (Outcome.MISSING, "manifest.json")


def test_a_recording_is_delivered_under_its_hash_with_its_mark(package: Path, sound) -> None:
    content = sound.content
    delivered, other = _lines(package, "recordings")

    with zipfile.ZipFile(package) as files:
        assert files.read(delivered["media"]) == content
    assert MARK.encode() in content
    assert (delivered["media_state"], other["media_state"], other["media"]) == ("delivered", "missing", "")
    assert "path" not in delivered


def test_a_recording_that_is_not_what_its_record_says_is_told_and_not_delivered(write, calls, tmp_path: Path) -> None:
    recordings = (replace(calls[0].recordings[0], sha256="0" * 64),)

    package = write(tmp_path / "e.zip", [replace(calls[0], recordings=recordings)])

    assert _lines(package, "recordings")[0]["media_state"] == "changed"
    assert not [one for one in zipfile.ZipFile(package).namelist() if one.startswith("media/")]
    assert _manifest(package)["completeness"]["media"] == {"changed": 1}
    assert verify_package(package).outcome is Outcome.GOOD


def test_recordings_can_be_left_out(write, calls, request_for_all, tmp_path: Path) -> None:
    package = write(tmp_path / "e.zip", calls, replace(request_for_all, media=False))

    assert [row["media_state"] for row in _lines(package, "recordings")] == ["left_out", "left_out"]
    assert verify_package(package).outcome is Outcome.GOOD


def test_every_row_is_as_its_schema_says(package: Path) -> None:
    with zipfile.ZipFile(package) as files:
        for entry in _manifest(package)["files"]:
            if "schema" in entry:
                schema = jsonschema.Draft202012Validator(json.loads(files.read(entry["schema"])))
                rows = files.read(entry["path"]).splitlines()
                assert [list(schema.iter_errors(json.loads(row))) for row in rows] == [[] for _ in rows]
                assert list(schema.iter_errors({"call_id": 5})) != []


def test_withheld_words_are_nowhere_in_the_package(write, calls, tmp_path: Path) -> None:
    segments = tuple(replace(one, withheld=True) for one in calls[0].segments)
    tool_calls = tuple(replace(one, withheld=True) for one in calls[0].tool_calls)

    package = write(tmp_path / "e.zip", [replace(calls[0], segments=segments, tool_calls=tool_calls)])

    with zipfile.ZipFile(package) as files:
        everything = b"".join(files.read(name) for name in files.namelist() if name.startswith("records/"))
    assert b"where is my order" not in everything
    assert b"4711" not in everything
    assert [row["withheld"] for row in _lines(package, "segments")] == [True, True, True]


def test_the_sums_are_those_of_sha256sum(package: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(package).extractall(tmp_path)

    done = subprocess.run(
        ["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=tmp_path, capture_output=True, check=False
    )

    assert (done.returncode, done.stdout) == (0, b"")


def test_a_package_can_be_read_by_its_owner_only_and_leaves_nothing_beside_it(package: Path) -> None:
    assert package.stat().st_mode & 0o777 == 0o600
    assert list(package.parent.iterdir()) == [package]


def test_an_export_that_fails_leaves_nothing(identity, calls, request_for_all, tmp_path: Path) -> None:
    from voiceagent.compliance.exports.writer import PackageWriter

    def fail() -> None:
        with PackageWriter(tmp_path / "e.zip", request_for_all, identity, version="0.1.0") as writer:
            writer.add(calls[0], {})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_writer_left_is_cleared_away_by_the_next_and_no_draft_of_one_that_writes(
    identity, write, calls, request_for_all, tmp_path: Path
) -> None:
    left = tmp_path / ".export-exp_0.zip.draft"
    left.mkdir()
    (left / "package.zip").write_bytes(b"half of it, in the clear")

    with PackageWriter(tmp_path / "export-exp_2.zip", request_for_all, identity, version="0") as other:
        write(tmp_path / "export-exp_1.zip", calls)
        other.add(calls[1], {})
        other.finish(1)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["export-exp_1.zip", "export-exp_2.zip"]


def test_media_hashes_in_vcons_are_those_of_the_files(package: Path) -> None:
    with zipfile.ZipFile(package) as files:
        (name,) = [name for name in files.namelist() if name.startswith("media/")]
        digest = hashlib.sha512(files.read(name)).hexdigest()

    import base64

    assert base64.urlsafe_b64decode(name.removeprefix("media/").removesuffix(".wav") + "==").hex() == digest


def test_a_request_is_read_as_it_was_written(request_for_all) -> None:
    assert from_data(to_data(request_for_all)) == request_for_all
    with pytest.raises(BadInput, match="no request"):
        from_data({})
