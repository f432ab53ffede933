"""What the API asks of the gateway that runs a call."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from voiceagent.control import keys
from voiceagent.control.connection import BLOCK_MS, RedisConnection, redis_errors
from voiceagent.control.presence import Presence
from voiceagent.core.ids import CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUpCall:
    """End the call as an operator's wish. `by` is the id of the API key that asked."""

    call_id: CallId
    by: str


class Commands:
    """Sends commands to gateways. Every method raises StoreUnavailable."""

    def __init__(self, connection: RedisConnection) -> None:
        self._connection = connection
        self._presence = Presence(connection)

    async def hang_up(self, command: HangUpCall) -> None:
        """Ask the gateway that runs the call. Raises NotFound when none does."""
        key = keys.gateway_commands(await self._presence.gateway_of(command.call_id))
        with redis_errors():
            async with self._connection.pipeline() as pipe:
                pipe.rpush(key, msgspec.json.encode(command))
                pipe.pexpire(key, keys.COMMAND_TTL_MS)
                await pipe.execute()


class CommandReader:
    """What a gateway reads: its commands, each once."""

    def __init__(self, connection: RedisConnection, gateway_id: str) -> None:
        self._redis = connection.client
        self._key = keys.gateway_commands(gateway_id)

    async def read(self) -> Sequence[HangUpCall]:
        """The next command, or nothing after a second. Raises StoreUnavailable."""
        with redis_errors():
            answer: Any = await self._redis.blpop([self._key], timeout=BLOCK_MS / 1000)
        return [] if answer is None else [msgspec.json.decode(answer[1], type=HangUpCall)]
