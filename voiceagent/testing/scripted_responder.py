"""A responder with a list of answers."""

from collections.abc import Mapping

from voiceagent.conversation.hearing import Hints
from voiceagent.conversation.reply import Reply, WorkRequest


class ScriptedResponder:
    """Implements `conversation.reply.Responder`: the words that were said name the reply, with a "?" behind them where
    there is another one for who was asked something."""

    def __init__(self, replies: Mapping[str, Reply], fallback: str = "Pardon?") -> None:
        self.committed: list[str] = []
        self.asked_about: list[WorkRequest] = []
        self._replies = dict(replies)
        self._fallback = Reply(say=fallback, understood=False)

    def learn(self, replies: Mapping[str, Reply]) -> None:
        """Answer like this from now on."""
        self._replies = dict(replies)

    def hints(self) -> Hints:
        return Hints(name="talk")

    def propose(self, text: str, *, asked: str) -> Reply:
        reply = self._replies.get(text, self._fallback)
        return self._replies.get(f"{text}?", reply) if asked else reply

    def complete(self, text: str, *, asked: str) -> bool:
        """Every text that is known."""
        return self.propose(text, asked=asked).understood

    def commit(self, text: str, *, asked: str) -> Reply:
        self.committed.append(text)
        return self.propose(text, asked=asked)

    def weave(self, work_intent: str, commentary: str) -> Reply:
        return Reply(say=commentary, intent=work_intent)

    def captured(self, *, complete: bool) -> Reply:
        """The replies of "(captured)" and "(not captured)"."""
        return self._replies["(captured)" if complete else "(not captured)"]

    def read_back(self, request: WorkRequest, text: str) -> Reply:
        self.asked_about.append(request)
        return Reply(say=text, intent=request.intent)
