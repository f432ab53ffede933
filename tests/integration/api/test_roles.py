"""T-SEC-1: every endpoint of the OpenAPI document, asked as every role, against the matrix of the specification."""

import re
from collections.abc import Iterator

from tests.integration.api.house import NOON, TENANT, House
from tests.integration.api.matrix import OPENS, ROLES, is_open
from voiceagent.compliance.roles import scopes_of
from voiceagent.records.secrets import mint_api_key
from voiceagent.records.user_values import Role

_OPEN_TO_PROBES = {"/healthz", "/readyz", "/metrics"}


def endpoints(house: House) -> Iterator[tuple[str, str, str]]:
    """(method, path, name of the function) of all that needs somebody."""
    for path, entry in house.app.openapi()["paths"].items():
        if path not in _OPEN_TO_PROBES:
            for method, operation in entry.items():
                slug = re.sub(r"\W", "_", f"{path}_{method}")
                yield method, path, operation["operationId"].removesuffix(slug)


async def bearer_of(house: House, role: Role) -> dict[str, str]:
    minted = mint_api_key()
    async with house.records.unit_of_work(TENANT) as work:
        await work.api_keys.add(role.value, minted, scopes_of([role]), NOON)
        await work.commit()
    return {"Authorization": f"Bearer {minted.plain}"}


def test_T_SEC_1_the_roles_are_those_of_the_matrix() -> None:
    assert {role.value for role in Role} == set(ROLES)


async def test_T_SEC_1_each_endpoint_is_open_or_forbidden_as_the_matrix_says(house):
    wrong, asked = [], list(endpoints(house))
    for role in Role:
        bearer = await bearer_of(house, role)
        for method, path, name in asked:
            # Nothing is sent: what is open says that something is missing, what is forbidden does not get so far
            answer = await house.client.request(method, re.sub(r"{\w+}", "none", path), headers=bearer)
            expected = is_open(name, role)
            if (answer.status_code != 403) != expected or answer.status_code in (401, 500):
                wrong.append(f"{role} {method} {path}: {answer.status_code}, and the matrix says {expected}")

    assert wrong == []
    assert {name for _, _, name in asked} == set(OPENS), "the matrix says something of every endpoint"
