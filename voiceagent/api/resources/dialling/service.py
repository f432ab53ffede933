"""Has a call placed, as the principal asks. Nothing is dialled here."""

from functools import partial

from voiceagent.api.acts import act_of
from voiceagent.api.principal import Principal
from voiceagent.api.resources.dialling.schemas import DialBody
from voiceagent.api.resources.outbound.service import callee_of
from voiceagent.compliance.dialling.placing import Placed, Placing, check_number, way_of
from voiceagent.compliance.dialling.wish import CallWish
from voiceagent.control.commands import Commands
from voiceagent.records.number_hash import number_hash
from voiceagent.records.unit_of_work import Records


class DialService:
    def __init__(self, *, records: Records, placing: Placing, commands: Commands, pepper: bytes) -> None:
        self._records = records
        self._placing = placing
        self._commands = commands
        self._pepper = pepper

    async def ask(self, principal: Principal, body: DialBody) -> Placed:
        """Decide, and have it dialled when that is allowed.

        Raises BadInput for a line that is not ours, and for a number that is ours or costs extra, NotFound for an agent
        that there is not, Conflict when there is no way out or a call to the number is under way, NoCapacity without a
        free line, StoreUnavailable.
        """
        wish = CallWish(callee=callee_of(body), line=body.line, profile=body.profile, trunk=body.trunk)
        hashed = number_hash(self._pepper, body.number)
        async with self._records.unit_of_work(principal.tenant_id) as work:
            await check_number(work, body.number)
            way = await way_of(work, wish.line, wish.profile, wish.trunk)
            gateway_id = await self._commands.roomiest_gateway()
            placed = await self._placing.place(
                work, wish, way, hashed, by=principal.id, act_of=partial(act_of, principal)
            )
            await work.commit()
        if placed.command is not None:
            await self._commands.dial(gateway_id, placed.command)
        return placed
