"""What calls' processes and the Presidio process say to each other: one JSON array a line, over a unix socket.

A number ties an answer to its question, since who asked may long have gone on without it.
"""

from pathlib import Path
from typing import Final

import msgspec

from voiceagent.apps.embedded.layout import layout_of
from voiceagent.compliance.redaction.values import Kind

MOST_CHARACTERS: Final = 2_000  # of a text that is looked at: some three minutes of speech
LONGEST_LINE: Final = 64 * 1024  # bytes; 2,000 characters take 24 KB at most, as \\u escapes


class Question(msgspec.Struct, array_like=True, frozen=True):
    """What is personal in this text?"""

    number: int
    text: str


class FoundSpan(msgspec.Struct, array_like=True, frozen=True):
    """Characters [start, end) of the text."""

    start: int
    end: int
    kind: Kind


class Answer(msgspec.Struct, array_like=True, frozen=True):
    """`found` is None when the text could not be looked at."""

    number: int
    found: list[FoundSpan] | None


def socket_of(state: Path) -> Path:
    """Where the process of this installation listens, for its owner only. Raises ConfigError."""
    return layout_of(state, "presidio").sockets / "presidio.sock"
