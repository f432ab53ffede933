"""A call asks for more findings and goes on without them when they do not come. The process is played by our server."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from voiceagent.apps.presidio.finder import PresidioFinder
from voiceagent.apps.presidio.server import serving
from voiceagent.apps.presidio.wire import MOST_CHARACTERS
from voiceagent.compliance.redaction.values import Kind, Span
from voiceagent.core.clock import SystemClock

BUDGET_S = 0.5
Find = Callable[[str], Sequence[Span]]


@pytest.fixture
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("s") / "s"


@pytest.fixture
def finder(path: Path) -> Iterator[PresidioFinder]:
    finder = PresidioFinder(path, BUDGET_S, SystemClock())
    yield finder
    finder.close()


@contextmanager
def process(path: Path, find: Find) -> Iterator[None]:
    """The server in a thread of its own, as a finder waits without an event loop."""
    ready, loops = threading.Event(), []

    async def run() -> None:
        stop = asyncio.Event()
        loops.append((asyncio.get_running_loop(), stop))
        async with serving(path, find):
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    assert ready.wait(5)
    try:
        yield
    finally:
        loop, stop = loops[0]
        loop.call_soon_threadsafe(stop.set)
        thread.join(5)


def whole(text: str) -> Sequence[Span]:
    return [Span(start=0, end=len(text), kind=Kind.NAME)]


def test_findings_come_over_the_socket(path: Path, finder: PresidioFinder) -> None:
    with process(path, whole):
        assert finder.find("Māria\nLopez \u2028 \U0001f600") == [Span(start=0, end=15, kind=Kind.NAME)]
        assert finder.find("") == [Span(start=0, end=0, kind=Kind.NAME)]

    assert finder.unaided == 0


def test_who_takes_too_long_is_not_waited_for_and_asked_nothing_until_then(path: Path, finder: PresidioFinder) -> None:
    asked: list[str] = []
    go_on, answered = threading.Event(), threading.Event()

    def slow(text: str) -> Sequence[Span]:
        asked.append(text)
        if text == "first":
            assert go_on.wait(10)
        answered.set()
        return whole(text)

    with process(path, slow):
        began = SystemClock().monotonic()
        assert finder.find("first") == ()
        assert BUDGET_S * 0.9 < SystemClock().monotonic() - began < BUDGET_S * 4
        began = SystemClock().monotonic()
        assert finder.find("while busy") == ()
        assert SystemClock().monotonic() - began < BUDGET_S, "it does not wait for who is known to be busy"
        go_on.set()
        assert answered.wait(5)
        found = found_at_last(finder, "second one")

    assert found == [Span(start=0, end=10, kind=Kind.NAME)], "the answer to its own text, not the late one"
    assert "while busy" not in asked
    assert finder.unaided >= 2


def found_at_last(finder: PresidioFinder, text: str) -> Sequence[Span]:
    """The late answer is on its way from another thread."""
    return next(found for _ in count() if (found := finder.find(text)))


def test_without_a_process_our_own_rules_stand_alone(path: Path, finder: PresidioFinder) -> None:
    assert finder.find("anything") == ()
    assert finder.unaided == 1


def test_a_process_that_was_started_again_is_found_again(path: Path, finder: PresidioFinder) -> None:
    with process(path, whole):
        assert finder.find("one")
    assert finder.find("two") == ()
    with process(path, whole):
        assert finder.find("three")
    with process(path, whole):
        assert finder.find("four"), "over a connection that is dead"

    assert finder.unaided == 1


def test_a_text_that_cannot_be_looked_at_harms_no_other(path: Path, finder: PresidioFinder) -> None:
    """Neither one that stumbles over there, nor one that is no text in UTF-8."""

    def stumbling(text: str) -> Sequence[Span]:
        if text == "odd":
            raise RecursionError
        return whole(text)

    with process(path, stumbling):
        assert finder.find("odd") == ()
        assert finder.find("\ud800") == ()
        assert finder.find("even")

    assert finder.unaided == 2


def test_of_a_long_text_the_beginning_is_looked_at(path: Path, finder: PresidioFinder) -> None:
    with process(path, whole):
        (found,) = finder.find("\U0001f600" * (MOST_CHARACTERS + 1))

    assert found.end == MOST_CHARACTERS
    assert finder.unaided == 1


@pytest.mark.parametrize("said", [b"{}\n", b"\xff\n", b'[1,[[0,1,"nonsense"]]]\n', b"[1"])
def test_nonsense_is_no_answer(path: Path, finder: PresidioFinder, said: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()

        def answer() -> None:
            asker, _ = listening.accept()
            with asker:
                asker.recv(1000)
                asker.sendall(said)

        thread = threading.Thread(target=answer)
        thread.start()
        assert finder.find("anything") == ()
        thread.join(5)

    assert finder.unaided == 1


def test_the_server_lets_go_of_who_does_not_speak_its_language(path: Path, finder: PresidioFinder) -> None:
    with process(path, whole), socket.socket(socket.AF_UNIX) as stranger:
        stranger.settimeout(5)
        stranger.connect(str(path))
        stranger.sendall(b"GET / HTTP/1.1\n")
        assert stranger.recv(100) == b""
        assert finder.find("ours")
