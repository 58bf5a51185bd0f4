"""The schema and the first rows of a Parquet file, from its footer and the first pages it needs.

The reading itself is done by `parquet_program` in a process of its own, which may die.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.utils.translation import gettext

from models_app.previews.reading import ReadRange
from models_app.previews.tables import Column, TablePreview

# The footer of a file with thousands of row groups is some megabytes; pages of text columns about one.
BYTE_BUDGET = 24_000_000
SECONDS = 20
MAX_LINE = 4_000_000
PROGRAM = "models_app.previews.parquet_program"
# Each takes a core and up to 100 MB; further readers wait for their turn.
_turns = threading.BoundedSemaphore(2)


def page(read: ReadRange, size: int) -> TablePreview | None:
    """None when the file is not readable as Parquet. Fetches BYTE_BUDGET bytes and takes SECONDS at
    most; beyond, the schema comes without rows."""
    if size < 12 or not _turns.acquire(timeout=SECONDS):
        return None
    try:
        with _started(size) as program:
            said = _conversation(program, read)
    finally:
        _turns.release()
    return _preview(said)


@contextmanager
def _started(size: int) -> Iterator[subprocess.Popen[bytes]]:
    """The program with nothing of the hub's environment; killed when it takes too long."""
    program = subprocess.Popen(
        [sys.executable, "-m", PROGRAM, str(size)],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ.get("PATH", ""), "OMP_NUM_THREADS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    watch = threading.Timer(SECONDS, program.kill)
    watch.start()
    try:
        yield program
    finally:
        watch.cancel()
        program.kill()
        program.communicate()


def _conversation(program: subprocess.Popen[bytes], read: ReadRange) -> dict[str, Any]:
    """Hands the program the bytes it asks for; returns what it said until it ended, was killed, or
    wanted too much."""
    assert program.stdin is not None
    assert program.stdout is not None
    said: dict[str, Any] = {}
    left = BYTE_BUDGET
    while line := program.stdout.readline(MAX_LINE):
        try:
            message = json.loads(line)
        except ValueError:
            break
        said |= message
        if "read" not in message:
            continue
        start, end = message["read"]
        left -= end - start
        if left < 0 or not _answered(program, read, start, end):
            break
    return said


def _answered(program: subprocess.Popen[bytes], read: ReadRange, start: int, end: int) -> bool:
    assert program.stdin is not None
    try:
        for block in read(start, end):
            program.stdin.write(block)
        program.stdin.flush()
    except BrokenPipeError:
        return False
    return True


def _preview(said: dict[str, Any]) -> TablePreview | None:
    if "schema" not in said:
        return None
    columns, row_count, row_groups = said["schema"]
    rows = said.get("rows", [])
    return TablePreview(
        [Column(*column) for column in columns],
        rows,
        truncated=row_count > len(rows),
        row_count=row_count,
        row_groups=row_groups,
        note="" if "rows" in said else gettext("The rows cannot be shown here."),
    )
