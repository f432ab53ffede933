"""What the API asks of gateways: to end a call that runs there, to place one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from voiceagent.control import keys
from voiceagent.control.connection import BLOCK_MS, RedisConnection, redis_errors
from voiceagent.control.presence import Presence
from voiceagent.core.errors import NoCapacity
from voiceagent.core.ids import CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUpCall:
    """End the call as an operator's wish. `by` is the id of the API key that asked."""

    call_id: CallId
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DialCall:
    """Place a call. It was allowed when it was asked for; the gateway asks again before it dials.

    line: the number of ours that they see. number_hash: of the callee, as lists of numbers keep it.
    """

    call_id: CallId
    asked_at: datetime  # aware
    callee: str  # E.164, PII
    number_hash: str
    line: str
    profile: str
    trunk: str
    purpose: str
    campaign: str
    decision_id: str


GatewayCommand = HangUpCall | DialCall


@dataclass(frozen=True, slots=True, kw_only=True)
class _Envelope:
    """One of them. The fields of a HangUpCall stand by themselves, as they always did."""

    call_id: CallId | None = None
    by: str = ""
    dial: DialCall | None = None

    @property
    def command(self) -> GatewayCommand | None:
        """None for one that only newer versions know."""
        return self.dial or (HangUpCall(call_id=self.call_id, by=self.by) if self.call_id is not None else None)


class Commands:
    """Sends commands to gateways. Every method raises StoreUnavailable."""

    def __init__(self, connection: RedisConnection) -> None:
        self._connection = connection
        self._presence = Presence(connection)

    async def hang_up(self, command: HangUpCall) -> None:
        """Ask the gateway that runs the call. Raises NotFound when none does."""
        await self._send(
            await self._presence.gateway_of(command.call_id), _Envelope(call_id=command.call_id, by=command.by)
        )

    async def roomiest_gateway(self, *, but: int = 0, taken: Mapping[str, int] | None = None) -> str:
        """The SIP gateway with most free lines. Raises NoCapacity when none has one, `but` so many.

        taken: lines of gateways that have been told of calls they do not show yet.
        """
        lines_of = await self._presence.free_lines("sip")
        free = [(lines - (taken or {}).get(one, 0), one) for one, lines in lines_of.items()]
        free = [(lines, gateway_id) for lines, gateway_id in free if lines > but]
        if not free:
            raise NoCapacity("every line of every SIP gateway is in use; add lines, or try again later")
        return max(free)[1]

    async def dial(self, gateway_id: str, command: DialCall) -> None:
        """Ask that gateway, which may find its lines taken by then: the call's log tells."""
        await self._send(gateway_id, _Envelope(dial=command))

    async def _send(self, gateway_id: str, envelope: _Envelope) -> None:
        key = keys.gateway_commands(gateway_id)
        with redis_errors():
            async with self._connection.pipeline() as pipe:
                pipe.rpush(key, msgspec.json.encode(envelope))
                pipe.pexpire(key, keys.COMMAND_TTL_MS)
                await pipe.execute()


class CommandReader:
    """What a gateway reads: its commands, each once."""

    def __init__(self, connection: RedisConnection, gateway_id: str) -> None:
        self._redis = connection.client
        self._key = keys.gateway_commands(gateway_id)

    async def read(self) -> Sequence[GatewayCommand]:
        """The next command, or nothing after a second. Raises StoreUnavailable."""
        with redis_errors():
            answer: Any = await self._redis.blpop([self._key], timeout=BLOCK_MS / 1000)
        if answer is None:
            return []
        command = msgspec.json.decode(answer[1], type=_Envelope).command
        return [] if command is None else [command]
