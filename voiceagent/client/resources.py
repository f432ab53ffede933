"""What a records or compliance system asks the API for. What is not here is asked with `ApiClient.get` and its kin."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from voiceagent.api.resources.calls.schemas import Call, CallConsents, CallDetail, Transcript
from voiceagent.api.resources.erasure_requests.schemas import (
    ErasurePreview,
    ErasureRequestDetail,
    ErasureRequestOut,
    NewErasureRequest,
    Person,
)
from voiceagent.api.resources.exports.schemas import Export, Link, NewExport, NewLink
from voiceagent.api.resources.legal_holds.schemas import Hold, NewHold
from voiceagent.client.http import ApiClient


class Calls:
    def __init__(self, api: ApiClient) -> None:
        self._api = api

    def list(self) -> Iterator[Call]:
        """Newest first."""
        return self._api.pages(Call, "/v1/calls")

    def get(self, call_id: str) -> CallDetail:
        return self._api.get(CallDetail, f"/v1/calls/{call_id}")

    def transcript(self, call_id: str) -> Transcript:
        """Its words, which is noted in the audit log."""
        return self._api.get(Transcript, f"/v1/calls/{call_id}/transcript")

    def consents(self, call_id: str) -> CallConsents:
        """The evidence of consent in it, which is noted in the audit log."""
        return self._api.get(CallConsents, f"/v1/calls/{call_id}/consents")


class Exports:
    def __init__(self, api: ApiClient) -> None:
        self._api = api

    def ask(self, new: NewExport) -> Export:
        """Have a package made."""
        return self._api.post(Export, "/v1/exports", new)

    def list(self) -> Iterator[Export]:
        """Newest first."""
        return self._api.pages(Export, "/v1/exports")

    def get(self, export_id: str) -> Export:
        return self._api.get(Export, f"/v1/exports/{export_id}")

    def approve(self, export_id: str) -> Export:
        """Agree to what another key has asked for."""
        return self._api.post(Export, f"/v1/exports/{export_id}/actions/approve")

    def link(self, export_id: str, lifetime_s: int = 900) -> Link:
        """A path that opens the package without a key."""
        return self._api.post(Link, f"/v1/exports/{export_id}/links", NewLink(lifetime_s=lifetime_s))

    def download(self, export_id: str, to: Path) -> int:
        """The package in a file of its owner's that was not there; its size in bytes. Raises OSError.

        Of a package that does not come whole nothing is left.
        """
        with os.fdopen(_new_file(to), "wb") as file:  # before it is asked for: that counts as taken
            try:
                with self._api.stream(f"/v1/exports/{export_id}/download") as answer:
                    return sum(file.write(block) for block in answer.iter_bytes())
            except BaseException:
                to.unlink(missing_ok=True)
                raise

    def delete(self, export_id: str) -> None:
        """Stop it, or delete its package now."""
        self._api.delete(f"/v1/exports/{export_id}")


def _new_file(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)


class ErasureRequests:
    def __init__(self, api: ApiClient) -> None:
        self._api = api

    def preview(self, person: Person) -> ErasurePreview:
        """What a request would do. Changes nothing."""
        return self._api.post(ErasurePreview, "/v1/erasure-requests/actions/preview", person)

    def ask(self, new: NewErasureRequest) -> ErasureRequestOut:
        """Nothing is erased until another key approves."""
        return self._api.post(ErasureRequestOut, "/v1/erasure-requests", new)

    def list(self) -> Iterator[ErasureRequestOut]:
        """Newest first."""
        return self._api.pages(ErasureRequestOut, "/v1/erasure-requests")

    def get(self, request_id: str) -> ErasureRequestDetail:
        return self._api.get(ErasureRequestDetail, f"/v1/erasure-requests/{request_id}")

    def approve(self, request_id: str) -> ErasureRequestOut:
        """It is carried out at once and cannot be undone."""
        return self._api.post(ErasureRequestOut, f"/v1/erasure-requests/{request_id}/actions/approve")

    def receipt(self, request_id: str) -> bytes:
        """The signed file for whoever asked."""
        return self._api.ask("GET", f"/v1/erasure-requests/{request_id}/receipt").content


class LegalHolds:
    def __init__(self, api: ApiClient) -> None:
        self._api = api

    def place(self, new: NewHold) -> Hold:
        """In force from now on."""
        return self._api.post(Hold, "/v1/legal-holds", new)

    def list(self, which: Literal["all", "active"] = "all") -> Iterator[Hold]:
        """Newest first."""
        return self._api.pages(Hold, "/v1/legal-holds", {"active": True} if which == "active" else None)

    def get(self, hold_id: str) -> Hold:
        return self._api.get(Hold, f"/v1/legal-holds/{hold_id}")

    def release(self, hold_id: str) -> Hold:
        """Ask for its release, or approve what another key has asked for."""
        return self._api.post(Hold, f"/v1/legal-holds/{hold_id}/actions/release")
