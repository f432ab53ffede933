"""The vCons of a package: each signed by the package's signer, valid, and one for every call in the tables."""

import json
import wave
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema

from voiceagent.compliance.exports.opened import OpenedPackage
from voiceagent.compliance.exports.package_form import CALLS
from voiceagent.compliance.exports.verdict import Finding, Outcome
from voiceagent.compliance.vcon.check import problems_of
from voiceagent.compliance.vcon.profile import VconProfile
from voiceagent.compliance.vcon.schema import vcon_schema
from voiceagent.compliance.vcon.signing import verify
from voiceagent.core.errors import BadInput

_FOLDER, _ENDING = "vcon/", ".vcon.jws"


class SignedCalls:
    """Looks at files whose hashes are known to be good."""

    def __init__(self, package: OpenedPackage, manifest: Mapping[str, Any], fingerprint: str) -> None:
        self._package, self._fingerprint = package, fingerprint
        profile = VconProfile(manifest["request"]["vcon_profile"])
        self._schema = jsonschema.Draft202012Validator(vcon_schema(profile))
        self._entries = manifest["files"]
        self._calls: set[str] = set()

    def findings(self, good: set[str]) -> Iterator[Finding]:
        """All that is wrong with the vCons among the files `good`, and calls that have none."""
        self._calls.clear()
        whole = all(entry["path"] in good for entry in self._entries if entry["path"].startswith(_FOLDER))
        for name in sorted(good):
            if name.startswith(_FOLDER):
                for what in self._problems(name, good):
                    whole = False
                    yield Finding(outcome=Outcome.CHANGED, file=name, what=what)
        if whole and CALLS in good:  # otherwise what is missing has been told
            listed = self._listed()
            for call in sorted(listed - self._calls):
                yield Finding(outcome=Outcome.MISSING, file=CALLS, what=f"{call} has no vCon")
            for call in sorted(self._calls - listed):
                yield Finding(outcome=Outcome.MISSING, file=CALLS, what=f"{call} has a vCon, but no row")

    def _problems(self, name: str, good: set[str]) -> list[str]:
        with self._package.open(name) as file:
            data = file.read()
        try:
            signed = verify(data)
        except BadInput as error:
            return [str(error)]
        if signed.fingerprint != self._fingerprint:
            return ["signed with another key than the package"]
        vcon = json.loads(signed.payload)
        if not name == f"{_FOLDER}{vcon.get('uuid')}{_ENDING}" == f"{_FOLDER}{signed.uuid}{_ENDING}":
            return ["the uuids of its name, its signature and its content are not the same"]
        problems = [error.message for error in self._schema.iter_errors(vcon)]
        if not problems:
            self._calls.add(vcon["dialog"][0].get("interaction_id", "").removeprefix("call:"))
            problems = problems_of(vcon, channels_of=lambda content: self._channels(content, good))
        return problems

    def _channels(self, content_hash: str, good: set[str]) -> int | None:
        name = f"media/{content_hash.removeprefix('sha512-')}.wav"
        if name not in good:
            return None
        try:
            with self._package.open(name) as file, wave.open(file) as sound:
                return int(sound.getnchannels())
        except (wave.Error, EOFError):
            return 0

    def _listed(self) -> set[str]:
        return listed_calls(self._package)


def listed_calls(package: OpenedPackage) -> set[str]:
    """The ids in the table of calls."""
    with package.open(CALLS) as file:
        return {json.loads(line)["call_id"] for line in file}
