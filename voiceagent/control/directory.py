"""The routing snapshot that gateways work from: published whole, cached by each, so that routing outlives Redis."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from voiceagent.control import keys
from voiceagent.control.connection import RedisConnection, redis_errors

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingSnapshot:
    """Trunks, numbers and agent profiles of one tenant as JSON documents; `version` grows with every publication."""

    tenant_id: str
    trunks: Sequence[Document]
    numbers: Sequence[Document]
    profiles: Sequence[Document]
    version: int = 0


# One script, so that two publishers cannot leave the older snapshot under the newer version.
_PUBLISH = """
local version = redis.call('HINCRBY', KEYS[1], 'version', 1)
redis.call('HSET', KEYS[1], 'document', ARGV[1])
return version
"""


class RoutingDirectory:
    """Publishes and loads the snapshot. Every method raises StoreUnavailable."""

    def __init__(self, connection: RedisConnection) -> None:
        self._redis = connection.client
        self._publish = self._redis.register_script(_PUBLISH)

    async def publish(self, snapshot: RoutingSnapshot) -> int:
        """Replace what gateways route by; the new version."""
        with redis_errors():
            return int(await self._publish(keys=[keys.DIRECTORY], args=[msgspec.json.encode(snapshot)]))

    async def load(self, known_version: int = 0) -> RoutingSnapshot | None:
        """The snapshot when it is newer than `known_version`, else None."""
        with redis_errors():
            answer: Any = await self._redis.hmget(keys.DIRECTORY, ["version", "document"])
        version, document = answer
        if version is None or int(version) <= known_version:
            return None
        snapshot = msgspec.json.decode(document, type=dict[str, Any])
        return RoutingSnapshot(**{**snapshot, "version": int(version)})
