"""What Presidio finds in the words of calls, and that it asks nobody outside of this machine."""

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn

import pytest
import spacy
import tldextract

from voiceagent.apps.presidio.analyzer import Analyzer
from voiceagent.apps.presidio.wire import MOST_CHARACTERS
from voiceagent.compliance.redaction.redact import redact, redact_also
from voiceagent.compliance.redaction.values import Kind
from voiceagent.config.redaction_settings import PresidioSettings
from voiceagent.conversation.profile import RecordsChoice
from voiceagent.core.errors import ConfigError
from voiceagent.testing.redaction.bench import measure


@pytest.fixture(scope="module")
def patterns() -> Analyzer:
    return Analyzer(PresidioSettings(enabled=True))


@pytest.fixture(scope="module")
def with_model(model: str) -> Analyzer:
    return Analyzer(PresidioSettings(enabled=True, model=model))


def kinds(analyzer: Analyzer, text: str) -> set[Kind]:
    return {span.kind for span in analyzer.find(text)}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("my card is 4111 1111 1111 1111", Kind.CARD),
        ("to DE89370400440532013000 please", Kind.IBAN),
        ("write to maria@example.co.uk", Kind.EMAIL),
        ("call +1 212 555 0123", Kind.PHONE),
        ("it is 10.11.12.13", Kind.NUMBER),
        ("at https://example.com/maria", Kind.URL),
    ],
)
def test_patterns_work_without_a_model(patterns: Analyzer, text: str, kind: Kind) -> None:
    assert kind in kinds(patterns, text)
    assert "patterns without a model" in patterns.summary


def test_without_a_model_nobody_is_found_by_name(patterns: Analyzer) -> None:
    assert kinds(patterns, "Maria Lopez of Springfield") == set()


def test_a_model_finds_names_and_places_and_leaves_days(with_model: Analyzer, model: str) -> None:
    text = "A parcel for Maria Lopez in Springfield on Tuesday"

    assert redact_also(text, redact(text), with_model.find(text)).text == "A parcel for [NAME] in [ADDRESS] on Tuesday"
    assert "PERSON" in with_model.summary
    assert model in with_model.summary


def test_what_it_is_less_sure_of_stays(model: str) -> None:
    certain = Analyzer(PresidioSettings(enabled=True, model=model, least_score=0.9))

    assert kinds(certain, "Maria Lopez, 4111 1111 1111 1111") == {Kind.CARD}, "a model's findings have 0.85"


def test_nothing_asks_the_network(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def refuse(*wanted: Any, **_: Any) -> NoReturn:
        asked.append(wanted)
        raise OSError("no network")

    for name in ("getaddrinfo", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(spacy.cli, "download", refuse)
    monkeypatch.setattr(tldextract.tldextract, "TLD_EXTRACTOR", tldextract.TLDExtract(cache_dir=None))

    for chosen in ("", model):
        analyzer = Analyzer(PresidioSettings(enabled=True, model=chosen))
        assert Kind.EMAIL in kinds(analyzer, "write to maria@example.co.uk or to https://example.org")
    assert asked == []

    tldextract.extract("maria@example.co.uk")
    assert asked, "what Presidio's own recogniser of addresses does"


def test_a_folder_that_is_no_pipeline_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "meta.json").write_text(json.dumps({"lang": "en"}))

    with pytest.raises(ConfigError, match=r"cannot be loaded with redaction\.presidio\.model"):
        Analyzer(PresidioSettings(enabled=True, model=str(tmp_path)))


def test_patterns_of_another_language_are_loaded(patterns: Analyzer) -> None:
    spanish = Analyzer(PresidioSettings(enabled=True, language="es"))

    assert kinds(spanish, "mi NIF es 12345678Z") == {Kind.SSN}
    assert kinds(patterns, "my NIF is 12345678Z") == set()


def test_a_long_text_is_looked_at_in_part(patterns: Analyzer) -> None:
    beyond = "x " * (MOST_CHARACTERS // 2) + "4111 1111 1111 1111"

    assert patterns.find(beyond) == []


def test_the_frozen_suite_loses_nothing_by_it(with_model: Analyzer) -> None:
    """A part of it; `voiceagent bench redaction --presidio` plays all of it."""
    (alone,) = measure(60, (6.0,), 11, lambda: 0.0, hidden=True, records=RecordsChoice())
    (both,) = measure(60, (6.0,), 11, lambda: 0.0, hidden=True, records=RecordsChoice(), finder=with_model)

    assert all(both.recall[entity] >= recall for entity, recall in alone.recall.items())
    assert both.digit_coverage >= alone.digit_coverage
    assert both.over_masked <= alone.over_masked + 0.02


def test_a_look_that_is_stuck_ends_the_process_and_tells_no_words() -> None:
    code = (
        "import time, voiceagent.apps.presidio.__main__ as process\n"
        "process._STUCK_S = 0.2\n"
        "process._watched(lambda text: time.sleep(60))('Maria ' + 'Lopez')"
    )

    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=50, check=False)

    assert ended.returncode == 1
    assert "Timeout" in ended.stderr
    assert "Maria Lopez" not in ended.stderr
