"""pocketsphinx keeps the contract; those of the extras are in tests/integration/recognisers."""

import pytest

from voiceagent.testing.recogniser_contract import RecogniserContract, RecogniserWorld


class TestPocketsphinx(RecogniserContract):
    @pytest.fixture
    def world(self, recogniser, call) -> RecogniserWorld:
        return RecogniserWorld(recogniser=recogniser, say=lambda text: call("en-us+f2", text))
