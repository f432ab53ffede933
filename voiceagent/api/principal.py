"""Who asks, once it is known: a person who signed in, or a system with a key."""

from dataclasses import dataclass
from typing import Final

from voiceagent.core.ids import TenantId

_USER: Final = "usr_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Whatever is read or done is of this tenant; the last two are of the request.

    `id` is the user's or the key's. `holder` answers for it: the user, or whoever made the key, so that somebody who
    makes a second key does not count as a second person.
    """

    tenant_id: TenantId
    id: str
    holder: str
    scopes: frozenset[str]
    networks: tuple[str, ...] = ()  # from which the key may be used; none given: from all
    request_id: str = ""
    ip: str = ""

    @property
    def is_person(self) -> bool:
        """Signed in, not by a key."""
        return is_user(self.id)


def is_user(actor: str) -> bool:
    """Whether an id is a person's, not a key's."""
    return actor.startswith(_USER)
