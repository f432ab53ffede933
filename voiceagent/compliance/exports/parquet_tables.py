"""The tables of a package as Parquet, for warehouses: made of their JSON lines, with types of their own.

Import it only where `request.parquet_is_there`: pyarrow is an extra. The same lines and the same pyarrow give the same
bytes.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import IO, Any, Final, get_args, get_origin, get_type_hints

import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from voiceagent.compliance.exports.tables import Table, columns

_ROWS: Final = 5_000  # of a group, and in memory at once


def write_parquet(table: Table, lines: IO[bytes], path: Path) -> None:
    """`lines` are the table's rows, from where the file stands. Raises OSError."""
    schema = parquet_schema(table)
    times = [field.name for field in schema if str(field.type).startswith("timestamp")]
    objects = [name for name, hint in _hints(table).items() if (get_origin(hint) or hint) is dict]
    with ParquetWriter(path, schema, compression="zstd") as file:
        for group in _groups(lines):
            rows = [_typed(row, times, objects) for row in group]
            file.write_batch(pa.RecordBatch.from_pylist(rows, schema=schema))


def parquet_schema(table: Table) -> pa.Schema:
    """Its columns in their order. Times are microseconds of UTC; what is an object in JSON is its text."""
    types = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}

    def of(hint: Any) -> pa.DataType:
        if get_origin(hint) is UnionType:
            return of(next(one for one in get_args(hint) if one is not type(None)))
        if get_origin(hint) is tuple:
            return pa.list_(of(get_args(hint)[0]))
        if hint is datetime:
            return pa.timestamp("us", tz="UTC")
        return types.get(getattr(hint, "__supertype__", hint), pa.string())

    return pa.schema([(name, of(hint)) for name, hint in _hints(table).items()])


def _hints(table: Table) -> dict[str, Any]:
    hints = get_type_hints(table.kind)
    found = {name: hints.get(name, str) for name in columns(table)}
    return {name: str if isinstance(hint, type) and issubclass(hint, Enum) else hint for name, hint in found.items()}


def _groups(lines: IO[bytes]) -> Iterator[list[dict[str, Any]]]:
    group: list[dict[str, Any]] = []
    for line in lines:
        group.append(json.loads(line))
        if len(group) == _ROWS:
            yield group
            group = []
    if group:
        yield group


def _typed(row: dict[str, Any], times: list[str], objects: list[str]) -> dict[str, Any]:
    for name in times:
        row[name] = None if row[name] is None else datetime.fromisoformat(row[name])
    for name in objects:
        row[name] = json.dumps(row[name], sort_keys=True, ensure_ascii=False)
    return row
