"""Pages of rows, by position and by what a number says."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from models_app.previews import pages
from models_app.previews.pages import Bounds, RowPage


@pytest.fixture(scope="module")
def data() -> bytes:
    sink = io.BytesIO()
    table = pa.table(
        {
            "n": list(range(50)),
            "right": [float(n % 5 == 0) for n in range(50)],
            "said": [f"text {n}" if n else None for n in range(50)],
            "list": [[f"a{n}", "b"] for n in range(50)],
        }
    )
    pq.write_table(table, sink, row_group_size=8)
    return sink.getvalue()


def page(data: bytes, offset: int, length: int, bounds: Bounds | None = None) -> RowPage | None:
    def read(start: int, end: int) -> Iterator[bytes]:
        yield data[start:end]

    return pages.read(read, len(data), offset, length, bounds)


def test_it_reads_a_page_across_row_groups(data: bytes) -> None:
    found = page(data, 6, 4)
    assert found
    assert (found.total, found.numbers) == (50, [6, 7, 8, 9])
    assert found.cells(1) == {"n": "7", "right": "0.0", "said": "text 7", "list": '["a7", "b"]'}


def test_it_keeps_what_a_number_says(data: bytes) -> None:
    found = page(data, 8, 5, Bounds("right", 1.0, 1.0))
    assert found
    assert (found.total, found.numbers) == (10, [40, 45])


def test_it_reads_rows_by_their_numbers_and_only_some_columns(data: bytes) -> None:
    def read(start: int, end: int) -> Iterator[bytes]:
        yield data[start:end]

    found = pages.read_rows(read, len(data), [41, 3, 3, 99], ("said", "absent"))
    assert found
    assert found.numbers == [3, 41]
    assert [found.cells(at) for at in range(2)] == [{"said": "text 3"}, {"said": "text 41"}]


def test_it_tells_nothing_from_an_empty_text(data: bytes) -> None:
    found = page(data, 0, 1)
    assert found
    assert found.cells(0)["said"] is None


@pytest.mark.parametrize("bounds", [Bounds("absent", 0, 1), Bounds("list", 0, 1)])
def test_it_gives_nothing_for_a_column_that_is_no_number(data: bytes, bounds: Bounds) -> None:
    assert page(data, 0, 5, bounds) is None


def test_it_gives_nothing_for_what_is_no_parquet() -> None:
    assert page(b"PAR1 but not really PAR1", 0, 5) is None
