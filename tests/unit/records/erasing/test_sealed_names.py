from dataclasses import replace

import pytest

from voiceagent.core.errors import Damaged
from voiceagent.core.ids import TenantId
from voiceagent.records.at_rest.local_keys import LocalKeys
from voiceagent.records.erasing.sealed_names import SealedNames

TENANT = TenantId("ten_a")


async def test_numbers_are_read_by_whoever_has_the_wrapping_keys(tmp_path):
    names = SealedNames(LocalKeys(tmp_path))

    sealed = await names.seal(TENANT, "erq_1", ["+4930"], ["call_1"])

    assert await names.open(TENANT, "erq_1", sealed) == (["+4930"], ["call_1"])
    assert b"4930" not in sealed.names


@pytest.mark.parametrize("change", ["names", "key", "request", "tenant"])
async def test_numbers_that_were_changed_or_moved_to_another_request_are_not_read(tmp_path, change):
    names = SealedNames(LocalKeys(tmp_path))
    sealed = await names.seal(TENANT, "erq_1", ["+4930"], [])
    tenant = TenantId("ten_a") if change != "tenant" else TenantId("ten_b")
    if change == "tenant":
        (tmp_path / "ten_b").symlink_to(tmp_path / "ten_a")
    if change in ("names", "key"):
        sealed = replace(sealed, **{change: getattr(sealed, change)[:-1] + b"x"})

    with pytest.raises(Damaged):
        await names.open(tenant, "erq_2" if change == "request" else "erq_1", sealed)
