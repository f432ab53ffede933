"""The side of a call: ask the Presidio process, and go on without it when the answer does not come in time.

The event of a turn is masked before anything else happens in its call, so this blocks on purpose, and never for longer
than the budget. A late answer is read and dropped later; until then nothing more is asked.
"""

import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import structlog

from voiceagent.apps.presidio.wire import MOST_CHARACTERS, Answer, Question
from voiceagent.compliance.redaction.values import Span
from voiceagent.core.clock import Clock

_log = structlog.get_logger(__name__)
_answer = msgspec.json.Decoder(Answer)
_BLOCK: Final = 64 * 1024


class PresidioFinder:
    """An `EntityFinder`. `unaided`: texts so far that it could not, or not wholly, be asked about."""

    def __init__(self, path: Path, budget_s: float, clock: Clock) -> None:
        self._path = path
        self._budget_s = budget_s
        self._clock = clock
        self._socket: socket.socket | None = None
        self._read = b""
        self._asked = 0
        self._answered = 0
        self._is_well = True
        self.unaided = 0

    def find(self, text: str) -> Sequence[Span]:
        """Nothing when nobody could look in time. Of a long text the first MOST_CHARACTERS are looked at."""
        deadline_s = self._clock.monotonic() + self._budget_s
        try:
            answer = self._ask_again(text[:MOST_CHARACTERS], deadline_s)
        except TimeoutError:
            return self._went_without("too slow")
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            self.close()
            return self._went_without(type(error).__name__)
        if answer.found is None:
            return self._went_without("it could not look at the text")
        self._was_there()
        if len(text) > MOST_CHARACTERS:
            self.unaided += 1
        return [Span(start=one.start, end=one.end, kind=one.kind) for one in answer.found]

    def close(self) -> None:
        """Forget the connection; the next text opens another one."""
        if self._socket is not None:
            self._socket.close()
        self._socket = None
        self._read, self._answered = b"", self._asked

    def _ask_again(self, text: str, deadline_s: float) -> Answer:
        """A connection from before a restart of the process is found to be dead when it is used."""
        was_open = self._socket is not None
        try:
            return self._ask(text, deadline_s)
        except ConnectionError:
            self.close()
            if not was_open:
                raise
            return self._ask(text, deadline_s)

    def _ask(self, text: str, deadline_s: float) -> Answer:
        """Raises TimeoutError, OSError, MsgspecError."""
        connection = self._connected(deadline_s)
        while self._answered < self._asked:
            self._next(connection, 0.0)  # what is late, without waiting: while it is busy nothing more is asked
        question = msgspec.json.encode(Question(self._asked + 1, text)) + b"\n"
        connection.settimeout(self._left_s(deadline_s))
        if connection.send(question) < len(question):  # the buffer of a socket is longer than any question
            raise ConnectionAbortedError
        self._asked += 1
        return self._next(connection, deadline_s)

    def _connected(self, deadline_s: float) -> socket.socket:
        if self._socket is None:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                self._socket.settimeout(self._left_s(deadline_s))
                self._socket.connect(str(self._path))
            except OSError:
                self.close()
                raise
        return self._socket

    def _next(self, connection: socket.socket, deadline_s: float) -> Answer:
        """The next answer, in the order of the questions; deadline 0: what is there already."""
        while b"\n" not in self._read:
            connection.settimeout(self._left_s(deadline_s) if deadline_s else 0.0)
            try:
                block = connection.recv(_BLOCK)
            except BlockingIOError:
                raise TimeoutError from None
            if not block:
                raise ConnectionResetError
            self._read += block
        line, _, self._read = self._read.partition(b"\n")
        answer = _answer.decode(line)
        self._answered = answer.number
        return answer

    def _left_s(self, deadline_s: float) -> float:
        left_s = deadline_s - self._clock.monotonic()
        if left_s <= 0:
            raise TimeoutError
        return left_s

    def _went_without(self, reason: str) -> Sequence[Span]:
        self.unaided += 1
        if self._is_well:  # the first of a row: a line for each turn would tell nothing more
            _log.warning("presidio did not look; our own rules stand alone", reason=reason, unaided=self.unaided)
        self._is_well = False
        return ()

    def _was_there(self) -> None:
        if not self._is_well:
            _log.info("presidio looks again", unaided=self.unaided)
        self._is_well = True
