"""Tier markers come from the folder a test lies in: folder = what it needs to run. Nothing fails for being slow."""

from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

# Few examples in `make test`: they are others in every run. `pytest --hypothesis-profile thorough` looks longer.
settings.register_profile("thorough", deadline=None, max_examples=2000, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("any machine", settings.get_profile("thorough"), max_examples=40)
settings.load_profile("any machine")

# Otherwise every error that is logged is drawn in frames with all variables around it, which takes seconds
structlog.configure(processors=[structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)])

_TESTS = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        tier = item.path.relative_to(_TESTS).parts[0]
        item.add_marker(getattr(pytest.mark, tier))
