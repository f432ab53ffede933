"""Moshi keeps the contract of `DuplexModel`: silent as a judge of the floor, and speaking by itself."""

from collections.abc import Callable
from functools import partial

import pytest

from voiceagent.interaction.backends.moshi import MoshiModel
from voiceagent.testing.duplex_contract import DuplexContract, MakeModel


class TestMoshi(DuplexContract):
    @pytest.fixture
    def make_model(self, make_moshi: Callable[..., MoshiModel]) -> MakeModel:
        return make_moshi


class TestMoshiThatSpeaks(DuplexContract):
    @pytest.fixture
    def make_model(self, make_moshi: Callable[..., MoshiModel]) -> MakeModel:
        return partial(make_moshi, speaks=True)
