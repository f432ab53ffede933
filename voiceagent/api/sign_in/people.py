"""From an access token to a user of ours: known, invited by an address, or let in by their groups."""

from collections.abc import Collection, Mapping
from datetime import datetime

from voiceagent.api.curtailing import curtail
from voiceagent.api.principal import Principal
from voiceagent.api.sign_in.issuer_keys import IssuerKeys
from voiceagent.api.sign_in.provider import IdentityProvider
from voiceagent.api.sign_in.refused import NotAdmitted, TokenRefused
from voiceagent.api.sign_in.tokens import SignedIn, claimed_of, signed_in
from voiceagent.compliance.roles import scopes_of
from voiceagent.core.clock import Clock
from voiceagent.core.errors import Conflict
from voiceagent.core.ids import TenantId
from voiceagent.records.audit.act import Act, Actor
from voiceagent.records.key_rules import USE_IS_NOTED_EVERY
from voiceagent.records.unit_of_work import Records, UnitOfWork
from voiceagent.records.user_values import Person, RolesFrom, User


class People:
    """`providers` with the keys of each."""

    def __init__(
        self, records: Records, providers: Collection[tuple[IdentityProvider, IssuerKeys]], clock: Clock
    ) -> None:
        self._records = records
        self._providers: Mapping[str, tuple[IdentityProvider, IssuerKeys]] = {
            provider.issuer: (provider, keys) for provider, keys in providers
        }
        self._clock = clock

    async def identify(self, token: str) -> Principal:
        """Raises TokenRefused, NotAdmitted, and Unavailable where the provider or the store does not answer."""
        claimed = claimed_of(token)
        if claimed.issuer not in self._providers:
            raise TokenRefused("unknown_issuer", "nobody signs in here at the issuer of this access token")
        provider, keys = self._providers[claimed.issuer]
        key = await keys.find(claimed.kid)
        now = self._clock.now()
        came = signed_in(token, key, provider, now)
        async with self._records.unit_of_work(provider.tenant_id) as work:
            visit = _Visit(work, provider, came, now)
            user = await visit.user()
            if user.last_seen_at is None or now - user.last_seen_at >= USE_IS_NOTED_EVERY:
                await work.users.touch(user.id, now)
            await work.commit()
        return Principal(tenant_id=TenantId(user.tenant_id), id=user.id, holder=user.id, scopes=scopes_of(user.roles))


class _Visit:
    """One person in one transaction."""

    def __init__(self, work: UnitOfWork, provider: IdentityProvider, came: SignedIn, now: datetime) -> None:
        self._work = work
        self._provider = provider
        self._came = came
        self._now = now
        self._group_roles = provider.roles_of(came.groups)

    async def user(self) -> User:
        """Raises NotAdmitted."""
        user = await self._known() or await self._invited() or await self._let_in()
        if user is None:
            raise self._unknown()
        if user.disabled_at is not None:
            raise self._not_admitted("user_disabled", "your access was ended; ask a tenant_admin", user.id)
        return await self._by_groups(user) if user.roles_from is RolesFrom.GROUPS else user

    async def _known(self) -> User | None:
        return await self._work.users.find_subject(self._provider.issuer, self._came.subject)

    async def _invited(self) -> User | None:
        """Whoever was added by the address that is theirs."""
        if not self._came.email:
            return None
        user = await self._work.users.find_invited(self._came.email)
        if user is None:
            return None
        bound = await self._work.users.bind(user.id, issuer=self._provider.issuer, subject=self._came.subject)
        if not bound:  # at the same moment as another request
            return await self._known()
        await self._note("user.bound", user.id, issuer=self._provider.issuer)
        return user

    async def _let_in(self) -> User | None:
        """Whoever has a group that gives a role."""
        if not self._group_roles:
            return None
        for email in dict.fromkeys((self._came.email, "")):  # somebody else may have the address here
            person = Person(issuer=self._provider.issuer, subject=self._came.subject, email=email, name=self._came.name)
            try:
                user = await self._work.users.add(
                    person, self._group_roles, by="", now=self._now, roles_from=RolesFrom.GROUPS
                )
            except Conflict:
                if (known := await self._known()) is not None:
                    return known
                continue
            await self._note("user.added", user.id, roles=sorted(user.roles), by="groups")
            return user
        return None

    async def _by_groups(self, user: User) -> User:
        """The roles that the groups give today."""
        if self._group_roles == user.roles:
            return user
        await self._work.users.lock(user.id)
        if self._group_roles:
            user = await self._work.users.set_roles(user.id, self._group_roles, RolesFrom.GROUPS)
            await self._note("user.roles_changed", user.id, roles=sorted(user.roles))
        await curtail(self._work, _actor(user.id), user.id, scopes_of(self._group_roles), self._now)
        if not self._group_roles:
            await self._work.commit()  # the keys are revoked although the person is refused
            raise self._not_admitted("no_group", "none of your groups gives a role here; ask a tenant_admin", user.id)
        return user

    def _unknown(self) -> NotAdmitted:
        who = self._came.email or f"--subject {self._came.subject}"
        return self._not_admitted(
            "unknown_user",
            f"you have signed in, but nobody has given you access: ask a tenant_admin for `voiceagent users add {who}`"
            + (", or for a group that has a role here" if self._provider.group_roles else ""),
        )

    def _not_admitted(self, reason: str, message: str, user_id: str = "") -> NotAdmitted:
        return NotAdmitted(reason, message, tenant_id=self._provider.tenant_id, user_id=user_id)

    async def _note(self, action: str, user_id: str, **details: object) -> None:
        act = Act(action=action, actor=_actor(user_id), object_kind="user", object_id=user_id, details=details)
        await self._work.audit.append(act, self._now)


def _actor(user_id: str) -> Actor:
    return Actor(kind="user", id=user_id, auth="oidc")
