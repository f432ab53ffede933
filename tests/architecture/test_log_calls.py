"""Log calls have constant text, named fields, and personal values only in fields called `pii_...`."""

import importlib.util
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_SETS_LOGGING_UP = "voiceagent/config/logging.py"


def _load_checker():
    spec = importlib.util.spec_from_file_location("log_calls", Path(__file__).with_name("log_calls.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


problems = _load_checker().problems


def _modules() -> list[str]:
    found = [path for top in ("voiceagent", "integrations") for path in (_ROOT / top).rglob("*.py")]
    return sorted(str(path.relative_to(_ROOT)) for path in found)


def test_the_log_calls_of_every_module_keep_the_rules():
    found = {module: problems((_ROOT / module).read_text()) for module in _modules() if module != _SETS_LOGGING_UP}

    assert {module: complaints for module, complaints in found.items() if complaints} == {}


@pytest.mark.parametrize(
    "call",
    [
        'log.info("call answered", codec=codec, pii_caller=caller)',
        'self._log.bind(call_id=call_id).warning("late", late_ms=7)',
        'structlog.get_logger(__name__).exception("failed")',
        'with structlog.contextvars.bound_contextvars(call_id="c"): pass',
        'register.info(f"not {a} log", caller=1)',
        "warnings.warn(f'{x}')",
    ],
)
def test_a_good_call_is_left_alone(call):
    assert problems(call) == []


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        ('log.info(f"call from {caller}")', "constant"),
        ('_log.error("call from %s" % caller)', "constant"),
        ('logger.warning("call from {}".format(caller))', "constant"),
        ("log.info(text)", "constant"),
        ('log.info("call from %s", caller)', "named fields"),
        ('self._log.info("ringing", caller=caller)', "'pii_caller'"),
        ('self._log.bind(number=number).info("ringing")', "'pii_number'"),
        ('structlog.contextvars.bind_contextvars(phone="+1")', "'pii_phone'"),
        ('structlog.get_logger().info("heard", text=text)', "'pii_text'"),
        ('log.info("ringing", **fields)', "**"),
        ("import logging", "structlog"),
        ("from logging import getLogger", "structlog"),
    ],
)
def test_a_bad_call_is_found(call, complaint):
    (found,) = problems(call)

    assert complaint in found
