"""Writes a package call by call: what is held in memory is one call, and a line of the manifest for each file.

The vCons and recordings go into the zip as they come. The tables grow in files beside it, because a zip is written one
file after the other, and are put in at the end.
"""

import fcntl
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any, Final, Self

from cryptography.hazmat.primitives import serialization

from voiceagent.compliance.canonical import canonical_json, json_line
from voiceagent.compliance.exports.archive import PackageArchive, StoredFile, blocks_of
from voiceagent.compliance.exports.audit_part import AuditPart
from voiceagent.compliance.exports.csv_lines import csv_line
from voiceagent.compliance.exports.manifest import Tally, manifest_of, sums_of
from voiceagent.compliance.exports.media import Delivery, FoundMedia, MediaWish, find_clip, find_media
from voiceagent.compliance.exports.package_form import CONTENT_TYPE, MANIFEST, SIGNATURE, SUMS
from voiceagent.compliance.exports.read_me import READ_ME
from voiceagent.compliance.exports.request import NO_PARQUET, ExportRequest, parquet_is_there
from voiceagent.compliance.exports.tables import TABLES, Table, columns, plain, row_schema, rows
from voiceagent.compliance.signing_identity import SigningIdentity
from voiceagent.compliance.subject_access.own_data import own_data_of
from voiceagent.compliance.vcon.check import problems_of
from voiceagent.compliance.vcon.emit import emit
from voiceagent.compliance.vcon.profile import VconOptions
from voiceagent.compliance.vcon.schema import vcon_schema
from voiceagent.compliance.vcon.signing import Signer
from voiceagent.compliance.withheld_words import still_withheld
from voiceagent.core.errors import ConfigError, InternalError
from voiceagent.records.at_rest.stored_recordings import OpenRecording
from voiceagent.records.audit.entry import AuditEntry
from voiceagent.records.audit.proofs import LogProofs
from voiceagent.records.dossier import CallDossier
from voiceagent.records.values import ConsentClip
from voiceagent.telephony.cdr import CallStatus

_PACKAGE: Final = "package.zip"
VCON_TYPE: Final = "application/vcon+json"
FINISHED: Final = frozenset({CallStatus.ENDED, CallStatus.REFUSED})
_ENDINGS: Final = ("jsonl", "csv")
_INTERNAL: Final = ("path", "key_id", "tenant_id")  # of a clip: where it lies, and under which key


def clear_away_drafts(folder: Path) -> None:
    """Remove what writers left here that were killed: calls in the clear. Who still writes holds a lock. Blocks."""
    for draft in folder.glob(".export-*.draft"):
        with suppress(OSError), (draft / _PACKAGE).open("rb") as package:  # locked, or just being made
            fcntl.flock(package, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(draft, ignore_errors=True)


class PackageWriter:
    """`with PackageWriter(...) as writer: writer.add(call) …; writer.finish(...)`. Without `finish` nothing is left.

    Entering raises ConfigError for Parquet where it cannot be written.
    `path` must not exist. Blocks on the disk and computes signatures: a few milliseconds a call.
    """

    def __init__(self, path: Path, request: ExportRequest, identity: SigningIdentity, *, version: str) -> None:
        self._path, self._request, self._identity = path, request, identity
        self._version = version
        self._draft = path.with_name(f".{path.name}.draft")
        self._signer = Signer(identity)
        self._options = VconOptions(organisation=request.organisation, profile=request.profile)
        self._files: list[StoredFile] = []
        self._delivered: set[str] = set()
        self.manifest: dict[str, Any] = {}  # as signed, once it is finished
        self.manifest_sha256 = ""
        self.taken: list[str] = []  # ids of calls that are in it
        self._tally = Tally(rows={table.name: 0 for table in TABLES})
        if request.subject is not None:
            self._tally.audit["state"] = "left_out"  # it names the people of the house
        one_voice = request.subject is not None and request.subject.mask_other_voices
        self._wish = MediaWish(wanted=request.media, one_voice=one_voice, mute_masked=request.mute_masked)
        self._open = ExitStack()
        self._audit: AuditPart | None = None

    def __enter__(self) -> Self:
        if self._request.parquet and not parquet_is_there():
            raise ConfigError(NO_PARQUET)
        shutil.rmtree(self._draft, ignore_errors=True)
        clear_away_drafts(self._draft.parent)
        self._draft.mkdir(mode=0o700, parents=True)
        self._zip = self._open.enter_context((self._draft / _PACKAGE).open("xb"))
        fcntl.flock(self._zip, fcntl.LOCK_EX)
        self._archive = PackageArchive(self._zip)
        self._tables: dict[str, IO[bytes]] = {}
        for table in TABLES:
            for ending in _ENDINGS:
                file = self._open.enter_context((self._draft / f"{table.name}.{ending}").open("x+b"))
                self._tables[f"{table.name}.{ending}"] = file
            self._tables[f"{table.name}.csv"].write(csv_line(columns(table)))
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError, ValueError):  # of a package that will not be, on a disk that may be full
            self._archive.close()
        self._open.close()
        shutil.rmtree(self._draft, ignore_errors=True)

    def begin_audit(self, proofs: LogProofs | None, keys: bytes) -> None:
        """Say what the entries of the audit log are proven by; before the first call. Raises OSError."""
        self._audit = AuditPart(self._draft, self._open, proofs, keys)

    def add_audit(self, entries: Sequence[AuditEntry]) -> None:
        """What was noted of calls that are in the package. Raises OSError."""
        if self._audit is not None:
            self._audit.add(entries)

    def note_erasures(self, *, hidden: int, erased: int) -> None:
        """Calls in range that nobody may read any more, which are left out, and calls of which something is gone."""
        self._tally.hidden, self._tally.erased = hidden, erased

    @property
    def told(self) -> Tally:
        """What was counted so far."""
        return self._tally

    def add_rows(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Rows of a table beside `TABLES`: `records/<name>.jsonl`, which is there when it has any. Raises OSError."""
        for row in rows:
            file = self._tables.get(f"{name}.jsonl")
            if file is None:
                file = self._open.enter_context((self._draft / f"{name}.jsonl").open("x+b"))
                self._tables[f"{name}.jsonl"] = file
            file.write(json_line({column: plain(value) for column, value in row.items()}))
            self._tally.rows[name] = self._tally.rows.get(name, 0) + 1

    def add_clip(self, dossier: CallDossier, clip: ConsentClip, sound: OpenRecording | None) -> None:
        """The sound of an answer in that call, with a row in `consent_clips`. Raises OSError."""
        found = find_clip(still_withheld(dossier), clip, sound, self._wish)
        row = {name: value for name, value in asdict(clip).items() if name not in _INTERNAL}
        if isinstance(found, FoundMedia):
            self._copy(found)
            row.update(media=found.path, media_state=self._wish.state)
        else:
            row.update(media="", media_state=found)
        self.add_rows("consent_clips", [row])

    def add_page(self, name: str, page: bytes) -> None:
        """A file of its own. Raises OSError."""
        self._put(name, page)

    def add(self, dossier: CallDossier, sounds: Mapping[str, OpenRecording]) -> None:
        """Put a call in, or note why it is left out. `sounds`: its recordings by id. Raises OSError."""
        record = dossier.record
        if record.status not in FINISHED:
            self._tally.excluded.setdefault("not_ended", []).append(record.call_id)
            return
        self.taken.append(record.call_id)
        dossier = still_withheld(dossier)
        if self._request.subject is not None:
            dossier = own_data_of(dossier)
        delivery = find_media(dossier, sounds, self._wish)
        self._put_media(delivery)
        self._put_vcon(dossier, delivery)
        for table in TABLES:
            self._put_rows(table, dossier, delivery)

    def finish(self, calls_in_range: int) -> Path:
        """Put in what comes last, sign it, and have the package at its place, readable to its owner. Raises OSError."""
        self._tally.in_range = calls_in_range
        self._put_tables()
        if self._audit is not None:
            self._files += self._audit.put(self._archive)
            self._tally.audit = self._audit.told()
        for table in TABLES:
            self._put(f"schema/{table.one}.schema.json", canonical_json(row_schema(table)))
        profile = self._request.profile
        self._put(f"schema/vcon-{profile.value}.schema.json", canonical_json(vcon_schema(profile)))
        certificate = self._identity.certificate.public_bytes(serialization.Encoding.PEM)
        self._put("keys/signer.pem", certificate)
        self._put("README.md", READ_ME.encode())
        self._put(SUMS, sums_of(self._files))
        self._sign()
        self._archive.close()
        self._zip.flush()
        os.fsync(self._zip.fileno())
        os.fchmod(self._zip.fileno(), 0o600)
        (self._draft / _PACKAGE).rename(self._path)
        return self._path

    def _put(self, name: str, data: bytes) -> None:
        self._files.append(self._archive.add(name, data))

    def _put_media(self, delivery: Delivery) -> None:
        for told in delivery.told.values():
            state = told["media_state"]
            self._tally.media[state] = self._tally.media.get(state, 0) + 1
        for found in delivery.found.values():
            self._copy(found)

    def _copy(self, found: FoundMedia) -> None:
        if found.path not in self._delivered:
            self._delivered.add(found.path)
            self._files.append(self._archive.copy(found.path, found.sound.size, found.blocks()))

    def _put_vcon(self, dossier: CallDossier, delivery: Delivery) -> None:
        vcon = emit(dossier, delivery.media, self._options)
        problems = problems_of(vcon)
        if problems:
            raise InternalError(f"the vCon of {dossier.record.call_id} is not valid: {problems[0]}")
        signed = self._signer.sign(canonical_json(vcon), VCON_TYPE, vcon["uuid"])
        self._put(f"vcon/{vcon['uuid']}.vcon.jws", signed)

    def _put_rows(self, table: Table, dossier: CallDossier, delivery: Delivery) -> None:
        name, names = table.name, columns(table)
        for row in rows(table, dossier, delivery.told):
            self._tables[f"{name}.jsonl"].write(json_line(row))
            self._tables[f"{name}.csv"].write(csv_line(names, row))
            self._tally.rows[name] += 1

    def _put_tables(self) -> None:
        if self._request.parquet:
            self._put_parquet()
        for name, file in self._tables.items():
            size = file.tell()
            file.seek(0)
            self._files.append(self._archive.copy(f"records/{name}", size, blocks_of(file)))

    def _put_parquet(self) -> None:
        from voiceagent.compliance.exports.parquet_tables import write_parquet  # noqa: PLC0415 - an extra

        for table in TABLES:
            lines, path = self._tables[f"{table.name}.jsonl"], self._draft / f"{table.name}.parquet"
            lines.seek(0)
            write_parquet(table, lines, path)
            with path.open("rb") as made:
                size = path.stat().st_size
                self._files.append(self._archive.copy(f"records/{path.name}", size, blocks_of(made)))

    def _sign(self) -> None:
        told = manifest_of(
            self._request,
            self._files,
            self._tally,
            fingerprint=self._identity.fingerprint,
            version=self._version,
        )
        data = canonical_json(told)
        self.manifest, self.manifest_sha256 = told, self._archive.add(MANIFEST, data).sha256
        self._archive.add(SIGNATURE, self._signer.sign(data, CONTENT_TYPE))
