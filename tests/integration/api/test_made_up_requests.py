"""Requests made from the OpenAPI document (schemathesis): every answer is one that the document tells of, and no 5xx.

Both tenants ask, for objects of their own, of the other and of nobody. More of them: MADE_UP=200 in the environment.
"""

import asyncio
import os
from contextlib import suppress
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings, strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.integration.api.house import STRANGER, TENANT, House
from tests.integration.api.two_tenants import move_in

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = int(os.environ.get("MADE_UP", "3"))


async def test_made_up_requests_are_answered_as_the_document_says(narrow_house: House) -> None:
    ids = [(await move_in(narrow_house, tenant)).ids for tenant in (TENANT, STRANGER)]
    # Without those for probes, which answer 503 as long as no worker is there
    schema = schemathesis.openapi.from_dict(narrow_house.app.openapi()).include(path_regex="^/v1/")
    loop = asyncio.get_running_loop()
    answered: dict[int, int] = {}

    def ask(case: Any, tenant: str, known: dict[str, str] | None) -> None:
        path = {name: (known or {}).get(name, value) for name, value in (case.path_parameters or {}).items()}
        case.path_parameters = path
        made = case.as_transport_kwargs(base_url="http://api")
        wanted = {name: made[name] for name in ("method", "url", "params", "headers", "json", "data") if name in made}
        wanted["headers"] = {**dict(wanted.get("headers") or {}), **narrow_house.bearer(tenant)}
        if isinstance(wanted.get("data"), bytes):
            wanted["content"] = wanted.pop("data")
        response = asyncio.run_coroutine_threadsafe(narrow_house.client.request(**wanted), loop).result(30)
        answered[response.status_code] = answered.get(response.status_code, 0) + 1
        case.validate_response(response, checks=CHECKS)

    def ask_all() -> None:
        for found in schema.get_all_operations():
            operation = found.ok()
            for mode in GenerationMode:
                quick = settings(
                    max_examples=EXAMPLES,
                    derandomize=True,
                    database=None,
                    deadline=None,
                    phases=(Phase.generate,),
                    suppress_health_check=list(HealthCheck),
                )
                made = operation.as_strategy(generation_mode=mode)
                asked = given(made, st.sampled_from((TENANT, STRANGER)), st.sampled_from((*ids, None)))(ask)
                with suppress(Unsatisfiable):  # nothing can be wrong with a request that takes nothing
                    quick(asked)()

    await asyncio.to_thread(ask_all)

    assert {200, 400, 404} <= answered.keys()
