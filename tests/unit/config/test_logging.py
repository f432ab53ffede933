"""Logs are lines with fields; personal values are masked unless allowed, secrets always."""

import io
import json
import logging
import warnings

import pytest
import structlog

from voiceagent.config.logging import LogOptions, set_up_logging
from voiceagent.core.errors import StoreUnavailable


@pytest.fixture
def log_to():
    """Set logging up to a buffer; everything is as before afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def start(**options):
        stream = io.StringIO()
        set_up_logging(LogOptions(process="worker", **options), stream)
        return stream

    yield start
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def fail(error, cause=None):
    raise error from cause


def lines_of(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_has_time_level_process_and_its_fields(log_to):
    stream = log_to()

    structlog.get_logger("voiceagent.part").info("call answered", codec="PCMA", lines=4)

    (line,) = lines_of(stream)
    assert list(line)[:5] == ["at", "level", "process", "logger", "event"]
    assert line["at"].endswith("Z")
    assert (line["level"], line["process"], line["logger"]) == ("info", "worker", "voiceagent.part")
    assert (line["event"], line["codec"], line["lines"]) == ("call answered", "PCMA", 4)


def test_the_context_of_a_call_is_on_each_of_its_lines(log_to):
    stream = log_to()

    with structlog.contextvars.bound_contextvars(call_id="call_1"):
        structlog.get_logger("a").info("in the call")
        logging.getLogger("b").warning("from a library in the call")
    structlog.get_logger("a").info("after the call")

    assert [line.get("call_id") for line in lines_of(stream)] == ["call_1", "call_1", None]


def test_personal_values_are_masked_also_deep_inside(log_to):
    stream = log_to()

    structlog.get_logger("a").info("heard", pii_text="my name is Anna", leg={"pii_caller": "+12025550101", "n": 1})

    (line,) = lines_of(stream)
    assert (line["pii_text"], line["leg"]) == ("***", {"pii_caller": "***", "n": 1})
    assert "Anna" not in stream.getvalue()


def test_personal_values_are_shown_when_a_setting_allows_it(log_to):
    stream = log_to(show_pii=True)

    structlog.get_logger("a").info("heard", pii_text="hello", pii_token="t0p")

    (line,) = lines_of(stream)
    assert (line["pii_text"], line["pii_token"]) == ("hello", "***")


@pytest.mark.parametrize("name", ["token", "api_key", "Authorization", "db_password", "client_secret", "set_cookie"])
def test_a_field_that_is_named_like_a_secret_is_always_masked(log_to, name):
    stream = log_to(show_pii=True)

    structlog.get_logger("a").info("connecting", **{name: "t0psecret"})

    assert "t0psecret" not in stream.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://voice:t0psecret@db:5432/x",
        "redis://:t0psecret@cache:6379/0",
        "header Authorization: Bearer t0psecret",
        'Digest username="anna", response="t0psecret"',
        "host=db password=t0psecret dbname=x",
    ],
)
def test_a_secret_in_a_text_is_masked_wherever_it_comes_from(log_to, text):
    stream = log_to(show_pii=True)

    structlog.get_logger("a").info("connecting", url=text, urls=[text])
    logging.getLogger("b").error("cannot connect to %s", text)

    assert "***" in stream.getvalue()
    assert "t0psecret" not in stream.getvalue()


def test_a_librarys_exception_keeps_its_place_but_not_its_words(log_to):
    stream = log_to()

    error = ValueError("Key (number)=(+12025550101) already exists")
    try:
        fail(error)
    except ValueError:
        structlog.get_logger("a").exception("write failed")

    (line,) = lines_of(stream)
    assert line["error_type"] == "ValueError"
    assert "test_logging.py" in line["exception"]
    assert line["pii_error"] == "***"
    assert "+12025550101" not in stream.getvalue()


def test_our_own_error_is_told_in_full_and_its_cause_by_type(log_to):
    stream = log_to()

    cause = OSError("user anna has no access")
    try:
        fail(StoreUnavailable("Postgres does not answer"), cause)
    except StoreUnavailable:
        structlog.get_logger("a").exception("flush failed")

    (line,) = lines_of(stream)
    assert line["error"] == "Postgres does not answer"
    assert "OSError" in line["exception"]
    assert "anna" not in stream.getvalue()


def test_every_member_of_an_exception_group_is_told(log_to):
    stream = log_to()

    structlog.get_logger("a").error("tasks failed", exc_info=ExceptionGroup("two", [KeyError("a"), OSError("b")]))

    (line,) = lines_of(stream)
    assert "KeyError" in line["exception"]
    assert "OSError" in line["exception"]


def test_library_records_come_in_the_same_shape(log_to):
    stream = log_to()

    logging.getLogger("uvicorn.error").info("Started server process [%d]", 7)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old thing", DeprecationWarning, stacklevel=1)

    started, warned = lines_of(stream)
    assert (started["event"], started["logger"]) == ("Started server process [7]", "uvicorn.error")
    assert warned["logger"] == "py.warnings"


def test_access_logs_with_peoples_addresses_are_off(log_to):
    stream = log_to(level="debug")

    logging.getLogger("uvicorn.access").info('192.0.2.1:1 - "GET /?caller=anna" 200')
    logging.getLogger("sqlalchemy.engine").info("SELECT %s", "anna")

    assert stream.getvalue() == ""


def test_a_library_that_has_its_own_handler_does_not_write_twice(log_to):
    own = io.StringIO()
    logging.getLogger("chatty").addHandler(logging.StreamHandler(own))
    stream = log_to()

    logging.getLogger("chatty").error("once")

    assert own.getvalue() == ""
    assert len(lines_of(stream)) == 1


def test_presidio_which_quotes_what_people_said_writes_nothing(log_to):
    stream = log_to(level="debug")

    logging.getLogger("presidio-analyzer").error("Failed to validate text %s", "DE89370400440532013000")

    assert lines_of(stream) == []


def test_less_than_the_level_is_not_written(log_to):
    stream = log_to(level="warning")

    structlog.get_logger("a").info("chatter")
    structlog.get_logger("a").warning("trouble")

    assert [line["event"] for line in lines_of(stream)] == ["trouble"]


def test_the_console_is_for_people(log_to):
    stream = log_to(as_json=False)

    try:
        fail(StoreUnavailable("Redis does not answer"))
    except StoreUnavailable:
        structlog.get_logger("a").exception("flush failed", pii_caller="anna")

    text = stream.getvalue()
    assert "flush failed" in text
    assert "Redis does not answer" in text
    assert 'File "' in text
    assert "anna" not in text
