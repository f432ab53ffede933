"""What one attempt to write a call back makes of a CRM that fails in the moment of writing."""

from collections.abc import Callable

import pytest

from voiceagent.background.crm import Contact
from voiceagent.background.write_back import WriteBack
from voiceagent.core.errors import ConfigError, Conflict, Forbidden, NotFound, UpstreamUnavailable
from voiceagent.records.jobs.retries import RetryPolicy, next_wait_s
from voiceagent.records.write_backs import EndedCall
from voiceagent.telephony.cdr import fold_all
from voiceagent.testing.memory_crm import MemoryCrm
from voiceagent.testing.sample_call import recorded, sample_events

NUMBER = "+4930111222"  # who calls in the sample call
LOST = UpstreamUnavailable("the line broke")


class Books:
    """Of one call that is owed until it is settled."""

    def __init__(self) -> None:
        self.settled: list[tuple[str, str]] = []

    async def unsettled(self, *_):
        log = tuple(recorded("call_1", sample_events(), tenant="ten_a"))
        return None if self.settled else EndedCall(record=fold_all(log), log=log)

    async def settle(self, *what, **how):
        self.settled.append((what[-1].value, how["note_id"]))


class FailingCrm(MemoryCrm):
    """Fails at notes: after they are written, or instead."""

    def __init__(self, error: Exception, *, written: bool = False) -> None:
        super().__init__(contacts={NUMBER: Contact(contact_id="c_1", first_name="Anna", last_name="Berg")})
        self._error = error
        self._is_written = written
        self.forget: Callable[[], None] = lambda: None

    async def add_note(self, contact_id, text, *, idempotency_key):
        if self._is_written:
            await super().add_note(contact_id, text, idempotency_key=idempotency_key)
        self.forget()
        raise self._error


async def attempt(crm, clock):
    """What was written down, and what the attempt ended with."""

    async def connector():
        return crm

    books = Books()
    try:
        await WriteBack(books, connector, clock).run("ten_a", "call_1")
    except Exception as error:  # noqa: BLE001 - what it is is the question
        return books.settled, error
    return books.settled, None


def is_tried_again(error) -> bool:
    return next_wait_s(RetryPolicy(), error, attempt=1, luck=0.5) is not None


@pytest.mark.parametrize("error", [LOST, OSError("reset"), ConfigError("the key was not kept")], ids=repr)
async def test_a_note_that_may_be_there_is_left_to_a_person_where_a_second_try_would_be_a_second_note(clock, error):
    crm = FailingCrm(error, written=True)
    crm.keeps_keys = False

    settled, raised = await attempt(crm, clock)

    assert isinstance(raised, Conflict)
    assert "look in the CRM" in str(raised)
    assert "call_1" in str(raised)
    assert not is_tried_again(raised)
    assert settled == []


async def test_a_lost_answer_is_tried_again_where_the_key_is_kept(clock):
    settled, raised = await attempt(FailingCrm(LOST, written=True), clock)

    assert raised is LOST
    assert is_tried_again(raised)
    assert settled == []


async def test_what_was_surely_not_written_is_tried_again_by_any_connector(clock):
    crm = FailingCrm(Forbidden("no right to write notes"))
    crm.keeps_keys = False

    _, raised = await attempt(crm, clock)

    assert is_tried_again(raised)


async def test_an_address_that_knows_no_notes_is_not_a_caller_whom_nobody_knows(clock):
    settled, raised = await attempt(FailingCrm(NotFound("404")), clock)

    assert settled == []
    assert "settings" in str(raised)
    assert is_tried_again(raised)


async def test_a_contact_that_went_meanwhile_is_an_end(clock):
    crm = FailingCrm(NotFound("404"))
    crm.forget = crm._contacts.clear

    assert await attempt(crm, clock) == ([("no_contact", "")], None)
