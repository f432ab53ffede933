"""A rehearsed call as its caller lives it: what they do, and what they expect. Times are seconds of the call."""

from collections.abc import Mapping
from typing import Any, Final

from voiceagent.config.yaml_values import nearest
from voiceagent.conversation.phrase import plain_words
from voiceagent.conversation.speech_plan import UtteranceKind
from voiceagent.core.errors import BadInput
from voiceagent.telephony.events import AgentSaid
from voiceagent.testing.rehearsal.agent_folder import AgentFolder, Answer
from voiceagent.testing.rehearsal.stage import Line, Stage
from voiceagent.testing.rehearsal.transcript import (
    Missing,
    TranscriptLine,
    agent_line,
    contains,
    given,
    holds,
    missing,
    tool_line,
)

CALLER: Final = "+12025550101"  # of a range that is set aside for fiction
PATIENCE_S: Final = 7.0  # of silence: what has not begun by then does not come, and soon the agent asks who is there
_PATIENCE_MS: Final = round(PATIENCE_S * 1000)
_QUIET_MS: Final = 400  # nobody begins to speak in the pauses between the agent's sentences
_LONGEST_MS: Final = 120_000  # that a caller listens before they speak
_KEY_MS: Final = 100


class RehearsedCall:
    """Every method lets the call go on until it knows; raises `Missing` when something was expected in vain."""

    def __init__(
        self, agent: AgentFolder, line: Line, *, caller: str = CALLER, answers: Mapping[str, Answer] | None = None
    ) -> None:
        self._stage = Stage(agent, line, caller, answers or {})
        self._tool_names = agent.tool_names
        self._caller_ended_ms = 0
        self._acted_last = False  # the caller did something, and nothing that came of it was expected yet
        self._looked_at = 0  # utterances that an earlier expectation was about
        self._tools_looked_at = 0
        self._caller_lines: list[TranscriptLine] = []

    # -- what the caller does -----------------------------------------------------------------------------------

    async def begin(self, consent: str = "yes") -> None:
        """Call, and answer the consent question by key: "yes" or "no". With "" nobody answers it but the script."""
        stage = self._stage
        await stage.begin()
        if not consent:
            return
        await stage.until(lambda: self._was_asked or not stage.talk.in_opening, _LONGEST_MS)
        if stage.talk.in_opening:
            await self.presses("1" if consent == "yes" else "2")
            await stage.until(lambda: not stage.talk.in_opening, _PATIENCE_MS)
        self._looked_at = len(stage.talk.said)

    async def says(self, text: str) -> None:
        """Wait until the agent has ended and speak; returns when the last word was said."""
        await self._stage.until(self._is_quiet, _LONGEST_MS)
        self._looked_at, self._tools_looked_at = len(self._stage.talk.said), len(self._stage.talk.tools)
        await self._speak(text)

    async def overlaps(self, text: str, *, at: float) -> None:
        """Speak `at` seconds into the agent's utterance, the one that goes on now or else the next."""
        stage, talk = self._stage, self._stage.talk
        await stage.until(lambda: talk.speaking_since_ms is not None, _PATIENCE_MS)
        since_ms = talk.speaking_since_ms
        if since_ms is None:
            raise self._missing(f"the agent did not speak, so nobody could say {text!r} over it", [])
        begins_ms = since_ms + round(at * 1000)
        if stage.now_ms > begins_ms:
            late = f"it had been speaking for {(stage.now_ms - since_ms) / 1000:.1f} s already"
            raise self._missing(f"nobody could say {text!r} {at:g} s into the agent's utterance", [late])
        await stage.until(lambda: stage.now_ms >= begins_ms or talk.speaking_since_ms != since_ms, _LONGEST_MS)
        if talk.speaking_since_ms != since_ms:
            short = f"it ended after {(talk.said[-1].end_ms - since_ms) / 1000:.1f} s"
            raise self._missing(f"nobody could say {text!r} {at:g} s into the agent's utterance", [short])
        await self._speak(text)

    async def presses(self, keys: str) -> None:
        """Press keys, ten in a second."""
        self._caller_lines.append(TranscriptLine(at_ms=self._stage.now_ms, who="caller", text=f"[presses {keys}]"))
        for key in keys:
            self._stage.press(key)
            await self._stage.go_on(_KEY_MS)
        self._caller_ended_ms, self._acted_last = self._stage.now_ms, True

    async def waits(self, seconds: float) -> None:
        """Say nothing for so long."""
        await self._stage.go_on(round(seconds * 1000))

    async def hangs_up(self) -> None:
        """Leave, unless the agent has; the call's books are closed."""
        await self._stage.end()

    # -- what they expect ---------------------------------------------------------------------------------------

    async def heard(self, text: str, *, within: float | None = None, interrupted: bool | None = None) -> AgentSaid:
        """The agent says something with these words in it, after what the caller said last.

        within: seconds from the caller's last word to the first of that utterance. interrupted: whether it was cut.
        """
        _must_have_words(text)
        said = await self._utterance(text)
        self._acted_last = False
        self._looked_at = self._stage.talk.said.index(said) + 1
        begun_s = (said.start_ms - self._caller_ended_ms) / 1000
        if within is not None and begun_s > within:
            late = f"it began {begun_s:.2f} s after the caller had ended"
            raise self._missing(f"the agent did not say {text!r} within {within:g} s", [late])
        if interrupted is not None and interrupted is said.completed:
            cut = "was cut" if not said.completed else "was said to its end"
            raise self._missing(f"the utterance with {text!r} {cut}", [str(agent_line(said))])
        return said

    async def used(
        self, tool: str, arguments: Mapping[str, Any] | None = None, result: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """The tool ran after what the caller said last, with at least these arguments and this result; the result."""
        self._must_know(tool)
        held = (arguments or {}, result or {})
        await self._stage.until(lambda: self._find_tool(tool, *held) is not None, _PATIENCE_MS)
        found = self._find_tool(tool, *held)
        if found is None:
            returned = f" -> {given(held[1])}" if held[1] else ""
            raise self._missing(f"the tool {tool}({given(held[0])}){returned} did not run", self._tools_that_ran())
        self._tools_looked_at = found + 1
        self._acted_last = False
        return self._stage.talk.tools[found][1].result

    async def never_used(self, tool: str) -> None:
        """The tool has not run in this call, nor does it for what the caller did last. Raises BadInput for no tool."""
        self._must_know(tool)
        await self._settle()
        if any(called.name == tool for _, called in self._stage.talk.tools):
            raise self._missing(f"the tool {tool} was not to run", self._tools_that_ran())

    async def never_heard(self, text: str) -> None:
        """The agent has not said it in this call, nor does it to what the caller did last. Raises BadInput."""
        _must_have_words(text)
        await self._settle()
        said = [str(agent_line(one)) for one in self._stage.talk.said if contains(one.played, text)]
        if said:
            raise self._missing(f"the agent was not to say {text!r}", said)

    async def ended(self) -> None:
        """The agent hangs up."""
        if not await self._stage.until(lambda: self._stage.over, 3 * _PATIENCE_MS):
            raise self._missing("the agent did not hang up", self._not_looked_at())

    @property
    def now(self) -> float:
        """How long the call has lasted."""
        return self._stage.now_ms / 1000

    @property
    def transcript(self) -> list[TranscriptLine]:
        """Everything that was said and done, in order."""
        said = [agent_line(one) for one in self._stage.talk.said if one.played]
        ran = [tool_line(called, at_ms) for at_ms, called in self._stage.talk.tools]
        lines = sorted([*self._caller_lines, *ran, *said], key=lambda line: line.at_ms)
        ending = self._stage.ending
        if ending is None:
            return lines
        why = f"[ended: {ending.reason} {ending.detail}".rstrip() + "]"
        return [*lines, TranscriptLine(at_ms=self._stage.now_ms, who="call", text=why)]

    # -- inside -------------------------------------------------------------------------------------------------

    async def _speak(self, text: str) -> None:
        if self._stage.over:
            raise self._missing(f"the call was over before {text!r}", self._not_looked_at())
        self._caller_lines.append(TranscriptLine(at_ms=self._stage.now_ms, who="caller", text=text))
        await self._stage.speak(text)
        self._caller_ended_ms, self._acted_last = self._stage.now_ms, True

    async def _utterance(self, text: str) -> AgentSaid:
        """The first that has the words and was not looked at. One that began in time is heard to its end."""
        stage, begun_ms = self._stage, self._stage.now_ms

        def settled() -> bool:
            last_ms = max([begun_ms, *(one.end_ms for one in stage.talk.said[-1:])])
            speaks = stage.talk.speaking_since_ms is not None
            silent = not speaks and stage.now_ms > last_ms + _PATIENCE_MS
            return self._find_utterance(text) is not None or silent

        await stage.until(settled, _LONGEST_MS)
        found = self._find_utterance(text)
        if found is None:
            raise self._missing(f"the agent did not say {text!r}", self._not_looked_at())
        return found

    def _find_utterance(self, text: str) -> AgentSaid | None:
        return next((one for one in self._stage.talk.said[self._looked_at :] if contains(one.played, text)), None)

    def _find_tool(self, tool: str, arguments: Mapping[str, Any], result: Mapping[str, Any]) -> int | None:
        for at, (_, called) in enumerate(self._stage.talk.tools):
            fits = holds(called.arguments, arguments) and holds(called.result, result)
            if at >= self._tools_looked_at and called.name == tool and fits:
                return at
        return None

    @property
    def _was_asked(self) -> bool:
        return any(one.kind == UtteranceKind.CONSENT for one in self._stage.talk.said)

    def _is_quiet(self) -> bool:
        """The agent has said something, and nothing more for a moment."""
        talk = self._stage.talk
        if talk.speaking_since_ms is not None or not talk.said:
            return False
        return self._stage.now_ms - max(talk.said[-1].end_ms, self._caller_ended_ms) >= _QUIET_MS

    async def _settle(self) -> None:
        """Let what the caller did last have its effect: work ends and is told, and nobody speaks."""
        if not self._acted_last:
            return
        stage, talk = self._stage, self._stage.talk
        busy_ms = stage.now_ms

        def settled() -> bool:
            nonlocal busy_ms
            if talk.speaking_since_ms is not None or talk.at_work:
                busy_ms = stage.now_ms
            answered = any(one.start_ms >= self._caller_ended_ms for one in talk.said)
            return stage.now_ms - busy_ms >= (_QUIET_MS if answered else _PATIENCE_MS)

        await stage.until(settled, _LONGEST_MS)
        self._acted_last = False

    def _must_know(self, tool: str) -> None:
        if tool not in self._tool_names:
            raise BadInput(f"there is no tool {tool!r}; {nearest(tool, self._tool_names)}")

    def _not_looked_at(self) -> list[str]:
        return [str(agent_line(one)) for one in self._stage.talk.said[self._looked_at :] if one.played]

    def _tools_that_ran(self) -> list[str]:
        return [str(tool_line(called, at_ms)) for at_ms, called in self._stage.talk.tools]

    def _missing(self, expected: str, instead: list[str]) -> Missing:
        return missing(expected, instead, self.transcript)


def _must_have_words(text: str) -> None:
    if not plain_words(text):
        raise BadInput(f"{text!r} has no words, so it cannot be listened for")
