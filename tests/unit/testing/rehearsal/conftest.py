"""A small agent in a folder, for rehearsals that take a moment."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from voiceagent.testing.rehearsal.agent_folder import AgentFolder, read_agent
from voiceagent.testing.rehearsal.call import RehearsedCall
from voiceagent.testing.rehearsal.text_line import TextLine
from voiceagent.testing.rehearsal.virtual_time import VirtualTimeLoop

AGENT = """
name: shop
company: Shop
opening:
  disclosure: I am an assistant.
  notice: Calls are recorded.
  question: May we record it?
  thanks_granted: Thank you.
  thanks_denied: That's fine.
  "yes": ["yes"]
  "no": ["no"]
greeting: How can I help?
slots:
  item: {type: choice, ask: "Which thing do you mean?", choices: {boots: [boots], a tent: [a tent, tent]}}
intents:
  stock:
    phrases: ["do you have {item}", is it in stock]
    needs: [item]
    tool: shop.stock
    say: We have {left} of {item} in the shop, and you can come and take it home today until six in the evening.
    not_found: We have no {item}.
  reserve:
    phrases: ["keep {item} for me"]
    needs: [item]
    tool: shop.reserve
    confirm: Shall I keep {item} for you?
    say: I keep {item} until tomorrow.
    not_found: We have no {item}.
    declined: Then I do not.
  goodbye:
    phrases: [goodbye]
    say: Bye bye.
    then: hang_up
fallback: ["Pardon?"]
apology: Sorry, something broke.
unreachable: I can not reach the shop.
"""
TOOLS = """
import asyncio
import threading

from voiceagent.tools import Caller, Effect, IdempotencyKey, tool


@tool(name="shop.stock", effect=Effect.READ, timeout_s=3)
async def stock(item: str) -> dict[str, object]:
    left = await asyncio.to_thread(lambda: 3)
    if item == "a tent":
        await asyncio.sleep(60)
    return {"found": True, "left": left}


@tool(name="shop.reserve", effect=Effect.WRITE)
async def reserve(caller: Caller, key: IdempotencyKey, item: str) -> dict[str, object]:
    return {"found": True, "for_number": caller.number}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "agent.yaml").write_text(AGENT)
    (tmp_path / "tools.py").write_text(TOOLS)
    return tmp_path


@pytest.fixture
def agent(folder: Path) -> AgentFolder:
    return read_agent(folder)


Rehearse = Callable[[Callable[[RehearsedCall], Awaitable[None]]], RehearsedCall]


@pytest.fixture
def rehearse(agent: AgentFolder) -> Rehearse:
    """Run a script on a call; the call afterwards."""

    async def run(script: Callable[[RehearsedCall], Awaitable[None]]) -> RehearsedCall:
        call = RehearsedCall(agent, TextLine(agent.profile))
        await call.begin()
        try:
            await script(call)
        finally:
            await call.hangs_up()
        return call

    def started(script: Callable[[RehearsedCall], Awaitable[None]]) -> RehearsedCall:
        with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
            return runner.run(run(script))

    return started
