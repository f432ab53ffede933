"""A rehearsed call for a test that runs on a loop of its own: the call's time goes on only while the test awaits it."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import wraps
from itertools import count
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import msgspec

from voiceagent.core.errors import ConfigError
from voiceagent.telephony.events import AgentSaid
from voiceagent.testing.rehearsal.agent_folder import Answer, read_agent
from voiceagent.testing.rehearsal.call import CALLER, RehearsedCall
from voiceagent.testing.rehearsal.text_line import TextLine
from voiceagent.testing.rehearsal.transcript import Missing, TranscriptLine
from voiceagent.testing.rehearsal.virtual_time import VirtualTimeLoop

_T = TypeVar("_T")
_P = ParamSpec("_P")
_Step = Callable[Concatenate["CalledAgent", _P], Coroutine[Any, Any, _T]]
_CONSENTS = ("yes", "no", "script")


def _step(method: _Step[_P, _T]) -> _Step[_P, _T]:
    """A step that is known from when it is written until it is awaited."""

    @wraps(method)
    def written(self: "CalledAgent", /, *args: _P.args, **kwargs: _P.kwargs) -> Coroutine[Any, Any, _T]:
        self.touched = True
        key = next(self._keys)

        async def awaited() -> _T:
            __tracebackhide__ = True
            del self._not_awaited[key]
            return await method(self, *args, **kwargs)

        step = awaited()
        self._not_awaited[key] = (method.__name__, step)
        return step

    return written


class CalledAgent:
    """What the fixture `call` gives to a test. The call lives in a thread of its own, so any test runner will do.

    answers: tool -> {"returns": {...}, "takes_s": 2} or {"unavailable": True}, instead of running it.
    """

    def __init__(
        self,
        folder: Path,
        *,
        caller: str = CALLER,
        consent: str = "yes",
        answers: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        """Call, and go through the opening. Raises ConfigError with the place of each mistake in the folder."""
        if consent not in _CONSENTS:
            raise ConfigError(f"consent is {consent!r}; write one of {', '.join(_CONSENTS)}")
        self.touched = False  # the test did or looked at something
        self._keys = count()
        self._not_awaited: dict[int, tuple[str, Coroutine[Any, Any, object]]] = {}
        agent = read_agent(folder)
        stand_ins = _answers(answers or {})
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="call")
        self._runner = asyncio.Runner(loop_factory=VirtualTimeLoop)

        async def begin() -> RehearsedCall:
            call = RehearsedCall(agent, TextLine(agent.profile), caller=caller, answers=stand_ins)
            await call.begin("" if consent == "script" else consent)
            return call

        try:
            self._call = self._submit(begin).result()
        except BaseException:
            self._end_thread()
            raise

    @_step
    async def says(self, text: str) -> None:
        """Wait until the agent has ended and speak; returns when the last word was said."""
        __tracebackhide__ = True
        await self._let(lambda: self._call.says(text))

    @_step
    async def overlaps(self, text: str, *, at: float) -> None:
        """Speak `at` seconds into the agent's utterance, the one that goes on now or else the next."""
        __tracebackhide__ = True
        await self._let(lambda: self._call.overlaps(text, at=at))

    @_step
    async def presses(self, keys: str) -> None:
        """Press keys of the phone."""
        await self._let(lambda: self._call.presses(keys))

    @_step
    async def waits(self, seconds: float) -> None:
        """Say nothing for so long."""
        await self._let(lambda: self._call.waits(seconds))

    @_step
    async def heard(self, text: str, *, within: float | None = None, interrupted: bool | None = None) -> AgentSaid:
        """The agent says something with these words in it, after what the caller said last.

        within: seconds from the caller's last word to the first of that utterance. interrupted: whether it was cut.
        """
        __tracebackhide__ = True
        return await self._let(lambda: self._call.heard(text, within=within, interrupted=interrupted))

    @_step
    async def used(self, /, tool: str, **arguments: Any) -> dict[str, Any]:
        """The tool ran after what the caller said last, with at least these arguments; its result."""
        __tracebackhide__ = True
        return await self._let(lambda: self._call.used(tool, arguments))

    @_step
    async def ended(self) -> None:
        """The agent hangs up."""
        __tracebackhide__ = True
        await self._let(self._call.ended)

    def never_heard(self, text: str) -> None:
        """The agent has not said it in this call, nor does it to what the caller did last."""
        __tracebackhide__ = True
        self._know(lambda: self._call.never_heard(text))

    def never_used(self, tool: str) -> None:
        """The tool has not run in this call, nor does it for what the caller did last."""
        __tracebackhide__ = True
        self._know(lambda: self._call.never_used(tool))

    @property
    def now(self) -> float:
        """How long the call has lasted, in seconds."""
        self.touched = True
        return self._call.now

    @property
    def transcript(self) -> list[TranscriptLine]:
        """Everything that was said and done, in order."""
        self.touched = True
        return self._call.transcript

    @property
    def not_awaited(self) -> list[str]:
        """The steps that were written and did not happen."""
        return [name for name, _ in self._not_awaited.values()]

    def close(self) -> None:
        """Hang up and end the thread."""
        for _, step in self._not_awaited.values():
            step.close()  # or Python warns of each once more
        try:
            self._submit(self._call.hangs_up).result()
        finally:
            self._end_thread()

    async def _let(self, go_on: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
        """Let the call go on; what was missed is raised here, without the way through the thread."""
        __tracebackhide__ = True
        try:
            return await asyncio.wrap_future(self._submit(go_on))
        except Missing as missed:
            raise Missing(str(missed)) from None

    def _know(self, find_out: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """As `_let`, for what a test need not await."""
        __tracebackhide__ = True
        self.touched = True
        try:
            self._submit(find_out).result()
        except Missing as missed:
            raise Missing(str(missed)) from None

    def _submit(self, start: Callable[[], Coroutine[Any, Any, _T]]) -> Future[_T]:
        return self._thread.submit(lambda: self._runner.run(start()))

    def _end_thread(self) -> None:
        self._thread.submit(self._runner.close).result()
        self._thread.shutdown()


def _answers(answers: Mapping[str, Mapping[str, Any]]) -> dict[str, Answer]:
    try:
        return msgspec.convert(dict(answers), dict[str, Answer])
    except msgspec.ValidationError as error:
        raise ConfigError(f"answers: {error}; write like {{'shop.stock': {{'returns': {{'found': True}}}}}}") from error
