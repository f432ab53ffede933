from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from voiceagent.config.key_settings import VaultKeySettings, vault_token
from voiceagent.core.errors import ConfigError, Damaged, NotFound, Unavailable, VoiceagentError
from voiceagent.records.at_rest.key_probe import probe
from voiceagent.records.at_rest.keys import WrappedKey
from voiceagent.records.at_rest.vault_client import VaultClient
from voiceagent.records.at_rest.vault_keys import VaultKeys
from voiceagent.testing.key_provider_contract import SECRET, TENANT, Doors, KeyProviderContract
from voiceagent.testing.vendors.server import Fault, answers
from voiceagent.testing.vendors.vault_transit import DENIED, TransitKey, VaultTransitServer

KEY = "voiceagent-ten_a"


@pytest.fixture
async def client(vault: VaultTransitServer, token_file: Path) -> AsyncIterator[VaultClient]:
    token = vault_token(VaultKeySettings(address=vault.url, token_file=token_file))
    client = VaultClient(vault.url, token, namespace=vault.namespace)
    yield client
    await client.close()


@pytest.fixture
def two_doors(client: VaultClient) -> Doors:
    return opened(client), opened(client)


@pytest.fixture
def keys(client: VaultClient) -> VaultKeys:
    return opened(client)


def opened(client: VaultClient, *, makes_keys: bool = True) -> VaultKeys:
    return VaultKeys(client, mount="transit", key_prefix="voiceagent-", makes_keys=makes_keys)


def says(status: int, *errors: str) -> Fault:
    return answers(status, {"errors": list(errors)})


class TestContract(KeyProviderContract):
    @pytest.fixture
    def two_doors(self, two_doors: Doors) -> Doors:
        return two_doors


async def test_the_id_of_a_wrapping_key_tells_its_version(keys: VaultKeys, vault: VaultTransitServer) -> None:
    wrapped = await keys.wrap(TENANT, SECRET, b"dek_1")

    assert wrapped.kek_id == f"vault:transit/{KEY}:v1"
    assert wrapped.wrapped.startswith(b"vault:v1:")
    assert await keys.rotate(TENANT) == f"vault:transit/{KEY}:v2"
    assert (vault.keys[KEY].type, vault.keys[KEY].exportable) == ("aes256-gcm96", False)


@pytest.mark.parametrize(
    ("fault", "kind", "remedy"),
    [
        (says(400, "encryption key not found"), NotFound, "is gone"),
        (says(400, "cipher: message authentication failed"), Damaged, "under this name"),
        (says(400, "ciphertext or signature version is disallowed by policy (too old)"), Unavailable, "min_decryption"),
        (says(403, DENIED), ConfigError, "renew the token.*or allow it that path"),
        (
            says(404, 'no handler for route "transit/decrypt/x". route entry not found.'),
            ConfigError,
            "keys.vault.mount",
        ),
        (says(405, "unsupported operation"), ConfigError, "keys.vault"),
        (answers(307, headers={"Location": "http://127.0.0.1:9/v1/"}), ConfigError, "active node"),
        (answers(200, b"<html>welcome</html>"), Unavailable, "no Vault"),
        (answers(200, {"data": {"plaintext": 7}}), Unavailable, "plaintext"),
    ],
)
async def test_what_vault_refuses_is_told_with_a_remedy(
    keys: VaultKeys, vault: VaultTransitServer, fault: Fault, kind: type[VoiceagentError], remedy: str
) -> None:
    wrapped = await keys.wrap(TENANT, SECRET, b"dek_1")
    vault.faults.append(fault)

    with pytest.raises(kind, match=remedy) as raised:
        await keys.unwrap(TENANT, wrapped, b"dek_1")

    assert "token-1" not in str(raised.value)


@pytest.mark.parametrize("status", [412, 429, 500, 502, 503])
async def test_what_may_pass_is_asked_again(keys: VaultKeys, vault: VaultTransitServer, status: int) -> None:
    wrapped = await keys.wrap(TENANT, SECRET, b"dek_1")
    vault.faults.append(says(status, "later"))

    assert await keys.unwrap(TENANT, wrapped, b"dek_1") == SECRET


async def test_a_sealed_vault_is_told_of(keys: VaultKeys, vault: VaultTransitServer) -> None:
    vault.sealed = True

    with pytest.raises(Unavailable, match=r"Vault is sealed.*unseal it"):
        await keys.wrap(TENANT, SECRET, b"dek_1")


async def test_a_vault_that_is_not_there_is_unavailable(token_file: Path) -> None:
    client = VaultClient("http://127.0.0.1:9", lambda: "token")

    with pytest.raises(Unavailable, match="gave no answer"):
        await opened(client).wrap(TENANT, SECRET, b"dek_1")
    await client.close()


async def test_a_token_that_was_renewed_meanwhile_is_read_again(
    keys: VaultKeys, vault: VaultTransitServer, token_file: Path
) -> None:
    wrapped = await keys.wrap(TENANT, SECRET, b"dek_1")
    vault.tokens.clear()
    token_file.write_text(vault.issue_token())

    assert await keys.unwrap(TENANT, wrapped, b"dek_1") == SECRET


async def test_an_expired_token_is_told_of(keys: VaultKeys, vault: VaultTransitServer) -> None:
    vault.tokens.clear()

    with pytest.raises(ConfigError, match=r"invalid token.*renew the token"):
        await keys.wrap(TENANT, SECRET, b"dek_1")


async def test_a_policy_without_the_making_of_keys_is_enough_once_they_are_there(
    keys: VaultKeys, vault: VaultTransitServer
) -> None:
    vault.may_make = False
    with pytest.raises(ConfigError, match=f"transit/keys/{KEY}.*policy"):
        await keys.wrap(TENANT, SECRET, b"dek_1")

    vault.keys[KEY] = TransitKey([bytes(32)])
    assert (await keys.wrap(TENANT, SECRET, b"dek_1")).kek_id.endswith(":v1")


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        (TransitKey([bytes(32)], exportable=True), "can be exported"),
        (TransitKey([bytes(32)], type="rsa-4096"), "rsa-4096"),
        (TransitKey([bytes(32)], derived=True), "not derived"),
    ],
)
async def test_a_key_that_protects_too_little_is_refused(
    keys: VaultKeys, vault: VaultTransitServer, key: TransitKey, problem: str
) -> None:
    vault.keys[KEY] = key

    with pytest.raises(ConfigError, match=problem):
        await keys.wrap(TENANT, SECRET, b"dek_1")


async def test_a_key_that_was_deleted_is_made_anew_and_no_job_is_given_up(
    keys: VaultKeys, vault: VaultTransitServer
) -> None:
    await keys.wrap(TENANT, SECRET, b"dek_1")
    del vault.keys[KEY]
    vault.faults.append(says(400, "encryption key not found"))

    with pytest.raises(Unavailable, match="was deleted; try again"):
        await keys.wrap(TENANT, SECRET, b"dek_1")

    assert (await keys.wrap(TENANT, SECRET, b"dek_1")).kek_id.endswith(":v1")


async def test_who_only_looks_makes_no_key(client: VaultClient, vault: VaultTransitServer) -> None:
    with pytest.raises(NotFound, match="is not there yet"):
        await opened(client, makes_keys=False).wrap(TENANT, SECRET, b"dek_1")

    assert not vault.keys


async def test_a_vault_that_holds_keys_to_no_names_fails_the_probe(keys: VaultKeys, vault: VaultTransitServer) -> None:
    vault.old = True

    with pytest.raises(ConfigError, match=r"use Vault 1\.9"):
        await probe(keys, TENANT)


@pytest.mark.parametrize("kek_id", ["vault:transit/../sys/seal:v1", "vault:transit/x/:v1", "vault:transit/k?x:v1"])
async def test_what_stands_in_a_row_is_no_path(keys: VaultKeys, vault: VaultTransitServer, kek_id: str) -> None:
    with pytest.raises(Damaged):
        await keys.unwrap(TENANT, WrappedKey(kek_id=kek_id, wrapped=b"vault:v1:AAAA"), b"dek_1")

    assert not vault.seen


async def test_a_namespace_goes_along(vault: VaultTransitServer, token_file: Path) -> None:
    vault.namespace = "bank/voice"
    client = VaultClient(
        vault.url, vault_token(VaultKeySettings(address=vault.url, token_file=token_file)), namespace="bank/voice"
    )

    assert (await opened(client).wrap(TENANT, SECRET, b"dek_1")).kek_id
    await client.close()
