"""Real Moonshine on real callers over a telephone band."""

import pytest

from voiceagent.testing.recogniser_contract import RecogniserContract, RecogniserWorld


class TestMoonshine(RecogniserContract):
    @pytest.fixture
    def world(self, moonshine, call) -> RecogniserWorld:
        return RecogniserWorld(recogniser=moonshine, say=lambda text: call("en-us+m3", text))
