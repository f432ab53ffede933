from pathlib import Path

import pytest

from tests.integration.records.audit.logs import AuditedHouse
from voiceagent.records.unit_of_work import Records


@pytest.fixture
def house(records: Records, database_url: str, tmp_path: Path) -> AuditedHouse:
    return AuditedHouse(records=records, url=database_url, folder=tmp_path / "anchors")
