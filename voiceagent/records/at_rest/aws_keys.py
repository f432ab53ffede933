"""Wrapping keys in AWS KMS: one KMS key a tenant, which its alias leads to, and which never leaves KMS.

A rotation is a new KMS key, to which the alias is moved ("Rotate keys manually" in the developer guide): so the ARN
tells what a data key lies under, and an old key can be ended. Of a key that KMS rotates itself no old material can.
"""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import structlog

from voiceagent.core.clock import Clock
from voiceagent.core.errors import (
    BadInput,
    ConfigError,
    Conflict,
    Damaged,
    NotFound,
    Unavailable,
    VoiceagentError,
)
from voiceagent.core.ids import TenantId
from voiceagent.records.at_rest.aws_client import KmsClient
from voiceagent.records.at_rest.keys import WrappedKey, plain_name
from voiceagent.records.boto import AT_ONCE

AWS_PREFIX: Final = "aws:"
_TAG: Final = {"TagKey": "voiceagent", "TagValue": "wrapping-key"}  # by which policies know the keys that we made
# Eventually consistent: a new key, its tags and a moved alias are known everywhere after seconds, at most minutes
_SPREADS_S: Final = 300.0
_WAITS_S: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
_LONGEST: Final = 6144  # bytes of a ciphertext, by the API reference

_log = structlog.get_logger(__name__)


class AwsKeys:
    """A `KeyProvider` on AWS KMS. `alias_prefix` is what stands between `alias/` and the tenant.

    `makes_keys`: without it, a tenant that has no key is NotFound, for whoever only looks.
    """

    def __init__(
        self, kms: KmsClient, *, region: str, alias_prefix: str, clock: Clock, makes_keys: bool = True
    ) -> None:
        self._kms = kms
        self._region = region
        self._alias_prefix = alias_prefix
        self._clock = clock
        self._makes_keys = makes_keys
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="aws-kms")  # a slow KMS holds up nobody else
        self._rotated: dict[TenantId, tuple[str, float]] = {}  # ARN, and until when the alias may lead elsewhere
        self._begun: set[TenantId] = set()  # whose alias was seen to be made
        self._unfinished: dict[TenantId, str] = {}  # ARN of a key that no alias leads to yet
        self._making = asyncio.Lock()

    async def wrap(self, tenant_id: TenantId, key: bytes, binding: bytes) -> WrappedKey:
        """Raises Unavailable, ConfigError."""
        alias, context = self._alias(tenant_id), _context(tenant_id, binding)
        if arn := self._rotated_to(tenant_id):
            return await self._wrap(arn, key, context, patient=True)
        try:
            return await self._wrap(alias, key, context)
        except NotFound as error:
            if not self._makes_keys:
                raise NotFound(f"{alias} is not there yet; the first key that is wrapped makes it") from error
        await self._make_first(tenant_id, alias)
        return await self._wrap(alias, key, context, patient=True)

    async def unwrap(self, tenant_id: TenantId, wrapped: WrappedKey, binding: bytes) -> bytes:
        """Raises NotFound, Damaged, ConfigError, Unavailable."""
        arn, context = self._arn(wrapped.kek_id), _context(tenant_id, binding)
        if not 1 <= len(wrapped.wrapped) <= _LONGEST:
            raise Damaged("the wrapped data key is cut off")
        parameters = {"KeyId": arn, "CiphertextBlob": wrapped.wrapped, "EncryptionContext": context}
        secret: bytes = (await self._ask("Decrypt", arn, parameters))["Plaintext"]
        return secret

    async def rotate(self, tenant_id: TenantId) -> str:
        """Raises Unavailable, ConfigError."""
        alias = self._alias(tenant_id)
        async with self._making:
            arn = await self._make(tenant_id)
            target = {"AliasName": alias, "TargetKeyId": arn}
            try:
                await self._ask("UpdateAlias", alias, target)
            except NotFound:
                await self._ask_patiently("CreateAlias", alias, target)
            self._rotated[tenant_id] = (arn, self._clock.monotonic() + _SPREADS_S)
            self._now_leads(tenant_id)
        return AWS_PREFIX + arn

    async def _make_first(self, tenant_id: TenantId, alias: str) -> None:
        """Let the alias lead to a key, unless it has done so before: then that is not known everywhere yet."""
        async with self._making:
            if tenant_id in self._begun:
                return
            arn = await self._make(tenant_id)
            try:
                await self._ask_patiently("CreateAlias", alias, {"AliasName": alias, "TargetKeyId": arn})
            except Conflict:  # by another process, or by an attempt of ours whose answer was lost
                led_to = await self._wrap(alias, b"probe", _context(tenant_id, b"probe"), patient=True)
                if led_to.kek_id != AWS_PREFIX + arn:
                    _log.warning("another process made the tenant's key: this one is in no use, delete it", key=arn)
            self._now_leads(tenant_id)

    def _now_leads(self, tenant_id: TenantId) -> None:
        self._begun.add(tenant_id)
        self._unfinished.pop(tenant_id, None)

    async def _make(self, tenant_id: TenantId) -> str:
        """The ARN of a new key that has been seen to work. One whose alias could not be made is taken up again."""
        arn = self._unfinished.get(tenant_id) or await self._create(tenant_id)
        self._unfinished[tenant_id] = arn
        try:
            await self._wrap(arn, b"probe", _context(tenant_id, b"probe"), patient=True)
        except VoiceagentError:
            _log.warning("a key was made that cannot be used: mend the policies, or delete it", key=arn)
            raise
        return arn

    async def _create(self, tenant_id: TenantId) -> str:
        parameters = {
            "Description": f"voiceagent: wraps the data keys of tenant {tenant_id}",
            "KeySpec": "SYMMETRIC_DEFAULT",
            "KeyUsage": "ENCRYPT_DECRYPT",
            "MultiRegion": False,  # it stays where the settings say
            "Tags": [_TAG, {"TagKey": "voiceagent-tenant", "TagValue": tenant_id}],
        }
        made = await self._ask("CreateKey", f"a key for {self._alias(tenant_id)}", parameters)
        arn: str = made["KeyMetadata"]["Arn"]
        return arn

    async def _wrap(self, target: str, key: bytes, context: Mapping[str, str], *, patient: bool = False) -> WrappedKey:
        ask = self._ask_patiently if patient else self._ask
        done = await ask("Encrypt", target, {"KeyId": target, "Plaintext": key, "EncryptionContext": context})
        return WrappedKey(kek_id=AWS_PREFIX + done["KeyId"], wrapped=done["CiphertextBlob"])

    async def _ask(self, operation: str, key: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, self._kms.ask, operation, key, parameters)

    async def _ask_patiently(self, operation: str, key: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """For a key that was made just now: not known, or not known to be ours, is said until it is."""
        for wait_s in _WAITS_S:
            try:
                return await self._ask(operation, key, parameters)
            except (NotFound, ConfigError):
                await asyncio.sleep(wait_s)
        try:
            return await self._ask(operation, key, parameters)
        except NotFound as error:  # nothing is lost: whoever waits for it shall go on waiting
            raise Unavailable(f"AWS KMS does not know yet what was made; try again shortly: {error}") from error

    def close(self) -> None:
        """What has not been asked yet will not be."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _rotated_to(self, tenant_id: TenantId) -> str:
        """The key that was made here, as long as its alias may still lead to the one of before; then ""."""
        arn, until_s = self._rotated.get(tenant_id, ("", 0.0))
        return arn if self._clock.monotonic() < until_s else ""

    def _alias(self, tenant_id: TenantId) -> str:
        return f"alias/{self._alias_prefix}{plain_name(tenant_id)}"

    def _arn(self, kek_id: str) -> str:
        """Raises ConfigError for a key of another region: data of this installation is bound to its own."""
        arn = kek_id.removeprefix(AWS_PREFIX)
        parts = arn.split(":")
        if len(parts) != 6 or parts[2] != "kms" or not parts[5].startswith("key/"):
            raise Damaged(f"{kek_id!r} names no key of AWS KMS")
        if parts[3] != self._region:
            raise ConfigError(f"the wrapping key {arn} is not in {self._region}, which `keys.aws.region` names")
        return arn


def _context(tenant_id: TenantId, binding: bytes) -> dict[str, str]:
    """KMS checks it, and CloudTrail keeps it: ids, by which an auditor finds who had which data key unwrapped."""
    try:
        return {"tenant": plain_name(tenant_id), "binding": binding.decode()}
    except UnicodeDecodeError as error:
        raise BadInput("the name of a data key is text") from error
