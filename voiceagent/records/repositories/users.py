"""People of one tenant who use the API."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from voiceagent.core.errors import Conflict, NotFound
from voiceagent.core.ids import TenantId, new_id
from voiceagent.records.models import UserModel
from voiceagent.records.user_values import Person, Role, RolesFrom, User


class UserRepository:
    def __init__(self, session: AsyncSession, tenant_id: TenantId) -> None:
        self._session = session
        self._tenant_id = tenant_id

    async def add(
        self,
        person: Person,
        roles: frozenset[Role],
        *,
        by: str,
        now: datetime,
        roles_from: RolesFrom = RolesFrom.HERE,
    ) -> User:
        """`by` is "" for whoever comes by their groups. Raises Conflict when they are here already."""
        user_id = new_id("usr")
        row = UserModel(
            id=user_id,
            tenant_id=self._tenant_id,
            issuer=person.issuer,
            subject=person.subject,
            email=_folded(person.email),
            name=person.name,
            roles=sorted(roles),
            roles_from=roles_from.value,
            created_at=now,
            created_by=by or user_id,
        )
        try:
            async with self._session.begin_nested():
                self._session.add(row)
        except IntegrityError as error:
            raise Conflict(
                "there is a user with that address or subject already; `voiceagent users list` shows them, and who "
                "was disabled can be enabled again"
            ) from error
        return _user_of(row)

    async def page(self, *, limit: int, after: str = "") -> Sequence[User]:
        """Oldest first, at most `limit`, of those with larger ids than `after`; with the disabled ones."""
        query = select(UserModel).where(UserModel.tenant_id == self._tenant_id, UserModel.id > after)
        return [_user_of(row) for row in await self._session.scalars(query.order_by(UserModel.id).limit(limit))]

    async def get(self, user_id: str) -> User:
        """Raises NotFound."""
        return _user_of(await self._row(user_id))

    async def lock(self, user_id: str) -> User:
        """Likewise, and nobody else changes them until this transaction ends."""
        return _user_of(await self._row(user_id, locked=True))

    async def find_subject(self, issuer: str, subject: str) -> User | None:
        """Who signed in as that before, or was added by it."""
        return await self._find(UserModel.issuer == issuer, UserModel.subject == subject)

    async def find_invited(self, email: str) -> User | None:
        """Who was added by that address and has never signed in."""
        return await self._find(UserModel.email == _folded(email), UserModel.subject == "")

    async def bind(self, user_id: str, *, issuer: str, subject: str) -> bool:
        """From now on the user is that subject; False when they are one already."""
        bound = (
            update(UserModel)
            .where(UserModel.tenant_id == self._tenant_id, UserModel.id == user_id, UserModel.subject == "")
            .values(issuer=issuer, subject=subject)
            .returning(UserModel.id)
        )
        return await self._session.scalar(bound) is not None

    async def set_roles(self, user_id: str, roles: frozenset[Role], roles_from: RolesFrom = RolesFrom.HERE) -> User:
        """Raises NotFound."""
        row = await self._row(user_id, locked=True)
        row.roles, row.roles_from = sorted(roles), roles_from.value
        await self._session.flush()
        return _user_of(row)

    async def set_disabled(self, user_id: str, at: datetime | None) -> User:
        """None lets them in again. Raises NotFound."""
        row = await self._row(user_id, locked=True)
        row.disabled_at = None if at is None else (row.disabled_at or at)
        await self._session.flush()
        return _user_of(row)

    async def touch(self, user_id: str, now: datetime) -> None:
        """Remember that they were here."""
        seen = update(UserModel).where(UserModel.tenant_id == self._tenant_id, UserModel.id == user_id)
        await self._session.execute(seen.values(last_seen_at=now))

    async def _find(self, *conditions: ColumnElement[bool]) -> User | None:
        row = await self._session.scalar(select(UserModel).where(UserModel.tenant_id == self._tenant_id, *conditions))
        return None if row is None else _user_of(row)

    async def _row(self, user_id: str, *, locked: bool = False) -> UserModel:
        query = select(UserModel).where(UserModel.tenant_id == self._tenant_id, UserModel.id == user_id)
        # What this session holds of the row may be older than the lock
        query = query.with_for_update().execution_options(populate_existing=True) if locked else query
        row = await self._session.scalar(query)
        if row is None:
            raise NotFound(f"there is no user {user_id}")
        return row


def _folded(email: str) -> str:
    """Only of ASCII: letters of other scripts fold to ours, such as the Kelvin sign, and are another mailbox."""
    return "".join(one.lower() if one.isascii() else one for one in email)


def _user_of(row: UserModel) -> User:
    return User(
        id=row.id,
        tenant_id=row.tenant_id,
        issuer=row.issuer,
        subject=row.subject,
        email=row.email,
        name=row.name,
        roles=frozenset(Role(name) for name in row.roles),
        roles_from=RolesFrom(row.roles_from),
        created_at=row.created_at,
        created_by=row.created_by,
        disabled_at=row.disabled_at,
        last_seen_at=row.last_seen_at,
    )
