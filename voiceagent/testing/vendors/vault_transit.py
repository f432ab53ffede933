"""The Transit engine of Vault as its API documents it: versions, associated data, capabilities, and how it refuses."""

import os
import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from voiceagent.testing.vendors.server import VendorServer, reply

_CIPHERTEXT = re.compile(r"vault:v(\d+):(.+)", re.DOTALL)
DENIED = "1 error occurred:\n\t* permission denied\n\n"


class _Refused(Exception):
    """Status and text; without a text an empty list of errors, as for what is not there."""

    def __init__(self, status: int, told: str = "") -> None:
        super().__init__(told)
        self.status = status


@dataclass
class TransitKey:
    versions: list[bytes] = field(repr=False)
    type: str = "aes256-gcm96"
    exportable: bool = False
    derived: bool = False
    min_decryption_version: int = 1


@dataclass
class VaultTransitServer(VendorServer):
    """`may_make`: whether the policy of the tokens lets keys be made. `old`: a Vault before 1.9."""

    mount: str = "transit"
    namespace: str = ""
    keys: dict[str, TransitKey] = field(default_factory=dict)
    sealed: bool = False
    may_make: bool = True
    old: bool = False

    def routes(self) -> Sequence[BaseRoute]:
        return [Route("/v1/{path:path}", self._serve, methods=["GET", "POST"])]

    async def _serve(self, request: Request) -> Response:
        try:
            data = self._answer(request, await request.json() if await request.body() else {})
        except _Refused as refused:
            return reply(refused.status, {"errors": [text for text in refused.args if text]})
        return reply(200, {"request_id": "1", "lease_id": "", "renewable": False, "data": data})

    def _answer(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        if self.sealed:
            raise _Refused(503, "Vault is sealed")
        if request.headers.get("x-vault-token") not in self.tokens:
            raise _Refused(403, DENIED + "\t* invalid token\n")
        path = request.path_params["path"]
        if not path.startswith(f"{self.mount}/") or request.headers.get("x-vault-namespace", "") != self.namespace:
            raise _Refused(404, f'no handler for route "{path}". route entry not found.')
        match request.method, path.removeprefix(f"{self.mount}/").split("/"):
            case "GET", ["keys", name]:
                return self._shown(self._found(name, 404))
            case "POST", ["keys", name]:
                return self._make(name, body)
            case "POST", ["keys", name, "rotate"]:
                key = self._found(name, 400, "key not found")
                key.versions.append(os.urandom(32))
                return self._shown(key)
            case "POST", ["encrypt", name]:
                return self._encrypt(name, body)
            case "POST", ["decrypt", name]:
                return self._decrypt(name, body)
            case _:
                raise _Refused(404, "unsupported path")

    def _found(self, name: str, status: int, told: str = "") -> TransitKey:
        if name not in self.keys:
            raise _Refused(status, told)
        return self.keys[name]

    def _make(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        if not self.may_make:
            raise _Refused(403, DENIED)
        made = TransitKey([os.urandom(32)], body.get("type", "aes256-gcm96"), body.get("exportable", False))
        return self._shown(self.keys.setdefault(name, made))

    def _encrypt(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        if name not in self.keys:  # an operation "create" then, which a policy with "update" only does not allow
            raise _Refused(403, DENIED)
        key = self.keys[name]
        nonce, version = os.urandom(12), len(key.versions)
        sealed = nonce + AESGCM(key.versions[-1]).encrypt(nonce, _bytes(body, "plaintext"), self._associated(body))
        return {"ciphertext": f"vault:v{version}:{b64encode(sealed).decode()}", "key_version": version}

    def _decrypt(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        key = self._found(name, 400, "encryption key not found")
        found = _CIPHERTEXT.fullmatch(body.get("ciphertext", ""))
        if not found:
            raise _Refused(400, "invalid ciphertext: no prefix")
        version = int(found[1])
        if version < key.min_decryption_version:
            raise _Refused(400, "ciphertext or signature version is disallowed by policy (too old)")
        if version > len(key.versions):
            raise _Refused(400, "invalid ciphertext: version is too new")
        sealed = _bytes({"ciphertext": found[2]}, "ciphertext")
        try:
            plain = AESGCM(key.versions[version - 1]).decrypt(sealed[:12], sealed[12:], self._associated(body))
        except (InvalidTag, ValueError):
            raise _Refused(400, "invalid ciphertext: unable to decrypt") from None
        return {"plaintext": b64encode(plain).decode()}

    def _associated(self, body: dict[str, Any]) -> bytes | None:
        return _bytes(body, "associated_data") if "associated_data" in body and not self.old else None

    def _shown(self, key: TransitKey) -> dict[str, Any]:
        return {
            "type": key.type,
            "exportable": key.exportable,
            "derived": key.derived,
            "latest_version": len(key.versions),
            "min_decryption_version": key.min_decryption_version,
            "keys": {str(number): 1 for number in range(1, len(key.versions) + 1)},
        }


def _bytes(body: dict[str, Any], name: str) -> bytes:
    try:
        return b64decode(body[name], validate=True)
    except (KeyError, ValueError):
        raise _Refused(400, f"failed to base64-decode {name}") from None
