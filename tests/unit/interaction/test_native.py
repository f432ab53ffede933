"""The native backend keeps the contract of every duplex model, on the toy preset."""

import pytest

from voiceagent.core.errors import BadInput
from voiceagent.interaction.backends.native import NativeModel
from voiceagent.interaction.contract import SessionContext
from voiceagent.interaction.model.network import DuplexNetwork
from voiceagent.testing.duplex_contract import DuplexContract, MakeModel, noise


class TestNative(DuplexContract):
    turns = 10

    @pytest.fixture
    def make_model(self, toy: DuplexNetwork) -> MakeModel:
        return lambda slots: NativeModel(toy, slots=slots)


def test_slots_and_rings_are_whole_after_a_refused_turn(toy: DuplexNetwork) -> None:
    model = NativeModel(toy, slots=2)
    slot = model.open(SessionContext())
    model.step({slot: noise(model, 1)})
    with pytest.raises(BadInput, match="slot 0, caller audio"):
        model.step({slot: noise(model, 2, samples=640)})

    model.check_integrity()
