"""What lies under the keys of one keeper moves under those of another, while it stays readable."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from voiceagent.apps.key_rotation import rewrap_requests
from voiceagent.core.errors import ConfigError
from voiceagent.core.ids import CallId, TenantId
from voiceagent.records.at_rest import data_keys
from voiceagent.records.at_rest.aws_client import BotoKms
from voiceagent.records.at_rest.aws_keys import AwsKeys
from voiceagent.records.at_rest.data_keys import DataKey, DataKeys, keys_under
from voiceagent.records.at_rest.kept_keys import KeptKeys
from voiceagent.records.at_rest.keys import KeyProvider
from voiceagent.records.at_rest.local_keys import LocalKeys
from voiceagent.records.at_rest.vault_client import VaultClient
from voiceagent.records.at_rest.vault_keys import VaultKeys
from voiceagent.records.base import RetentionClass
from voiceagent.records.erasing.sealed_names import EXPORT, SealedNames
from voiceagent.records.export_values import ExportKind
from voiceagent.records.unit_of_work import Records
from voiceagent.records.writer import RecordsWriter
from voiceagent.telephony.events import CallStarted
from voiceagent.testing.clock import ManualClock
from voiceagent.testing.sample_call import recorded
from voiceagent.testing.vendors.aws_kms import REGION, AwsKmsServer
from voiceagent.testing.vendors.serving import Host
from voiceagent.testing.vendors.vault_transit import VaultTransitServer

TENANT, CALL, NOW = TenantId("default"), CallId("call_1"), datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
async def keepers(boto: BotoKms, tmp_path: Path, vault_host: Host) -> AsyncIterator[Mapping[str, KeyProvider]]:
    aws = AwsKeys(boto, region=REGION, alias_prefix="voiceagent/", clock=ManualClock())
    client = VaultClient(vault_host.url, lambda: "token-1")
    vault = VaultKeys(client, mount="transit", key_prefix="voiceagent-")
    yield {"local": LocalKeys(tmp_path / "keys"), "aws": aws, "vault": vault}
    aws.close()
    await client.close()


async def made(engine: AsyncEngine, provider: KeyProvider, number: int) -> list[DataKey]:
    """Data keys of a call."""
    await RecordsWriter(engine).write(
        recorded(CALL, [CallStarted(direction="inbound", transport="sip", caller="+15550100", callee="+15550101")])
    )
    keys = DataKeys(engine, provider)
    held = [await keys.make(TENANT, CALL, RetentionClass.AUDIO) for _ in range(number)]
    async with engine.begin() as connection:
        for key in held:
            await keys.keep(connection, key, NOW)
    return held


async def test_everything_moves_from_files_to_aws_and_on_to_vault(
    engine: AsyncEngine,
    keepers: Mapping[str, KeyProvider],
    kms: AwsKmsServer,
    vault: VaultTransitServer,
    tmp_path: Path,
) -> None:
    vault.issue_token()
    held = await made(engine, KeptKeys("local", keepers), 3)
    for name, gone in (("aws", lambda: shutil.rmtree(tmp_path / "keys")), ("vault", kms.keys.clear)):
        provider = KeptKeys(name, keepers)
        kek_id = await provider.rotate(TENANT)
        assert await DataKeys(engine, provider).rewrap(TENANT, kek_id) == 3
        assert await keys_under(engine, TENANT) == {kek_id: 3}

        gone()
        opened = [await DataKeys(engine, provider).open(TENANT, key.id) for key in held]
        assert opened == [key.secret for key in held]


async def test_what_names_a_person_in_an_export_moves_too(
    engine: AsyncEngine, keepers: Mapping[str, KeyProvider], vault: VaultTransitServer
) -> None:
    vault.issue_token()
    names = SealedNames(KeptKeys("local", keepers), EXPORT)
    sealed = await names.seal(TENANT, "exp_1", ["+4930"], [])
    async with Records(engine).unit_of_work(TENANT) as work:
        await work.tenants.ensure(TENANT, "A", NOW)
        await work.exports.ask(
            kind=ExportKind.DSAR, filter_={}, purpose="p", by="key_1", now=NOW, export_id="exp_1", sealed=sealed
        )
        await work.commit()

    in_vault = KeptKeys("vault", keepers)
    kek_id = await in_vault.rotate(TENANT)
    async with Records(engine).unit_of_work(TENANT) as work:
        assert await rewrap_requests(work, TENANT, SealedNames(in_vault), kek_id) == 1
        assert await rewrap_requests(work, TENANT, SealedNames(in_vault), kek_id) == 0
        moved = await work.exports.names("exp_1")
        await work.commit()

    assert moved is not None
    assert moved.kek_id == kek_id == "vault:transit/voiceagent-default:v1"
    assert await SealedNames(in_vault, EXPORT).open(TENANT, "exp_1", moved) == (["+4930"], [])


async def test_a_keeper_that_the_settings_forgot_is_named(
    engine: AsyncEngine, keepers: Mapping[str, KeyProvider], vault: VaultTransitServer
) -> None:
    vault.issue_token()
    (key,) = await made(engine, KeptKeys("vault", keepers), 1)
    without = KeptKeys("local", {"local": keepers["local"]})

    with pytest.raises(ConfigError, match=r"put `keys\.vault` back .* data-keys move"):
        await DataKeys(engine, without).open(TENANT, key.id)


async def test_a_move_ends_also_where_somebody_else_rotates_meanwhile(
    engine: AsyncEngine, keepers: Mapping[str, KeyProvider], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_keys, "_PAGE", 2)
    await made(engine, KeptKeys("local", keepers), 5)
    overtaken = await keepers["local"].rotate(TENANT)
    newest = await keepers["local"].rotate(TENANT)

    async with asyncio.timeout(10):
        assert await DataKeys(engine, keepers["local"]).rewrap(TENANT, overtaken) == 5

    assert await keys_under(engine, TENANT) == {newest: 5}
