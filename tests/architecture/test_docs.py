"""Documents name files that exist, and every decision says what enforces it."""

import re
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_TOPS = ("voiceagent", "tests", "docs", "integrations", "examples", "benchmarks", "runs", "deploy", "migrations")
_PATH = re.compile(r"`([\w./*-]+/[\w./*-]*)`")
_LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")


def _documents() -> list[str]:
    found = [*_ROOT.glob("*.md"), *(p for top in _TOPS for p in (_ROOT / top).rglob("*.md"))]
    return sorted(str(path.relative_to(_ROOT)) for path in found)


def _decisions() -> list[str]:
    return [document for document in _documents() if document.startswith("docs/decisions/")]


def _exists(folder: Path, name: str) -> bool:
    return any(folder.glob(name)) if "*" in name else (folder / name).exists()


@pytest.mark.parametrize("document", _documents())
def test_what_a_document_points_to_is_there(document):
    path = _ROOT / document
    text = path.read_text()

    named = [name for name in _PATH.findall(text) if name.split("/")[0] in _TOPS]
    lost = [name for name in named if not _exists(_ROOT, name)]
    lost += [name for name in _LINK.findall(text) if not _exists(path.parent, name)]

    assert lost == []


@pytest.mark.parametrize("document", _decisions())
def test_a_decision_has_its_four_parts_on_one_page(document):
    text = (_ROOT / document).read_text()

    headings = re.findall(r"^## (.+)$", text, flags=re.MULTILINE)
    required = ["Context", "Decision", "Consequences", "What enforces it"]
    assert [heading for heading in headings if heading in required] == required
    assert len(text.splitlines()) <= 60


def test_decisions_are_numbered_without_gaps():
    numbers = [int(Path(document).name[:4]) for document in _decisions()]

    assert numbers == list(range(1, len(numbers) + 1))
