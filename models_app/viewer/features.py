"""Columns in the words of the `datasets` library. Part of the programs."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa

VALUE_TYPES = {
    "bool": "bool", "string": "string", "large_string": "large_string", "binary": "binary",
    "large_binary": "large_binary", "float": "float32", "double": "float64", "halffloat": "float16",
    "date32[day]": "date32", "date64[ms]": "date64", "null": "null",
}  # fmt: skip
MAX_DEPTH = 20


def features_of(schema: pa.Schema) -> dict[str, Any]:
    """`{column: feature}`; what the writer of the file noted of its features wins over their storage."""
    noted = _noted(schema)
    return {field.name: noted.get(field.name) or feature_of(field.type) for field in schema}


def _noted(schema: pa.Schema) -> dict[str, Any]:
    raw = (schema.metadata or {}).get(b"huggingface", b"")
    try:
        features = json.loads(raw)["info"]["features"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    known = features if isinstance(features, dict) else {}
    return {name: known[name] for name in schema.names if _is_feature(known.get(name))}


def _is_feature(value: Any, depth: int = 0) -> bool:
    if depth > MAX_DEPTH:
        return False
    if isinstance(value, list):
        return len(value) == 1 and _is_feature(value[0], depth + 1)
    if not isinstance(value, dict) or not value:
        return False
    if isinstance(value.get("_type"), str):
        return "feature" not in value or _is_feature(value["feature"], depth + 1)
    return all(_is_feature(inner, depth + 1) for inner in value.values())


def feature_of(kind: pa.DataType, depth: int = 0) -> Any:
    if depth > MAX_DEPTH:
        return {"dtype": str(kind)[:80], "_type": "Value"}
    if pa.types.is_struct(kind):
        return {field.name: feature_of(field.type, depth + 1) for field in kind}
    if pa.types.is_fixed_size_list(kind):
        inner = feature_of(kind.value_type, depth + 1)
        return {"feature": inner, "length": kind.list_size, "_type": "List"}
    if pa.types.is_large_list(kind):
        return {"feature": feature_of(kind.value_type, depth + 1), "_type": "LargeList"}
    if pa.types.is_list(kind):
        return {"feature": feature_of(kind.value_type, depth + 1), "_type": "List"}
    if pa.types.is_dictionary(kind):
        return feature_of(kind.value_type, depth + 1)
    return {"dtype": VALUE_TYPES.get(str(kind), str(kind)[:80]), "_type": "Value"}
