"""A CRM that is opened when somebody first asks for it, for processes that must run without it."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import NoReturn

import structlog

from voiceagent.background.crm import CrmConnector

_log = structlog.get_logger(__name__)

OpenCrm = Callable[[], AbstractAsyncContextManager[CrmConnector]]


class CrmOnDemand:
    """`run` holds the connector: opened and closed in one task, as connectors may expect it."""

    def __init__(self, open_crm: OpenCrm) -> None:
        self._open = open_crm
        self._asking: asyncio.Queue[asyncio.Future[CrmConnector]] = asyncio.Queue(maxsize=64)

    async def connector(self) -> CrmConnector:
        """The connector. Raises what opening it raises: the next one who asks has it tried again."""
        answer: asyncio.Future[CrmConnector] = asyncio.get_running_loop().create_future()
        await self._asking.put(answer)
        return await answer

    async def run(self) -> NoReturn:
        """Until cancelled."""
        while True:
            first = await self._asking.get()
            try:
                async with self._open() as crm:
                    _answer(first, crm)
                    while True:
                        _answer(await self._asking.get(), crm)
            except Exception as error:  # noqa: BLE001 - whoever asked is told, and decides
                if first.done():
                    _log.warning("CRM connector failed", problem=type(error).__name__, pii_error=str(error))
                else:
                    first.set_exception(error)
                _heed_a_stop()


def _heed_a_stop() -> None:
    """A connector that cannot be closed raises that in place of the cancellation."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _answer(asked: "asyncio.Future[CrmConnector]", crm: CrmConnector) -> None:
    if not asked.done():  # who asked may have given up
        asked.set_result(crm)
