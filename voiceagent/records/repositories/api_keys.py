"""API keys of one tenant, and the one look-up that comes before the tenant is known."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from voiceagent.core.errors import Conflict, NotFound
from voiceagent.core.ids import TenantId, new_id
from voiceagent.records.models import ApiKeyModel
from voiceagent.records.secrets import MintedKey
from voiceagent.records.tenancy.context import show_key
from voiceagent.records.values import ApiKey


class ApiKeyRepository:
    def __init__(self, session: AsyncSession, tenant_id: TenantId) -> None:
        self._session = session
        self._tenant_id = tenant_id

    async def add(
        self,
        name: str,
        minted: MintedKey,
        scopes: frozenset[str],
        now: datetime,
        expires_at: datetime | None = None,
        holder: str = "",
        networks: Sequence[str] = (),
    ) -> ApiKey:
        """Store the hash of a new key. `holder`: who made it, "" for a key that answers for itself."""
        row = ApiKeyModel(
            id=new_id("key"),
            tenant_id=self._tenant_id,
            name=name,
            prefix=minted.prefix,
            sha256=minted.sha256,
            scopes=sorted(scopes),
            holder=holder,
            networks=list(networks),
            created_at=now,
            expires_at=expires_at,
        )
        self._session.add(row)
        await self._session.flush()
        return _key_of(row)

    async def list(self) -> Sequence[ApiKey]:
        query = select(ApiKeyModel).where(ApiKeyModel.tenant_id == self._tenant_id).order_by(ApiKeyModel.id)
        return [_key_of(row) for row in await self._session.scalars(query)]

    async def page(self, *, limit: int, after: str = "") -> Sequence[ApiKey]:
        """Oldest first, at most `limit`, of those with larger ids than `after`; with the revoked and expired ones."""
        own = select(ApiKeyModel).where(ApiKeyModel.tenant_id == self._tenant_id, ApiKeyModel.id > after)
        return [_key_of(row) for row in await self._session.scalars(own.order_by(ApiKeyModel.id).limit(limit))]

    async def ids_of(self, holder: str) -> Sequence[str]:
        """The keys that count as `holder`, with those that are over."""
        theirs = select(ApiKeyModel.id).where(ApiKeyModel.tenant_id == self._tenant_id, ApiKeyModel.holder == holder)
        return (await self._session.scalars(theirs)).all()

    async def holders(self) -> Mapping[str, str]:
        """Who answers for each key that does not answer for itself."""
        query = select(ApiKeyModel.id, ApiKeyModel.holder).where(
            ApiKeyModel.tenant_id == self._tenant_id, ApiKeyModel.holder != ""
        )
        return {row.id: row.holder for row in await self._session.execute(query)}

    async def get(self, key_id: str) -> ApiKey:
        """Raises NotFound."""
        return _key_of(await self._row(key_id))

    async def revoke(self, key_id: str, now: datetime) -> None:
        """The key is refused from now on. Raises NotFound."""
        row = await self._row(key_id)
        row.revoked_at = row.revoked_at or now
        await self._session.flush()

    async def revoke_unless_last(self, key_id: str, now: datetime, scope: str) -> None:
        """Likewise, if another valid key has `scope` or this one has not. Raises NotFound, Conflict.

        Of several at once each waits for those before it, so that they do not leave none together.
        """
        valid = select(ApiKeyModel).where(ApiKeyModel.tenant_id == self._tenant_id, ApiKeyModel.revoked_at.is_(None))
        rows = await self._session.scalars(valid.order_by(ApiKeyModel.id).with_for_update())
        holders = {row.id for row in rows if scope in row.scopes and _key_of(row).is_valid(now)}
        if holders == {key_id}:
            raise Conflict(
                f"this is the last key with the scope {scope}: make another one first, "
                "or revoke it on the server with `voiceagent keys revoke`"
            )
        await self.revoke(key_id, now)

    async def revoke_beyond(self, holder: str, scopes: frozenset[str], now: datetime) -> Sequence[str]:
        """Refuse the keys of `holder` that open more than `scopes` from now on: their ids."""
        theirs = select(ApiKeyModel).where(
            ApiKeyModel.tenant_id == self._tenant_id, ApiKeyModel.holder == holder, ApiKeyModel.revoked_at.is_(None)
        )
        rows = await self._session.scalars(theirs.order_by(ApiKeyModel.id).with_for_update())
        beyond = [row for row in rows if not scopes.issuperset(row.scopes)]
        for row in beyond:
            row.revoked_at = now
        await self._session.flush()
        return [row.id for row in beyond]

    async def touch(self, key_id: str, now: datetime) -> None:
        """Remember that the key was used."""
        await self._session.execute(
            update(ApiKeyModel)
            .where(ApiKeyModel.tenant_id == self._tenant_id, ApiKeyModel.id == key_id)
            .values(last_used_at=now)
        )

    async def _row(self, key_id: str) -> ApiKeyModel:
        own = select(ApiKeyModel).where(ApiKeyModel.tenant_id == self._tenant_id, ApiKeyModel.id == key_id)
        row = await self._session.scalar(own)
        if row is None:
            raise NotFound(f"there is no API key {key_id}")
        return row


async def find_api_key(session: AsyncSession, sha256: str) -> ApiKey | None:
    """The key with that hash, whoever owns it."""
    await show_key(session, sha256)
    row = await session.scalar(select(ApiKeyModel).where(ApiKeyModel.sha256 == sha256))
    return None if row is None else _key_of(row)


def _key_of(row: ApiKeyModel) -> ApiKey:
    return ApiKey(
        id=row.id,
        tenant_id=row.tenant_id,
        name=row.name,
        prefix=row.prefix,
        scopes=frozenset(row.scopes),
        holder=row.holder or row.id,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
        networks=tuple(row.networks),
    )
