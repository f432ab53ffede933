"""The real Presidio, and a spaCy pipeline made here that knows a few phrases. `make test-presidio` runs this folder."""

import pytest
import spacy


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of a pipeline, as a trained one would lie in it."""
    pipeline = spacy.blank("en")
    ruler = pipeline.add_pipe("entity_ruler")
    ruler.add_patterns(
        [
            {"label": "PERSON", "pattern": [{"LOWER": "maria"}, {"LOWER": "lopez"}]},
            {"label": "GPE", "pattern": [{"LOWER": "springfield"}]},
            {"label": "DATE", "pattern": [{"LOWER": "tuesday"}]},
            {"label": "PERSON", "pattern": [{"LOWER": "morning"}]},  # said by the agent of a call in these tests
        ]
    )
    folder = tmp_path_factory.mktemp("spacy") / "model"
    pipeline.to_disk(folder)
    return str(folder)
