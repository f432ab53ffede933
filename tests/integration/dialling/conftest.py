"""A gateway that dials, with the API, the gate and the permits over real stores, and somebody who answers."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.integration.api.conftest import house, keys, sign_in, sow_both
from tests.integration.conftest import run_sql
from voiceagent.apps.embedded.postgres import EmbeddedPostgres
from voiceagent.core.ids import TenantId

__all__ = ["house", "keys", "sign_in"]


@pytest.fixture(scope="session")
def template(postgres_server: EmbeddedPostgres, keys: dict[TenantId, str]) -> str:
    """As the API's tests have it; a process may run both."""
    name = "dialling_tenants"
    run_sql(postgres_server.url, f"CREATE DATABASE {name} TEMPLATE records_template")
    asyncio.run(sow_both(make_url(postgres_server.url).set(database=name).render_as_string(), keys))
    return name


@pytest.fixture(scope="session")
def prompts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where what is said is rendered once for all calls."""
    return tmp_path_factory.mktemp("prompts")
