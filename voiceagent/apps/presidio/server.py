"""Answers questions over the unix socket, one after the other: they are short, and looking takes the processor."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import structlog

from voiceagent.apps.presidio.wire import LONGEST_LINE, Answer, FoundSpan, Question
from voiceagent.compliance.redaction.values import Span

_log = structlog.get_logger(__name__)
_question = msgspec.json.Decoder(Question)


@asynccontextmanager
async def serving(path: Path, find: Callable[[str], Sequence[Span]]) -> AsyncIterator[None]:
    """Until the block ends. What `find` raises is told to who asked, by an answer without findings."""
    askers: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        askers.add(writer)
        try:
            while line := await reader.readline():
                writer.write(msgspec.json.encode(_answer(_question.decode(line), find)) + b"\n")
                await writer.drain()
        except (OSError, ValueError) as error:  # gone, or nobody of ours: lines too long, no JSON
            _log.warning("an asker is let go", problem=type(error).__name__)
        finally:
            askers.discard(writer)
            writer.close()

    server = await asyncio.start_unix_server(serve, path, limit=LONGEST_LINE)
    try:
        yield
    finally:
        server.close()
        for writer in askers:
            writer.close()


def _answer(question: Question, find: Callable[[str], Sequence[Span]]) -> Answer:
    try:
        found = find(question.text)
    except Exception as error:  # noqa: BLE001 - whatever a recogniser stumbles over, the next text may be another
        _log.warning("a text could not be looked at", problem=type(error).__name__)
        return Answer(question.number, None)
    return Answer(question.number, [FoundSpan(one.start, one.end, one.kind) for one in found])
