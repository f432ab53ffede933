"""Fixed slots and who owns them."""

from voiceagent.core.errors import InternalError, NoCapacity, NotFound
from voiceagent.interaction.contract import SlotId


class Slots:
    """Owns which slots are taken. A slot is either free or taken, never both, never lost."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._free = [SlotId(number) for number in reversed(range(count))]
        self._taken: set[SlotId] = set()

    def claim(self) -> SlotId:
        """A free slot. Raises NoCapacity."""
        if not self._free:
            raise NoCapacity(f"all {self.count} slots of the interaction model are taken")
        slot = self._free.pop()
        self._taken.add(slot)
        return slot

    def release(self, slot: SlotId) -> None:
        """Raises NotFound for a slot that is not taken."""
        self.require(slot)
        self._taken.remove(slot)
        self._free.append(slot)

    def require(self, slot: SlotId) -> None:
        if slot not in self._taken:
            raise NotFound(f"slot {slot} is not open; open() gives slots")

    @property
    def taken(self) -> frozenset[SlotId]:
        return frozenset(self._taken)

    def check_integrity(self) -> None:
        """Raises InternalError when a slot is lost or counted twice."""
        together = [*self._free, *self._taken]
        if sorted(together) != list(range(self.count)):
            raise InternalError(f"slots are lost or doubled: free {self._free}, taken {sorted(self._taken)}")
