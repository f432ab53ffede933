"""Tier markers come from the folder a test lies in: folder = what it needs to run."""

from pathlib import Path

import pytest

_TESTS = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        tier = item.path.relative_to(_TESTS).parts[0]
        item.add_marker(getattr(pytest.mark, tier))
