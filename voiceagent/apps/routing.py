"""The routing snapshot: published at start from the configuration, cached by every process that routes or plans.

A gateway never asks Postgres who may call: it works from the snapshot it saw last, also while Redis is away.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
import pydantic
import structlog

from voiceagent.config.settings import Settings
from voiceagent.config.trunk_settings import TrunkSettings, trunk_password
from voiceagent.control.connection import RedisConnection
from voiceagent.control.directory import RoutingDirectory, RoutingSnapshot
from voiceagent.conversation.profile import AgentProfile
from voiceagent.core.errors import ConfigError, NotFound, StoreUnavailable, Unavailable
from voiceagent.core.ids import TrunkId
from voiceagent.telephony.digest import DigestCredentials
from voiceagent.telephony.routing import Directory, Number, Trunk

_log = structlog.get_logger(__name__)
_REFRESH_S = 2.0
_FIRST_TRIES = 100


def snapshot_of(
    settings: Settings,
    profiles: Mapping[str, AgentProfile],
    versions: Mapping[str, int],
    numbers: Mapping[str, str],
) -> RoutingSnapshot:
    """The snapshot that the configuration means; passwords stay out of it. `numbers`: the profile of each."""
    documents: list[dict[str, Any]] = [
        {**msgspec.to_builtins(profile), "version": versions.get(profile.name, profile.version)}
        for profile in profiles.values()
    ]
    return RoutingSnapshot(
        tenant_id=settings.tenant,
        trunks=[trunk.model_dump(mode="json") for trunk in settings.trunks],
        numbers=[{"number": number, "profile": profile} for number, profile in numbers.items()],
        profiles=documents,
    )


class RoutingCache:
    """The last snapshot seen. `directory` and `profiles` are replaced whole."""

    def __init__(self, connection: RedisConnection) -> None:
        self._source = RoutingDirectory(connection)
        self._version = 0
        self.directory = Directory()
        self.profiles: dict[str, AgentProfile] = {}

    async def first_load(self) -> None:
        """Wait for a snapshot at start. Raises Unavailable."""
        for _ in range(_FIRST_TRIES):
            if await self._refresh():
                return
            await asyncio.sleep(0.1)
        raise Unavailable("no routing snapshot in Redis: start with `voiceagent up`, which publishes it")

    async def run(self) -> None:
        """Follow new snapshots until cancelled."""
        while True:
            await asyncio.sleep(_REFRESH_S)
            await self._refresh()

    def find(self, name: str) -> AgentProfile | None:
        """The published profile of that name."""
        return self.profiles.get(name)

    async def load(self, name: str, version: int) -> AgentProfile:
        """Implements `background.agent.ProfileSource`. Raises NotFound."""
        profile = self.profiles.get(name)
        if profile is None or profile.version != version:
            raise NotFound(f"profile {name} version {version} is not published")
        return profile

    async def _refresh(self) -> bool:
        """Whether a newer snapshot was taken; a snapshot that contradicts itself is reported and not taken."""
        try:
            snapshot = await self._source.load(self._version)
            if snapshot is None:
                return False
            self._take(snapshot)
        except StoreUnavailable as error:
            _log.warning("routing snapshot not refreshed", problem=str(error))
            return False
        except (ConfigError, msgspec.ValidationError, pydantic.ValidationError) as error:
            _log.error("routing snapshot refused, the one before it stays", problem=str(error))
            return False
        return True

    def _take(self, snapshot: RoutingSnapshot) -> None:
        self._version = snapshot.version
        directory = directory_of(snapshot)
        profiles = {document["name"]: msgspec.convert(document, AgentProfile) for document in snapshot.profiles}
        self.directory, self.profiles = directory, profiles


def directory_of(snapshot: RoutingSnapshot) -> Directory:
    """Who may call, by the snapshot. Raises ConfigError that names the trunk or number that is wrong."""
    return Directory(
        trunks=tuple(
            trunk_of(TrunkSettings(**msgspec.convert(document, dict[str, Any]))) for document in snapshot.trunks
        ),
        numbers=tuple(Number(number=entry["number"], profile=entry["profile"]) for entry in snapshot.numbers),
    )


def configured_directory(settings: Settings) -> Directory:
    """What gateways will route by, made as they make it; the way to find out early that they could not.

    Raises ConfigError that names the trunk or number that is wrong.
    """
    numbers = {number.number: number.profile for number in settings.numbers}
    return directory_of(snapshot_of(settings, {}, {}, numbers))


def trunk_of(settings: TrunkSettings) -> Trunk:
    """The trunk with its password out of the environment. Raises ConfigError."""
    digest = None
    if settings.username:
        digest = DigestCredentials.from_password(settings.username, settings.realm, trunk_password(settings))
    outbound = settings.outbound.peer(settings.name) if settings.outbound else None
    return Trunk(
        trunk_id=TrunkId(settings.name), name=settings.name, allow=settings.allow, digest=digest, outbound=outbound
    )
