import pytest

from voiceagent.testing.ledger_contract import LedgerContract
from voiceagent.testing.memory_ledger import MemoryLedger


class TestMemoryLedger(LedgerContract):
    @pytest.fixture
    def ledger(self) -> MemoryLedger:
        return MemoryLedger()
