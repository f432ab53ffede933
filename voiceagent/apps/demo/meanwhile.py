"""What happens at the company while the demo's caller is on the line: somebody moves a delivery that was just told.

Nobody tells the agent. It finds out when the caller asks again, and has to take back what it said.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, Protocol, runtime_checkable

from voiceagent.apps.demo.narration import NarrationLine
from voiceagent.background.crm_discovery import find_connector
from voiceagent.config.settings import Settings
from voiceagent.telephony.events import AgentSaid, CallEvent

_ORDER: Final = "4021"
_BEFORE: Final = "tomorrow"
_AFTER: Final = "on Friday"
MOVED: Final = NarrationLine(
    who="depot", text=f"a dispatcher moves order {_ORDER} from {_BEFORE} to {_AFTER.removeprefix('on ')}", tone="soft"
)


@runtime_checkable
class Dispatcher(Protocol):
    """A CRM in which a demo can play the dispatcher."""

    async def dispatch(self, order_number: str, *, eta: str) -> None:
        """Let an order arrive at another time."""
        ...


class Meanwhile:
    """Moves the order once, after the caller has heard when it comes."""

    def __init__(self, dispatcher: Dispatcher | None) -> None:
        self._dispatcher = dispatcher

    async def see(self, event: CallEvent) -> bool:
        """Follow the call; whether the order was moved just now."""
        if self._dispatcher is None or not isinstance(event, AgentSaid) or _BEFORE not in event.played:
            return False
        dispatcher, self._dispatcher = self._dispatcher, None
        await dispatcher.dispatch(_ORDER, eta=_AFTER)
        return True


@asynccontextmanager
async def at_the_company(settings: Settings) -> AsyncIterator[Meanwhile]:
    """Begin a demo's day; with a CRM that is not the demo's own nothing happens in it."""
    if settings.crm.connector != "demo":
        yield Meanwhile(None)
        return
    options: Mapping[str, Any] = {"database_url": settings.jobs_database, **settings.crm.options}
    async with find_connector(settings.crm.connector)(options) as crm:
        dispatcher = crm if isinstance(crm, Dispatcher) else None
        if dispatcher is not None:
            await dispatcher.dispatch(_ORDER, eta=_BEFORE)  # an earlier demo has moved it
        yield Meanwhile(dispatcher)
