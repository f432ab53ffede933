"""A responder with a list of answers."""

from collections.abc import Mapping

from voiceagent.conversation.hearing import Hints
from voiceagent.conversation.reply import Reply


class ScriptedResponder:
    """Implements `conversation.reply.Responder`: the words that were said name the reply."""

    def __init__(self, replies: Mapping[str, Reply], fallback: str = "Pardon?") -> None:
        self.committed: list[str] = []
        self._replies = dict(replies)
        self._fallback = Reply(say=fallback, understood=False)

    def hints(self) -> Hints:
        return Hints(name="talk")

    def propose(self, text: str) -> Reply:
        return self._replies.get(text, self._fallback)

    def commit(self, text: str) -> Reply:
        self.committed.append(text)
        return self.propose(text)

    def weave(self, work_intent: str, commentary: str) -> Reply:
        return Reply(say=commentary, intent=work_intent)
