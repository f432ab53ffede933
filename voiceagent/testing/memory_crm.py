"""A CRM in memory: keeps the same contract as the connectors (`crm_contract`), and can be made to go away."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from voiceagent.background.crm import Case, CaseStatus, Contact, Note, Order
from voiceagent.core.clock import Clock, SystemClock
from voiceagent.core.errors import NotFound, UpstreamUnavailable


class MemoryCrm:
    """Set `reachable = False` and every method raises UpstreamUnavailable; `keeps_keys = False` and a repeated write
    is a second one."""

    def __init__(
        self,
        *,
        contacts: Mapping[str, Contact],
        orders: Iterable[Order] = (),
        clock: Clock | None = None,
    ) -> None:
        """`contacts` by the number they call from; one contact may have several."""
        self.reachable = True
        self.keeps_keys = True
        self.notes: list[Note] = []
        self._contacts = dict(contacts)
        self._orders = {order.order_number: order for order in orders}
        self._cases: dict[str, Case] = {}
        self._written: dict[tuple[str, str], str] = {}  # (kind, idempotency key) -> id of what it wrote
        self._clock = clock or SystemClock()

    @property
    def repeats_writes(self) -> bool:
        return self.keeps_keys

    async def check(self) -> None:
        self._reach()

    async def find_contact(self, number: str) -> Contact | None:
        self._reach()
        return self._contacts.get(number)

    async def get_orders(self, contact_id: str) -> tuple[Order, ...]:
        self._reach()
        own = [order for order in self._orders.values() if order.contact_id == contact_id]
        return tuple(sorted(own, key=lambda order: order.ordered_at, reverse=True)[:50])

    async def get_order(self, contact_id: str, order_number: str) -> Order | None:
        self._reach()
        order = self._orders.get(order_number)
        return order if order is not None and order.contact_id == contact_id else None

    async def get_cases(self, contact_id: str) -> tuple[Case, ...]:
        self._reach()
        own = [case for case in self._cases.values() if case.contact_id == contact_id]
        return tuple(reversed(own))[:50]

    async def add_note(self, contact_id: str, text: str, *, idempotency_key: str) -> Note:
        self._reach()
        self._known(contact_id)
        note_id = self._written.setdefault(("note", self._kept(idempotency_key)), f"note-{len(self._written) + 1}")
        for note in self.notes:
            if note.note_id == note_id:
                return note
        note = Note(note_id=note_id, contact_id=contact_id, text=text, written_at=self._clock.now())
        self.notes.append(note)
        return note

    async def create_case(self, contact_id: str, *, subject: str, description: str, idempotency_key: str) -> Case:
        self._reach()
        self._known(contact_id)
        case_id = self._written.setdefault(("case", self._kept(idempotency_key)), f"case-{len(self._written) + 1}")
        if case_id not in self._cases:
            self._cases[case_id] = Case(
                case_id=case_id,
                contact_id=contact_id,
                subject=subject,
                description=description,
                status=CaseStatus.OPEN,
            )
        return self._cases[case_id]

    async def update_case(self, contact_id: str, case_id: str, *, status: CaseStatus) -> Case:
        self._reach()
        case = self._cases.get(case_id)
        if case is None or case.contact_id != contact_id:
            raise NotFound(f"the contact has no case {case_id}")
        self._cases[case_id] = replace(case, status=status)
        return self._cases[case_id]

    def _kept(self, key: str) -> str:
        return key if self.keeps_keys else f"{key}-{len(self._written)}"

    def _reach(self) -> None:
        if not self.reachable:
            raise UpstreamUnavailable("the CRM does not answer")

    def _known(self, contact_id: str) -> None:
        if all(contact.contact_id != contact_id for contact in self._contacts.values()):
            raise NotFound(f"there is no contact {contact_id}")
