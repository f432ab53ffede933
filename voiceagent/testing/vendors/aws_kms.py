"""AWS KMS as its API reference documents it: JSON 1.1, signed requests, key states, encryption contexts, late news."""

import json
import os
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from voiceagent.testing.vendors.server import Fault, VendorServer, answers

ACCESS_KEY = "AKIDEXAMPLE"
REGION = "eu-central-1"
_KEYS = UUID("6f0d1cb4-4f6c-4a55-9d6b-2f4a2b6f6f0e")
_ALIAS = re.compile(r"alias/(?!aws/)[a-zA-Z0-9/_-]{1,250}")
_TARGET = "TrentService."
_TYPE = "application/x-amz-json-1.1"


def refuses(code: str, status: int = 400) -> Fault:
    """An answer with that code, and a text that quotes what nobody should log."""
    body = {"__type": code, "message": "x-amz-security-token:secret-session-token"}
    return answers(status, body, content_type=_TYPE)


class _Refused(Exception):
    """Its text is the code."""


@dataclass
class KmsKey:
    arn: str
    secret: bytes = field(repr=False)
    tags: Mapping[str, str]
    state: str = "Enabled"
    news: int = 0  # requests that do not know of it yet


@dataclass
class AwsKmsServer(VendorServer):
    """`late`: how many requests it takes until a new key, and where an alias leads, is known."""

    late: int = 0
    keys: dict[str, KmsKey] = field(default_factory=dict)  # by ARN
    aliases: dict[str, str] = field(default_factory=dict)
    said: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)  # operation and parameters
    _stale: dict[str, tuple[str, int]] = field(default_factory=dict)  # alias: what it led to, for how many requests

    def routes(self) -> Sequence[BaseRoute]:
        return [Route("/", self._serve, methods=["POST"])]

    async def _serve(self, request: Request) -> Response:
        try:
            return Response(_json(self._answer(request, await request.json())), media_type=_TYPE)
        except _Refused as refused:
            return Response(_json({"__type": str(refused), "message": "refused"}), 400, media_type=_TYPE)

    def _answer(self, request: Request, parameters: dict[str, Any]) -> Mapping[str, Any]:
        scope = rf"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/\d{{8}}/{REGION}/kms/aws4_request, SignedHeaders=.*host.*"
        if not re.match(scope, request.headers.get("authorization", "")):
            raise _Refused("UnrecognizedClientException")
        operation = request.headers.get("x-amz-target", "").removeprefix(_TARGET)
        known: Mapping[str, Callable[[dict[str, Any]], Mapping[str, Any]]] = {
            "CreateAlias": self._create_alias,
            "CreateKey": self._create_key,
            "Decrypt": self._decrypt,
            "Encrypt": self._encrypt,
            "UpdateAlias": self._update_alias,
        }
        if operation not in known or request.headers.get("content-type") != _TYPE:
            raise _Refused("UnknownOperationException")
        self.said.append((operation, parameters))
        return known[operation](parameters)

    def _create_key(self, parameters: dict[str, Any]) -> Mapping[str, Any]:
        if (parameters.get("KeySpec"), parameters.get("KeyUsage")) != ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"):
            raise _Refused("ValidationException")
        arn = f"arn:aws:kms:{REGION}:111122223333:key/{uuid5(_KEYS, str(len(self.keys)))}"
        tags = {tag["TagKey"]: tag["TagValue"] for tag in parameters.get("Tags", [])}
        self.keys[arn] = KmsKey(arn=arn, secret=os.urandom(32), tags=tags, news=self.late)
        return {"KeyMetadata": {"Arn": arn, "KeyId": arn.rpartition("/")[2], "KeyState": "Enabled"}}

    def _create_alias(self, parameters: dict[str, Any]) -> Mapping[str, Any]:
        alias = parameters["AliasName"]
        if not _ALIAS.fullmatch(alias):
            raise _Refused("InvalidAliasNameException")
        if alias in self.aliases:
            raise _Refused("AlreadyExistsException")
        self._point(alias, parameters["TargetKeyId"])
        return {}

    def _update_alias(self, parameters: dict[str, Any]) -> Mapping[str, Any]:
        if parameters["AliasName"] not in self.aliases:
            raise _Refused("NotFoundException")
        self._point(parameters["AliasName"], parameters["TargetKeyId"])
        return {}

    def _point(self, alias: str, arn: str) -> None:
        self._key(arn)
        self._stale[alias] = (self.aliases.get(alias, ""), self.late)
        self.aliases[alias] = arn

    def _encrypt(self, parameters: dict[str, Any]) -> Mapping[str, Any]:
        plain = b64decode(parameters["Plaintext"], validate=True)
        if not 1 <= len(plain) <= 4096:
            raise _Refused("ValidationException")
        key, nonce = self._usable(parameters["KeyId"]), os.urandom(12)
        sealed = AESGCM(key.secret).encrypt(nonce, plain, _context(parameters))
        blob = key.arn.encode() + b"\0" + nonce + sealed
        return {
            "KeyId": key.arn,
            "CiphertextBlob": b64encode(blob).decode(),
            "EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        }

    def _decrypt(self, parameters: dict[str, Any]) -> Mapping[str, Any]:
        arn, _, sealed = b64decode(parameters["CiphertextBlob"], validate=True).partition(b"\0")
        key = self._usable(parameters.get("KeyId") or arn.decode(errors="replace"))
        if arn.decode(errors="replace") not in self.keys:
            raise _Refused("InvalidCiphertextException")
        if arn.decode() != key.arn:
            raise _Refused("IncorrectKeyException")
        try:
            plain = AESGCM(key.secret).decrypt(sealed[:12], sealed[12:], _context(parameters))
        except (InvalidTag, ValueError):
            raise _Refused("InvalidCiphertextException") from None
        return {"KeyId": key.arn, "Plaintext": b64encode(plain).decode(), "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}

    def _usable(self, key_id: str) -> KmsKey:
        key = self._key(self._led_to(key_id) if key_id.startswith("alias/") else key_id)
        if key.state != "Enabled":
            raise _Refused("DisabledException" if key.state == "Disabled" else "KMSInvalidStateException")
        return key

    def _led_to(self, alias: str) -> str:
        before, left = self._stale.get(alias, ("", 0))
        if left:
            self._stale[alias] = (before, left - 1)
            return before
        return self.aliases.get(alias, "")

    def _key(self, arn: str) -> KmsKey:
        key = self.keys.get(arn)
        if key is None:
            raise _Refused("NotFoundException")
        if key.news:
            key.news -= 1
            raise _Refused("NotFoundException")
        return key


def _context(parameters: Mapping[str, Any]) -> bytes:
    context = parameters.get("EncryptionContext", {})
    if not all(isinstance(one, str) and one for pair in context.items() for one in pair):
        raise _Refused("ValidationException")
    return _json(dict(sorted(context.items())))


def _json(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body).encode()
