"""Which rows of a table are meant, column by column. Part of the reading program."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Mask = np.ndarray[Any, np.dtype[np.bool_]]
COMPARE = {
    "=": pc.equal,
    "!=": pc.not_equal,
    "<": pc.less,
    "<=": pc.less_equal,
    ">": pc.greater,
    ">=": pc.greater_equal,
}


class Unfit(ValueError):
    """A condition that a column cannot be asked, in a sentence for the reader."""


def columns_of(condition: Any) -> set[str]:
    if condition is None:
        return set()
    if condition[0] in {"and", "or", "not"}:
        return {name for inner in condition[1:] for name in columns_of(inner)}
    return {condition[1]}


def mask_of(condition: list[Any], table: pa.Table) -> Mask:
    """True where the condition holds; an empty value fits no comparison."""
    kind = condition[0]
    if kind == "and":
        return mask_of(condition[1], table) & mask_of(condition[2], table)
    if kind == "or":
        return mask_of(condition[1], table) | mask_of(condition[2], table)
    if kind == "not":
        return ~mask_of(condition[1], table)
    name = condition[1]
    column = table.column(name).combine_chunks()
    if kind == "null":
        mask = _plain(column.is_null())
        return mask if condition[2] else ~mask
    try:
        return _plain(pc.fill_null(_test(condition, column), fill_value=False))
    except (pa.ArrowException, OverflowError):
        raise Unfit(f"The column {name} holds {str(column.type)[:80]}: it cannot be asked that.") from None


def _test(condition: list[Any], column: pa.Array) -> Any:
    kind = condition[0]
    if kind == "compare":
        return COMPARE[condition[2]](column, _scalar(condition[3], column.type))
    if kind == "in":
        values = [_scalar(value, column.type) for value in condition[2]]
        return pc.is_in(column, value_set=pa.array([value.as_py() for value in values], column.type))
    return pc.match_like(column, condition[2], ignore_case=condition[3])


def _scalar(value: Any, kind: pa.DataType) -> pa.Scalar:
    """The value as the column's type; a number with a fraction stays one beside whole numbers."""
    if isinstance(value, bool) != pa.types.is_boolean(kind):
        raise pa.ArrowInvalid("a truth value and something else")
    if pa.types.is_integer(kind) and isinstance(value, float):
        return pa.scalar(value)
    if isinstance(value, str):
        return pa.scalar(value) if _is_text(kind) else pa.scalar(value).cast(kind)
    if _is_text(kind):
        raise pa.ArrowInvalid("text and a number")
    return pa.scalar(value).cast(kind) if not pa.types.is_nested(kind) else pa.scalar(value, kind)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def holds_text(kind: pa.DataType) -> bool:
    if pa.types.is_struct(kind):
        return any(holds_text(field.type) for field in kind)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return holds_text(kind.value_type)
    return _is_text(kind)


def found_in(words: str, table: pa.Table) -> Mask:
    """Rows of which some text, however deep, holds `words`, without regard to case."""
    mask = np.zeros(table.num_rows, dtype=bool)
    for column in table.columns:
        if holds_text(column.type):
            mask |= _texts_with(words, column.combine_chunks())
    return mask


def _texts_with(words: str, column: pa.Array) -> Mask:
    kind = column.type
    if _is_text(kind):
        found = pc.match_substring(column, words, ignore_case=True)
        return _plain(pc.fill_null(found, fill_value=False))
    mask = np.zeros(len(column), dtype=bool)
    for parents, inner in _inner(column):
        if holds_text(inner.type):
            hits = _texts_with(words, inner)
            mask[hits if parents is None else parents[hits]] = True
    return mask


def _inner(column: pa.Array) -> Iterator[tuple[Any, pa.Array]]:
    """The parts of nested values, with the row that each belongs to where that is not its own place."""
    if pa.types.is_struct(column.type):
        for part in column.flatten():
            yield None, part
    elif pa.types.is_nested(column.type) and not pa.types.is_map(column.type):
        yield pc.list_parent_indices(column).to_numpy(zero_copy_only=False), pc.list_flatten(column)


def _plain(mask: Any) -> Mask:
    return np.asarray(mask.to_numpy(zero_copy_only=False), dtype=bool)
