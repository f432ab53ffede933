"""What every KeyProvider must do, as tests: subclass `KeyProviderContract` in a test module and give it `two_doors`.

class TestMyKeys(KeyProviderContract):
    @pytest.fixture
    async def two_doors(self) -> AsyncIterator[tuple[KeyProvider, KeyProvider]]: ...
"""

import asyncio
from dataclasses import replace

import pytest

from voiceagent.core.errors import BadInput, Damaged, NotFound
from voiceagent.core.ids import TenantId
from voiceagent.records.at_rest.key_probe import probe
from voiceagent.records.at_rest.keys import KeyProvider

TENANT, OTHER = TenantId("ten_a"), TenantId("ten_b")
SECRET = bytes(range(32))
Doors = tuple[KeyProvider, KeyProvider]


class KeyProviderContract:
    """pytest collects these through the subclass. `two_doors`: two processes' providers of the same keys, none yet."""

    @pytest.fixture
    def keys(self, two_doors: Doors) -> KeyProvider:
        return two_doors[0]

    async def test_a_wrapped_key_comes_back(self, keys: KeyProvider) -> None:
        wrapped = await keys.wrap(TENANT, SECRET, b"dek_1")

        assert SECRET not in wrapped.wrapped
        assert await keys.unwrap(TENANT, wrapped, b"dek_1") == SECRET

    async def test_a_wrapped_key_opens_under_its_own_name_only(self, keys: KeyProvider) -> None:
        wrapped = await keys.wrap(TENANT, SECRET, b"dek_1")

        with pytest.raises(Damaged):
            await keys.unwrap(TENANT, wrapped, b"dek_2")

    async def test_another_tenant_cannot_have_it_unwrapped(self, keys: KeyProvider) -> None:
        wrapped = await keys.wrap(TENANT, SECRET, b"dek_1")
        others = await keys.wrap(OTHER, SECRET, b"dek_1")

        assert wrapped.kek_id != others.kek_id
        with pytest.raises((NotFound, Damaged)):
            await keys.unwrap(OTHER, wrapped, b"dek_1")

    async def test_the_same_key_is_wrapped_differently_each_time(self, keys: KeyProvider) -> None:
        first, second = await keys.wrap(TENANT, SECRET, b"dek_1"), await keys.wrap(TENANT, SECRET, b"dek_1")

        assert (first.kek_id, first.wrapped != second.wrapped) == (second.kek_id, True)

    async def test_after_a_rotation_new_keys_wrap_and_old_ones_go_on_unwrapping(self, two_doors: Doors) -> None:
        keys, elsewhere = two_doors
        before = await elsewhere.wrap(TENANT, SECRET, b"dek_1")
        newest = await keys.rotate(TENANT)
        after = await keys.wrap(TENANT, SECRET, b"dek_1")

        assert before.kek_id != newest == after.kek_id
        assert (await elsewhere.wrap(TENANT, SECRET, b"dek_1")).kek_id == newest
        for wrapped in (before, after):
            for door in two_doors:
                assert await door.unwrap(TENANT, wrapped, b"dek_1") == SECRET

    async def test_a_rotation_may_come_before_the_first_use(self, keys: KeyProvider) -> None:
        newest = await keys.rotate(TENANT)

        assert (await keys.wrap(TENANT, SECRET, b"dek_1")).kek_id == newest

    async def test_a_key_that_was_changed_or_cut_off_is_damaged(self, keys: KeyProvider) -> None:
        wrapped = await keys.wrap(TENANT, SECRET, b"dek_1")
        whole = wrapped.wrapped
        changed = [whole[:-3] + bytes([whole[-3] ^ 1]) + whole[-2:], whole[: len(whole) // 2], b""]

        for one in changed:
            with pytest.raises(Damaged):
                await keys.unwrap(TENANT, replace(wrapped, wrapped=one), b"dek_1")

    async def test_a_row_cannot_claim_to_lie_under_a_newer_key(self, keys: KeyProvider) -> None:
        """Otherwise a rotation would leave it out, and its old key would be ended."""
        wrapped = await keys.wrap(TENANT, SECRET, b"dek_1")
        newest = await keys.rotate(TENANT)

        with pytest.raises(Damaged):
            await keys.unwrap(TENANT, replace(wrapped, kek_id=newest), b"dek_1")

    async def test_whoever_comes_first_at_once_can_all_be_read(self, two_doors: Doors) -> None:
        wraps = [door.wrap(TENANT, SECRET, b"dek_1") for door in two_doors for _ in range(3)]
        wrapped = await asyncio.gather(*wraps)

        assert [await two_doors[0].unwrap(TENANT, one, b"dek_1") for one in wrapped] == [SECRET] * 6

    async def test_a_probe_finds_nothing_wrong(self, keys: KeyProvider) -> None:
        assert await probe(keys, TENANT) == (await keys.wrap(TENANT, SECRET, b"dek_1")).kek_id

    async def test_an_id_is_no_path(self, keys: KeyProvider) -> None:
        with pytest.raises(BadInput):
            await keys.wrap(TenantId("../elsewhere"), SECRET, b"dek_1")
