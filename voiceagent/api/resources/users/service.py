"""People of the principal's tenant. What they lose, the keys that they made lose in the same transaction."""

from collections.abc import Collection, Sequence
from typing import Final

from voiceagent.api.acts import act_of, actor_of
from voiceagent.api.curtailing import curtail
from voiceagent.api.principal import Principal
from voiceagent.api.standing import check_still_there
from voiceagent.compliance.roles import roles_of_a_person, scopes_of
from voiceagent.core.clock import Clock
from voiceagent.core.errors import Conflict, Forbidden
from voiceagent.records.key_rules import USERS_WRITE
from voiceagent.records.unit_of_work import Records
from voiceagent.records.user_values import Person, Role, RolesFrom, User

_MAY_CHANGE: Final = frozenset({USERS_WRITE})


class UserService:
    def __init__(self, *, records: Records, clock: Clock) -> None:
        self._records = records
        self._clock = clock

    async def list(self, principal: Principal, *, limit: int, after: str) -> Sequence[User]:
        """Oldest first."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            return await work.users.page(limit=limit, after=after)

    async def get(self, principal: Principal, user_id: str) -> User:
        """Raises NotFound."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            return await work.users.get(user_id)

    async def add(self, principal: Principal, person: Person, roles: Collection[str]) -> User:
        """Let somebody in. Raises BadInput, Forbidden, Conflict."""
        wanted, now = roles_of_a_person(roles), self._clock.now()
        _check_may_bind(principal, wanted)
        async with self._records.unit_of_work(principal.tenant_id) as work:
            await check_still_there(work, principal, _MAY_CHANGE)
            user = await work.users.add(person, wanted, by=principal.id, now=now)
            added = act_of(principal, "user.added", "user", user.id, roles=sorted(wanted), email=user.email)
            await work.audit.append(added, now)
            await work.commit()
        return user

    async def set_roles(self, principal: Principal, user_id: str, roles: Collection[str]) -> User:
        """Raises BadInput, NotFound, Forbidden, and Conflict for oneself and for roles that groups tell."""
        wanted, now = roles_of_a_person(roles), self._clock.now()
        _check_may_bind(principal, wanted)
        async with self._records.unit_of_work(principal.tenant_id) as work:
            await check_still_there(work, principal, _MAY_CHANGE, beside=user_id)
            before = await work.users.get(user_id)
            _check_somebody_else(principal, user_id, "change your own roles")
            if before.roles_from is RolesFrom.GROUPS:
                raise Conflict(f"the groups of {user_id} say which roles they have: change them at {before.issuer}")
            user = await work.users.set_roles(user_id, wanted)
            told = {"roles": sorted(wanted), "before": sorted(before.roles)}
            await work.audit.append(act_of(principal, "user.roles_changed", "user", user_id, **told), now)
            await curtail(work, actor_of(principal), user_id, scopes_of(wanted), now)
            await work.commit()
        return user

    async def disable(self, principal: Principal, user_id: str) -> User:
        """They are refused from now on, and so are their keys. Raises NotFound, and Conflict for oneself."""
        now = self._clock.now()
        async with self._records.unit_of_work(principal.tenant_id) as work:
            await check_still_there(work, principal, _MAY_CHANGE, beside=user_id)
            user = await work.users.set_disabled(user_id, now)
            _check_somebody_else(principal, user_id, "disable yourself")
            await work.audit.append(act_of(principal, "user.disabled", "user", user_id), now)
            await curtail(work, actor_of(principal), user_id, frozenset(), now)
            await work.commit()
        return user

    async def enable(self, principal: Principal, user_id: str) -> User:
        """Let them in again with the roles that they had; keys stay revoked. Raises NotFound, Forbidden."""
        now = self._clock.now()
        async with self._records.unit_of_work(principal.tenant_id) as work:
            await check_still_there(work, principal, _MAY_CHANGE, beside=user_id)
            user = await work.users.set_disabled(user_id, None)
            _check_may_bind(principal, user.roles)
            await work.audit.append(act_of(principal, "user.enabled", "user", user_id), now)
            await work.commit()
        return user


def _check_may_bind(principal: Principal, roles: Collection[Role]) -> None:
    """Whoever looks after people may give any role; a key none that opens more than itself."""
    beyond = scopes_of(roles) - principal.scopes
    if beyond and not principal.is_person:
        raise Forbidden(
            f"this API key lacks {', '.join(sorted(beyond))}, so it cannot give a role with it; a tenant_admin who "
            "signs in can, or a key that `voiceagent keys create` made on the server"
        )


def _check_somebody_else(principal: Principal, user_id: str, what: str) -> None:
    if principal.holder == user_id:
        raise Conflict(f"you cannot {what}: ask another tenant_admin")
