import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from voiceagent.records.effect_ledger import PostgresLedger
from voiceagent.testing.ledger_contract import LedgerContract


class TestPostgresLedger(LedgerContract):
    @pytest.fixture
    def ledger(self, engine: AsyncEngine) -> PostgresLedger:
        return PostgresLedger(engine)
