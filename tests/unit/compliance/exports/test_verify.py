import json
import os
import random
import shutil
import struct
import subprocess
import sys
import tracemalloc
import zipfile
import zlib
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from voiceagent.cli.main import app as commands
from voiceagent.compliance.canonical import canonical_json
from voiceagent.compliance.exports.package_form import CONTENT_TYPE
from voiceagent.compliance.exports.verdict import Outcome
from voiceagent.compliance.exports.verify import verify_package
from voiceagent.compliance.signing_identity import new_identity
from voiceagent.compliance.vcon.signing import Signer
from voiceagent.core.errors import BadInput
from voiceagent.testing.sample_call import STARTED_AT

_ROOT = Path(__file__).parents[4]
_FLIPS = 60  # 200 and more: benchmarks/bench_export.py --flips 200


@pytest.fixture
def folder(package: Path, tmp_path: Path) -> Path:
    zipfile.ZipFile(package).extractall(tmp_path / "unpacked")
    return tmp_path / "unpacked"


def _flip(path: Path, at: int, bit: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1 << bit
    path.chmod(0o600)
    path.write_bytes(data)


def _named(path: Path) -> set[str]:
    verdict = verify_package(path)
    assert verdict.outcome is not Outcome.GOOD
    return {finding.file for finding in verdict.findings}


def test_T_EXP_3_a_changed_byte_in_an_unpacked_package_is_found_and_its_file_named(folder: Path) -> None:
    dice = random.Random(3)
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.stat().st_size]

    for _ in range(_FLIPS):
        path = dice.choice(files)
        good = path.read_bytes()
        _flip(path, dice.randrange(len(good)), dice.randrange(8))
        assert path.relative_to(folder).as_posix() in _named(folder)
        path.write_bytes(good)

    assert verify_package(folder).outcome is Outcome.GOOD


def test_T_EXP_3_a_changed_byte_of_the_zip_is_found_and_what_it_belongs_to_named(package: Path, tmp_path: Path) -> None:
    dice = random.Random(4)
    size = package.stat().st_size
    with zipfile.ZipFile(package) as files:
        entries = sorted((info.header_offset, info.filename) for info in files.infolist())
        directory = files.start_dir
    starts, in_directory = [*entries], directory
    for _, name in entries:  # each has 46 bytes and its name in the directory
        starts.append((in_directory, name))
        in_directory += 46 + len(name)
    starts.append((in_directory, "copy.zip"))
    # As many in headers and the directory as in contents, which are most of the bytes
    places = [dice.randrange(size) for _ in range(_FLIPS // 2)]
    places += [dice.choice(entries)[0] + dice.randrange(40) for _ in range(_FLIPS // 4)]
    places += [dice.randrange(directory, size) for _ in range(_FLIPS // 4)]

    for at in places:
        copy = tmp_path / "copy.zip"
        shutil.copy(package, copy)
        _flip(copy, at, dice.randrange(8))
        belongs = max(start for start in starts if start[0] <= at)[1]
        assert _named(copy) & {belongs, "copy.zip"}, (at, belongs)
        copy.unlink()


def test_bytes_before_between_and_after_the_files_of_a_zip_are_found(package: Path, tmp_path: Path) -> None:
    for data in (package.read_bytes() + b"x", b"x" + package.read_bytes()):
        copy = tmp_path / "copy.zip"
        copy.write_bytes(data)

        assert _named(copy)


@pytest.mark.parametrize("name", ["records/calls.jsonl", "manifest.json", "manifest.jws", "README.md"])
def test_a_file_that_is_missing_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()

    verdict = verify_package(folder)

    assert (verdict.outcome, verdict.findings[0].file) == (Outcome.MISSING, name)


def test_a_file_that_was_put_in_is_named(folder: Path) -> None:
    (folder / "records" / "more.jsonl").write_text("{}")

    verdict = verify_package(folder)

    assert (verdict.outcome, verdict.findings[0].file) == (Outcome.CHANGED, "records/more.jsonl")


def test_a_link_out_of_the_package_is_not_followed(folder: Path, tmp_path: Path) -> None:
    shutil.move(folder / "README.md", tmp_path / "elsewhere")
    (folder / "README.md").symlink_to(tmp_path / "elsewhere")

    assert "README.md" in _named(folder)


def test_two_files_that_changed_places_are_both_named(folder: Path) -> None:
    first, second = sorted((folder / "vcon").iterdir())
    content = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(content)

    assert _named(folder) == {f"vcon/{first.name}", f"vcon/{second.name}"}


def test_a_package_that_somebody_signed_again_is_found_by_its_key_only(folder: Path, pubkey: bytes) -> None:
    """The forger changes a record, and all sums, and signs everything with a key of their own."""
    calls = folder / "records" / "calls.jsonl"
    calls.write_bytes(calls.read_bytes().replace(b"caller_hung_up", b"agent_hung_up!"))
    _sign_again(folder)

    trusting, knowing = verify_package(folder), verify_package(folder, pubkey)

    assert (knowing.outcome, knowing.findings[0].file) == (Outcome.UNKNOWN_KEY, "manifest.jws")
    assert (trusting.key_was_given, trusting.outcome) == (False, Outcome.GOOD)


def _sign_again(folder: Path) -> None:
    import hashlib

    forger = Signer(new_identity("voiceagent test", STARTED_AT + timedelta(days=1)))
    for vcon in (folder / "vcon").iterdir():
        form = json.loads(vcon.read_bytes())
        content = json.loads(_decoded(form["payload"]))
        vcon.write_bytes(forger.sign(canonical_json(content), "application/vcon+json", content["uuid"]))
    manifest = json.loads((folder / "manifest.json").read_bytes())
    for entry in manifest["files"]:
        entry["sha256"] = hashlib.sha256((folder / entry["path"]).read_bytes()).hexdigest()
    (folder / "manifest.json").write_bytes(canonical_json(manifest))
    (folder / "manifest.jws").write_bytes(forger.sign(canonical_json(manifest), CONTENT_TYPE))


def _decoded(text: str) -> bytes:
    from base64 import urlsafe_b64decode

    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.mark.parametrize(
    "manifest",
    [[], 5, {}, {"format_version": 2}, {"format_version": 1}, {"format_version": 1, "files": {"a": 1}}],
    ids=str,
)
def test_what_is_signed_but_no_manifest_is_told(folder: Path, identity, manifest: object) -> None:
    data = canonical_json(manifest)
    (folder / "manifest.json").write_bytes(data)
    (folder / "manifest.jws").write_bytes(Signer(identity).sign(data, CONTENT_TYPE))

    verdict = verify_package(folder)

    assert (verdict.outcome, verdict_names(verdict)) == (Outcome.UNREADABLE, {"manifest.json"})


@pytest.mark.parametrize("content", [b"", b"PK", b"no zip at all", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_package_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "e.zip").write_bytes(content)

    verdict = verify_package(tmp_path / "e.zip")

    assert verdict.outcome in (Outcome.UNREADABLE, Outcome.MISSING)
    assert verdict_names(verdict) <= {"e.zip", "manifest.jws"}


def verdict_names(verdict) -> set[str]:
    return {finding.file for finding in verdict.findings}


def test_a_package_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert verify_package(tmp_path / "e.zip").outcome is Outcome.UNREADABLE


def test_a_key_that_is_none_is_refused(package: Path) -> None:
    with pytest.raises(BadInput, match="neither a certificate nor a public key"):
        verify_package(package, b"-----BEGIN NOTHING-----")


def test_a_table_that_was_taken_off_the_list_too_is_missing(folder: Path, identity) -> None:
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["files"] = [one for one in manifest["files"] if one["path"] != "records/tool_calls.jsonl"]
    (folder / "records" / "tool_calls.jsonl").unlink()
    (folder / "manifest.json").write_bytes(canonical_json(manifest))
    (folder / "manifest.jws").write_bytes(Signer(identity).sign(canonical_json(manifest), CONTENT_TYPE))

    verdict = verify_package(folder)

    assert (verdict.outcome, verdict_names(verdict)) == (Outcome.MISSING, {"records/tool_calls.jsonl"})


def test_the_fingerprint_that_was_told_is_as_good_as_the_key(package: Path, folder: Path, identity) -> None:
    known = verify_package(package, signer=identity.fingerprint)
    _sign_again(folder)
    forged = verify_package(folder, signer=identity.fingerprint)

    assert (known.outcome, known.key_was_given) == (Outcome.GOOD, True)
    assert (forged.outcome, forged.findings[0].file) == (Outcome.UNKNOWN_KEY, "manifest.jws")
    with pytest.raises(BadInput, match="no fingerprint"):
        verify_package(package, signer=identity.fingerprint[:8])


def test_it_is_told_which_export_it_is_because_an_older_one_is_as_well_signed(package: Path) -> None:
    told = CliRunner().invoke(commands, ["audit", "verify", "--package", str(package)]).stdout

    assert "exp_1 is the export of default of calls that began from the first until 2026-11-21T09:30:00.000Z" in told
    assert "alice, who asked at 2026-11-21T09:30:00.000Z for: audit" in told


def test_the_name_of_a_file_does_not_rewrite_what_is_told_of_it(package: Path, tmp_path: Path) -> None:
    shutil.copy(package, tmp_path / "e.zip")
    with zipfile.ZipFile(tmp_path / "e.zip", "a") as files:
        files.writestr("\x1b[1A\x1b[2Kgood.zip is as it was signed", "")

    told = CliRunner().invoke(commands, ["audit", "verify", "--package", str(tmp_path / "e.zip")], color=True).stdout

    assert "\\x1b[1A" in told
    assert "\x1b[1A" not in told


_OFFLINE = """
import socket, sys
def refused(*_, **__):
    raise OSError("no network here")
socket.socket = socket.create_connection = socket.getaddrinfo = refused
from voiceagent.cli.main import main
sys.argv = ["voiceagent", "audit", "verify", "--offline", "--package", *sys.argv[1:]]
try:
    main()
finally:
    print(*sorted({"sqlalchemy", "psycopg", "redis", "torch"} & set(sys.modules)), file=sys.stderr)
"""


def _verify_offline(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _OFFLINE, *arguments],
        env={"PYTHONPATH": f"{_ROOT}:{os.pathsep.join(sys.path)}", "HOME": "/nonexistent", "PATH": ""},
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


def test_T_EXP_3_the_verifier_needs_no_settings_no_network_and_no_database(
    package: Path, folder: Path, pubkey: bytes, tmp_path: Path
) -> None:
    (tmp_path / "signer.pem").write_bytes(pubkey)
    _flip(folder / "records" / "segments.jsonl", 100, 0)

    good = _verify_offline(str(package), "--pubkey", "signer.pem", "--json", cwd=tmp_path)
    bad = _verify_offline(str(folder), cwd=tmp_path)

    assert (good.returncode, json.loads(good.stdout)["outcome"], good.stderr.split()) == (0, "good", [])
    assert "anybody can sign" in bad.stdout
    assert (bad.returncode, "changed: records/segments.jsonl" in bad.stdout) == (1, True)


def test_what_would_be_unpacked_to_more_than_the_package_is_long_is_not_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "e.zip", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("manifest.jws", bytes(64 << 20))
    tracemalloc.start()

    verdict = verify_package(tmp_path / "e.zip")

    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (verdict.outcome, verdict_names(verdict)) == (Outcome.CHANGED, {"manifest.jws"})
    assert most < 8 << 20


def test_files_that_lie_inside_of_each_other_are_not_read_again_and_again(tmp_path: Path, monkeypatch) -> None:
    """Each entry's content is all that follows, so that 50 KB are read as 5 MB; with larger files, for years."""
    (tmp_path / "e.zip").write_bytes(_nested(100, bytes(50_000)))
    read = _counted_reads(monkeypatch)

    verdict = verify_package(tmp_path / "e.zip")

    assert verdict.outcome is not Outcome.GOOD
    assert sum(read) < 500_000


def _nested(times: int, core: bytes) -> bytes:
    entry, files, directory = "<5H3I2H", core, b""
    for at in reversed(range(times)):
        name = f"media/{at:04}".encode()
        told = struct.pack(entry, 20, 0, 0, 0, 33, zlib.crc32(files), len(files), len(files), len(name), 0)
        files = b"PK\3\4" + told + name + files
        place = at * (30 + len(name))
        directory = b"PK\1\2\x14\3" + told + struct.pack("<3H2I", 0, 0, 0, 0, place) + name + directory
    return files + directory + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, times, times, len(directory), len(files), 0)


def _counted_reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    read: list[int] = []
    original = zipfile.ZipExtFile.read

    def counting(self: zipfile.ZipExtFile, n: int | None = -1) -> bytes:
        data = original(self, n)
        read.append(len(data))
        return data

    monkeypatch.setattr(zipfile.ZipExtFile, "read", counting)
    return read


def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(folder: Path) -> None:
    (folder / "README.md").unlink()
    os.mkfifo(folder / "README.md")

    assert "README.md" in _named(folder)
