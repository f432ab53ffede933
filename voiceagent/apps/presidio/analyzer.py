"""The one door to Presidio and spaCy. Nothing here reaches a network: not while loading, not while looking."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any, Final

from voiceagent.apps.presidio.installed import check_installed
from voiceagent.apps.presidio.wire import MOST_CHARACTERS
from voiceagent.compliance.redaction.entities import kind_of_entity
from voiceagent.compliance.redaction.values import Span
from voiceagent.config.redaction_settings import PresidioSettings
from voiceagent.core.errors import ConfigError

_TRIAL: Final = "Hello, this is Maria at maria@example.com, my card is 4111 1111 1111 1111, from 10 Oak Street."


class Analyzer:
    """Presidio with what the settings ask of it, loaded. An `EntityFinder` that takes its time and may raise."""

    def __init__(self, settings: PresidioSettings) -> None:
        """Takes seconds. Raises ConfigError that says what to do."""
        check_installed(settings)
        self._language = settings.language
        self._least_score = settings.least_score
        self._model = settings.model
        try:
            self._engine = _engine(settings)
            self._find(_TRIAL)  # the first look compiles patterns
        except Exception as error:  # a pipeline brings code and settings of its own
            raise ConfigError(
                f"Presidio cannot be loaded with redaction.presidio.model {settings.model or '(none)'}: {error}"
            ) from error
        self._entities = sorted(
            name for name in self._engine.get_supported_entities(settings.language) if kind_of_entity(name)
        )

    @property
    def summary(self) -> str:
        """What is loaded, for people."""
        how = f"model {self._model}" if self._model else "patterns without a model"
        found = ", ".join(self._entities)
        return f"presidio-analyzer {version('presidio-analyzer')}, {self._language}, {how}; finds {found}"

    def find(self, text: str) -> Sequence[Span]:
        """In the first MOST_CHARACTERS of a text."""
        return self._find(text[:MOST_CHARACTERS], self._entities)

    def _find(self, text: str, entities: list[str] | None = None) -> list[Span]:
        found = self._engine.analyze(
            text, language=self._language, entities=entities, score_threshold=self._least_score
        )
        return [
            Span(start=one.start, end=one.end, kind=kind)
            for one in found
            if (kind := kind_of_entity(one.entity_type)) is not None
        ]


def _engine(settings: PresidioSettings) -> Any:
    """An AnalyzerEngine whose recognisers all work on this machine alone."""
    from presidio_analyzer import AnalyzerEngine, LocalRecognizer, RecognizerRegistry

    language = settings.language
    nlp_engine = _nlp_engine(language, settings.model)
    registry = RecognizerRegistry(supported_languages=[language])
    registry.load_predefined_recognizers(languages=[language], nlp_engine=nlp_engine)
    local = [one for one in registry.recognizers if isinstance(one, LocalRecognizer) and one.name != "EmailRecognizer"]
    registry.recognizers = [*local, _offline_mail(language)]
    return AnalyzerEngine(registry=registry, nlp_engine=nlp_engine, supported_languages=[language])


def _nlp_engine(language: str, model: str) -> Any:
    """Without a model, or with a pipeline that we load: Presidio's own loading downloads what it does not find."""
    models = [{"lang_code": language, "model_name": model or "none"}]
    if not model:
        from presidio_analyzer.nlp_engine import NoOpNlpEngine

        engine: Any = NoOpNlpEngine(models=models)
        engine.load()
        return engine
    import spacy
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    engine = SpacyNlpEngine(models=models)
    engine.nlp = {language: spacy.load(model)}
    return engine


def _offline_mail(language: str) -> Any:
    """Presidio's own asks tldextract, which gets a list of endings from the network; this one uses the shipped list."""
    import tldextract
    from presidio_analyzer.predefined_recognizers import EmailRecognizer

    endings = tldextract.TLDExtract(cache_dir=None, suffix_list_urls=(), fallback_to_snapshot=True)

    class OfflineEmailRecognizer(EmailRecognizer):  # type: ignore[misc]
        def validate_result(self, pattern_text: str) -> bool:
            return bool(endings(pattern_text).fqdn)

    return OfflineEmailRecognizer(supported_language=language)
