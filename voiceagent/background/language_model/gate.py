"""The gate: every tool that a model wants passes here, and nowhere else is one run for it.

A read runs. A change is proposed and read back in our words; only the caller's yes, which no model can say, commits it.
Who is calling comes from signalling. Every wish is recorded with the rule that decided it, those that were refused too.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from voiceagent.background.effects.ledger import EffectLedger
from voiceagent.background.effects.policy import Decision, Ruling, decide
from voiceagent.background.effects.proposing import Change, propose
from voiceagent.background.language_model.contract import ToolWish, WishAnswer
from voiceagent.background.language_model.offers import Offered
from voiceagent.background.language_model.read_back import read_back
from voiceagent.background.stopping import Audience
from voiceagent.background.tool_outcome import ToolOutcome, ToolStatus
from voiceagent.background.tool_record import tool_ran
from voiceagent.background.tool_results import clean_text
from voiceagent.background.tools import Caller, Tool
from voiceagent.conversation.delegation import DelegationUpdate, ToolRan
from voiceagent.conversation.effects import Entry
from voiceagent.conversation.profile import AgentProfile
from voiceagent.core.clock import Clock
from voiceagent.core.errors import BadInput

MAX_ARGUMENT_BYTES: Final = 4096  # as JSON; what somebody said on the phone is shorter
UNLISTED: Final = "the profile does not list it"
TOO_LARGE: Final = f"its arguments are no JSON object of at most {MAX_ARGUMENT_BYTES} bytes"
NOT_TELLABLE: Final = "it cannot be read back in full"
CUT_OFF: Final = "the delegation ended first"
NO_TOOL: Final = "unlisted"  # recorded instead of a name that only the model knows
ONE_AT_A_TIME: Final = "another change waits for the caller's yes"

Policy = Callable[[Tool, Caller, Entry | None, datetime], Decision]


class ToolGate:
    """The tools of one delegation. `settled` is what the caller is told of a change; then nothing else is said."""

    def __init__(
        self,
        *,
        profile: AgentProfile,
        offered: Mapping[str, Offered],
        caller: Caller,
        ledger: EffectLedger,
        clock: Clock,
        policy: Policy = decide,
        audience: Audience | None = None,
    ) -> None:
        self._profile = profile
        self._offered = offered
        self._caller = caller
        self._ledger = ledger
        self._clock = clock
        self._policy = policy
        self._audience = audience or Audience()
        self.ran: list[ToolRan] = []
        self.results: list[dict[str, Any]] = []
        self.settled: tuple[DelegationUpdate, ...] = ()

    async def use(self, wish: ToolWish) -> WishAnswer:
        """Run it, propose it or refuse it. Raises StoreUnavailable."""
        offered = self._offered.get(wish.name)
        if offered is None:
            return self._refuse(wish, NO_TOOL, UNLISTED, detail=f"there is no tool {wish.name}")
        name = offered.tool.name
        if wish.arguments is None or not _is_small(wish.arguments):
            return self._refuse(wish, name, TOO_LARGE)
        if self.settled:
            return self._refuse(wish, name, ONE_AT_A_TIME)
        decision = self._policy(offered.tool, self._caller, None, self._clock.now())
        match decision.ruling:
            case Ruling.RUN:
                return await self._run(wish, wish.arguments, offered.tool, decision.rule)
            case Ruling.ASK:
                return await self._ask(wish, wish.arguments, offered)
            case Ruling.REFUSE:
                return self._refuse(wish, name, decision.rule)

    async def _run(self, wish: ToolWish, arguments: Mapping[str, Any], tool: Tool, rule: str) -> WishAnswer:
        try:
            outcome = await tool.call(arguments, caller=self._caller, clock=self._clock, audience=self._audience)
        except asyncio.CancelledError:
            status = ToolStatus.STOPPED if self._audience.stop.wanted else ToolStatus.TIMEOUT
            cut = ToolOutcome(status=status, arguments={}, error=CUT_OFF)
            self.ran.append(tool_ran(tool.name, cut, rule))
            raise
        self.ran.append(tool_ran(tool.name, outcome, rule))
        if outcome.status is not ToolStatus.OK:
            return _answer(wish, status=outcome.status.value, data_from_outside={"error": outcome.error})
        self.results.append(outcome.result)
        return _answer(wish, status="ok", data_from_outside=outcome.result)

    async def _ask(self, wish: ToolWish, arguments: Mapping[str, Any], offered: Offered) -> WishAnswer:
        try:
            valid, question = read_back(offered, self._profile, arguments)
        except BadInput as error:
            return self._refuse(wish, offered.tool.name, NOT_TELLABLE, detail=str(error))
        change = Change(tool=offered.tool, caller=self._caller, arguments=valid)
        now = self._clock.now()
        self.settled = await propose(self._ledger, change, lambda: question, self._profile.changes, now)
        return _answer(wish, status="the caller is being asked")

    def _refuse(self, wish: ToolWish, name: str, rule: str, detail: str = "") -> WishAnswer:
        """Names and rules are ours and stay without consent; the detail may quote the call, and goes with its words."""
        why = clean_text(detail or rule)
        self.ran.append(tool_ran(name, ToolOutcome(status=ToolStatus.ERROR, arguments={}, error=why), rule))
        return _answer(wish, status="refused", rule=why)


def _is_small(arguments: Mapping[str, Any]) -> bool:
    try:
        return len(msgspec.json.encode(arguments)) <= MAX_ARGUMENT_BYTES
    except (TypeError, ValueError, OverflowError, RecursionError):
        return False


def _answer(wish: ToolWish, **content: object) -> WishAnswer:
    return WishAnswer(wish=wish, content=msgspec.json.encode(content).decode())
