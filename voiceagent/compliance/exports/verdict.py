"""What a verification found, and the exit status that tells it to scripts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any


class Outcome(IntEnum):
    """The exit statuses of `voiceagent audit verify`."""

    GOOD = 0
    CHANGED = 1
    MISSING = 2
    UNKNOWN_KEY = 3
    UNREADABLE = 4


# What counts when several things are wrong: of a package that somebody else signed nothing else can be said.
_GRAVEST = (Outcome.UNKNOWN_KEY, Outcome.CHANGED, Outcome.MISSING, Outcome.UNREADABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong. `file` is its path in the package, or the package's own."""

    outcome: Outcome
    file: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`fingerprint` is the signer's (`x5t#S256`), "" when there is no good signature.

    `key_was_given`: the signature was held against a key from outside of the package. Otherwise it only shows that
    nothing changed since it was made. `request`: what was asked for, as the manifest says.
    """

    package: str
    findings: tuple[Finding, ...]
    key_was_given: bool
    fingerprint: str = ""
    request: Mapping[str, Any] = field(default_factory=dict)
    files: int = 0
    calls: int = 0

    @property
    def export_id(self) -> str:
        return str(self.request.get("export_id", ""))

    @property
    def outcome(self) -> Outcome:
        found = {finding.outcome for finding in self.findings}
        return next((outcome for outcome in _GRAVEST if outcome in found), Outcome.GOOD)


def to_data(verdict: Verdict) -> dict[str, Any]:
    """As JSON values."""
    return {
        "package": verdict.package,
        "outcome": verdict.outcome.name.lower(),
        "exit_status": verdict.outcome.value,
        "export_id": verdict.export_id,
        "request": dict(verdict.request),
        "files": verdict.files,
        "calls": verdict.calls,
        "signer": verdict.fingerprint,
        "signer_was_checked": verdict.key_was_given,
        "findings": [
            {"outcome": finding.outcome.name.lower(), "file": finding.file, "what": finding.what}
            for finding in verdict.findings
        ],
    }
