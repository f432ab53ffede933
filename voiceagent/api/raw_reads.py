"""Notes who opens recordings and unmasked words, and refuses who has opened too many of them today."""

from dataclasses import replace

from voiceagent.api.principal import Principal, is_user
from voiceagent.compliance.read_budget import RAW, SPENT, ReadBudget, check, day_of
from voiceagent.core.clock import Clock
from voiceagent.core.errors import TooManyRequests
from voiceagent.records.audit.act import Act
from voiceagent.records.unit_of_work import UnitOfWork


class RawReads:
    def __init__(self, budget: ReadBudget, clock: Clock) -> None:
        self._budget = budget
        self._clock = clock

    async def commit(self, work: UnitOfWork, principal: Principal, act: Act) -> None:
        """Note that something raw is read, and commit. Raises TooManyRequests, which is noted as well."""
        now = self._clock.now()
        most = self._budget.most(is_person=is_user(principal.holder))
        refused = None
        if most is not None:
            await work.audit.hold()  # so that of many at once each is counted
            theirs = [principal.holder, *await work.api_keys.ids_of(principal.holder)]
            opened = await work.audit.read(theirs, reason=RAW, since=day_of(now))
            try:
                check(opened, _what(act), most, now)
            except TooManyRequests as error:
                refused = error
        noted = replace(act, reason=RAW) if refused is None else replace(act, result="refused", reason=SPENT)
        await work.audit.append(noted, now)
        await work.commit()
        if refused is not None:
            raise refused


def _what(act: Act) -> tuple[bool, str]:
    """The words of a call count once, however they are read; its sound counts beside them."""
    return act.action == "recording.read", act.object_id
