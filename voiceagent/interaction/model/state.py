"""The streaming state of a network as an explicit object: an offset per row, and a ring per layer."""

from dataclasses import dataclass

import torch
from torch import Tensor

from voiceagent.core.errors import InternalError
from voiceagent.interaction.model.kv_cache import KvRing
from voiceagent.interaction.presets import ModelConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the micro-turns of one step live in the state; the same for every layer."""

    positions: Tensor  # (B, T), since each row's call began
    places: Tensor  # (B, T), in the ring
    read: Tensor | slice  # (B,) rows
    write: Tensor  # (B,) rows; those that do not execute write into the spare row
    seen: Tensor  # (B, places), the positions in each row's ring, this step's included; -1 marks an empty place


class StreamState:
    """Owns what a network remembers between steps, for `rows` calls that need not be in step with each other.

    One more row, `spare`, belongs to nobody: it takes what is computed only to keep to one shape.
    """

    def __init__(self, config: ModelConfig, rows: int, longest_hop: int = 1) -> None:
        # a step writes all of its turns before it attends: the first of them must still find its whole window
        places = config.attention_window + longest_hop - 1
        self.rows, self.spare = rows, rows
        self._offsets = torch.zeros(rows + 1, dtype=torch.long)
        self.positions = torch.full((rows + 1, places), -1, dtype=torch.long)  # what each place of the rings holds
        self.longest_hop = longest_hop
        self.rings = [KvRing(rows + 1, places, config.kv_heads, config.head_width) for _ in range(config.depth)]

    @property
    def offsets(self) -> Tensor:
        """Micro-turns that each row has lived through, (rows,)."""
        return self._offsets[:-1]

    def reset(self, rows: Tensor) -> None:
        """The named rows, (n,) long, start a new call and remember nothing."""
        self._offsets[rows] = 0
        self.positions[rows] = -1
        for ring in self.rings:
            ring.reset(rows)

    def make_room(self, rows: Tensor, executing: Tensor, turns: int) -> Places:
        """Places for the next micro-turns of rows (B,) long; executing (B,) bool: the others keep what they have."""
        if turns > self.longest_hop:
            raise InternalError(f"a state made for hops of {self.longest_hop} micro-turns was given {turns} at once")
        write = torch.where(executing, rows, self.spare)
        positions = self._offsets[rows][:, None] + torch.arange(turns)
        places = positions % self.positions.shape[1]
        self.positions[write[:, None], places] = positions
        return Places(positions=positions, places=places, read=_as_slice(rows), write=write, seen=self.positions[rows])

    def advance(self, places: Places) -> None:
        """The step is done."""
        self._offsets[places.write] += places.positions.shape[1]

    def bytes_per_row(self) -> int:
        """Memory of one call; constant over its length."""
        return sum(t[0].numel() * t.element_size() for t in (self.positions, *(ring.held for ring in self.rings)))

    def check_integrity(self) -> None:
        """Every row holds exactly its last positions, each in its place, in every ring. Raises InternalError."""
        count = self.positions.shape[1]
        for row, offset in enumerate(self.offsets.tolist()):
            expected = torch.full((count,), -1)
            recent = torch.arange(max(0, offset - count), offset)
            expected[recent % count] = recent
            if not torch.equal(self.positions[row], expected):
                raise InternalError(f"row {row} does not hold the last positions before {offset}")
            for ring in self.rings:
                ring.check_integrity(row, offset)


def _as_slice(rows: Tensor) -> Tensor | slice:
    """Neighbours in order are read in place instead of being copied."""
    first, count = int(rows[0]), len(rows)
    return slice(first, first + count) if torch.equal(rows, torch.arange(first, first + count)) else rows
