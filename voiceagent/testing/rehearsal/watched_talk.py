"""A talk that tells what it decides, words and all: the journal withholds them from who did not consent."""

from typing import Any

from voiceagent.audio.playout import PlayedUtterance
from voiceagent.conversation.delegation import DelegationUpdate
from voiceagent.core.ids import DelegationId, UtteranceId
from voiceagent.session.commands import Command, Note
from voiceagent.session.talk import Talk
from voiceagent.telephony.events import AgentSaid
from voiceagent.telephony.work_events import ToolCalled


class WatchedTalk(Talk):
    """The same talk; what happened is in `said` and `tools`."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.said: list[AgentSaid] = []
        self.tools: list[tuple[int, ToolCalled]] = []  # with ms of the media clock
        self._starts: dict[UtteranceId, int] = {}

    @property
    def speaking_since_ms(self) -> int | None:
        """When the utterance began that is being heard or held; None between utterances."""
        return next(iter(self._starts.values()), None)

    @property
    def at_work(self) -> bool:
        """Whether something that the caller wanted is being done, or is done and not said."""
        return self._desk.pending

    def on_started(self, utterance_id: UtteranceId, now_ms: int) -> list[Command]:
        self._starts[utterance_id] = now_ms
        return super().on_started(utterance_id, now_ms)

    def on_ended(self, played: PlayedUtterance) -> list[Command]:
        self._starts.pop(played.utterance_id, None)
        commands = super().on_ended(played)
        self.said += [event for event in _events(commands) if isinstance(event, AgentSaid)]
        return commands

    def on_work(self, delegation_id: DelegationId, update: DelegationUpdate, now_ms: int) -> list[Command]:
        commands = super().on_work(delegation_id, update, now_ms)
        self.tools += [(now_ms, event) for event in _events(commands) if isinstance(event, ToolCalled)]
        return commands


def _events(commands: list[Command]) -> list[object]:
    return [command.event for command in commands if isinstance(command, Note)]
