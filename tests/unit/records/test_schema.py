import ast
from pathlib import Path

import pytest
from sqlalchemy import Column

import voiceagent.records
import voiceagent.records.models
from voiceagent.records.base import Base, Pii, RetentionClass

COLUMNS = [column for table in Base.metadata.tables.values() for column in table.columns]
EXPECTED_TABLES = {
    "tenants",
    "trunks",
    "users",
    "numbers",
    "agent_profiles",
    "calls",
    "campaigns",
    "campaign_contacts",
    "call_legs",
    "call_events",
    "transcript_segments",
    "consent_events",
    "consent_clips",
    "prompt_texts",
    "tool_calls",
    "effects",
    "erasure_items",
    "erasure_requests",
    "erasure_tombstones",
    "recordings",
    "job_attempts",
    "write_backs",
    "data_keys",
    "webhook_endpoints",
    "webhook_deliveries",
    "transfers",
    "callbacks",
    "outbound_consents",
    "outbound_calls",
    "outbound_decisions",
    "dnc_entries",
    "dnc_sources",
    "audit_log",
    "audit_details",
    "audit_checkpoints",
    "api_keys",
    "retention_policies",
    "legal_holds",
    "call_tags",
    "call_purges",
    "purge_runs",
    "exports",
}


def test_all_tables_are_there() -> None:
    assert set(Base.metadata.tables) == EXPECTED_TABLES


@pytest.mark.parametrize("column", COLUMNS, ids=str)
def test_T_DM_1_every_column_says_its_retention_class_and_personal_data(column: "Column[object]") -> None:
    assert column.info.get("class") in set(RetentionClass), f"declare {column} with records.base.column"
    assert column.info.get("pii") in set(Pii)


@pytest.mark.parametrize("table", sorted(EXPECTED_TABLES - {"tenants"}))
def test_every_table_belongs_to_a_tenant(table: str) -> None:
    column = Base.metadata.tables[table].columns["tenant_id"]

    assert not column.nullable


def test_T_AI_7_voiceprints_emotions_and_traits_have_no_column() -> None:
    forbidden = ("embedding", "voiceprint", "emotion", "gender", "age", "ethnicity", "accent")

    assert [str(column) for column in COLUMNS if column.name in forbidden] == []


def _text_calls(tree: ast.AST) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "text"
    ]


def test_sql_text_is_always_a_literal_so_values_can_only_be_parameters() -> None:
    sources = Path(voiceagent.records.__file__).parent.rglob("*.py")

    for source in sources:
        for call in _text_calls(ast.parse(source.read_text())):
            assert isinstance(call.args[0], ast.Constant), f"{source}:{call.lineno} builds SQL from values"
