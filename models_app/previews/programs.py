"""Runs a program that reads untrusted files, in a process of its own, which may die.

`asked` is the other side of the conversation.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from models_app.previews.reading import ReadRange
from walls import reader
from walls.reader import Program, Reach

MAX_LINE = 16_000_000
NO_LIMIT = 1 << 62
NOTHING = Reach()


def converse(
    program: str,
    order: Any,
    reads: Sequence[ReadRange],
    *,
    seconds: float,
    budget: int = NO_LIMIT,
    reach: Reach = NOTHING,
) -> dict[str, Any]:
    """What the program said until it ended, was killed after `seconds`, or wanted more than `budget` bytes.

    The module `program` gets nothing of the hub's environment, no network, and of the files only what it
    asks for or is in its reach.
    """
    with _started(program, reach, seconds) as process:
        if not _told(process, [reach.line(), json.dumps(order).encode() + b"\n"]):
            return {}
        return _conversation(process, reads, budget)


@contextmanager
def _started(program: str, reach: Reach, seconds: float) -> Iterator[Program]:
    process = reader.start(program, reach)
    try:
        watch = threading.Timer(seconds, process.kill)
        watch.start()
        try:
            yield process
        finally:
            watch.cancel()
            # Behind it nobody kills by a handle that may mean another process by then.
            watch.join()
    finally:
        process.end()


def _conversation(process: Program, reads: Sequence[ReadRange], budget: int) -> dict[str, Any]:
    said: dict[str, Any] = {}
    while line := process.stdout.readline(MAX_LINE):
        try:
            message = json.loads(line)
        except ValueError:
            break
        said |= message
        if "read" not in message:
            continue
        number, start, end = message["read"]
        budget -= end - start
        if budget < 0 or not _told(process, reads[number](start, end)):
            break
    return said


def _told(process: Program, blocks: Iterator[bytes] | list[bytes]) -> bool:
    try:
        for block in blocks:
            process.stdin.write(block)
        process.stdin.flush()
    except BrokenPipeError:
        return False
    return True
