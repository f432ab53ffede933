"""A gateway that dials, with the API, the gate and the permits over real stores, and somebody who answers."""

from pathlib import Path

import pytest

from tests.integration.api.conftest import house

__all__ = ["house"]


@pytest.fixture(scope="session")
def prompts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where what is said is rendered once for all calls."""
    return tmp_path_factory.mktemp("prompts")
