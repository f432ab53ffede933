"""A finder that knows a list of phrases, for tests of what is done with findings."""

from collections.abc import Mapping, Sequence

from voiceagent.compliance.redaction.values import Kind, Span


class ListedEntities:
    """An `EntityFinder`: each phrase wherever it stands. `asked`: the texts that it was shown."""

    def __init__(self, phrases: Mapping[str, Kind]) -> None:
        self._phrases = dict(phrases)
        self.asked: list[str] = []

    def find(self, text: str) -> Sequence[Span]:
        self.asked.append(text)
        return [
            Span(start=start, end=start + len(phrase), kind=kind)
            for phrase, kind in self._phrases.items()
            for start in range(len(text))
            if text.startswith(phrase, start)
        ]
