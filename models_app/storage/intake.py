"""Bytes on their way into a draft: hashed and written in other threads while more comes in.

Receiving, hashing and writing let go of Python's lock while they work, so side by side they take the time of
the slowest. What arrives is gathered into blocks; a block is hashed, then written, then free for more. Helper
threads and spare blocks are few and belong to the whole process. An upload has one block of its own and
borrows others only while that is in work, so slow clients hold neither threads nor memory of the quick ones.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import TracebackType
from typing import Protocol, Self

from models_app.storage.blob_store import Draft

BLOCK_BYTES = 1 << 20
# Of one upload: one fills, one is hashed, one is written, one waits.
BLOCKS_AT_ONCE = 4
SPARE_BLOCKS = 24
HELPERS = ThreadPoolExecutor(2 * (os.cpu_count() or 1) + 2, thread_name_prefix="intake")


class Digest(Protocol):
    def update(self, data: memoryview, /) -> None: ...


class Block:
    def __init__(self) -> None:
        self.view = memoryview(bytearray(BLOCK_BYTES))
        self.used = 0

    @property
    def content(self) -> memoryview:
        return self.view[: self.used]

    @property
    def is_full(self) -> bool:
        return self.used == BLOCK_BYTES

    def fill(self, data: memoryview) -> memoryview:
        """Take what fits; returns the rest."""
        end = min(self.used + len(data), BLOCK_BYTES)
        taken = end - self.used
        self.view[self.used : end] = data[:taken]
        self.used = end
        return data[taken:]


class Spares:
    """Blocks to borrow, kept once they are made: fresh memory costs time."""

    def __init__(self, most: int) -> None:
        self.lock = threading.Lock()
        self.unmade = most
        self.idle: list[Block] = []

    def borrow(self) -> Block | None:
        with self.lock:
            if self.idle:
                return self.idle.pop()
            if not self.unmade:
                return None
            self.unmade -= 1
        return Block()

    def give_back(self, block: Block) -> None:
        block.used = 0
        with self.lock:
            self.idle.append(block)


SPARES = Spares(SPARE_BLOCKS)


class Lane:
    """Does one piece of work after the other, in the order they came, each in whatever helper is free."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.waiting: deque[Callable[[], None]] = deque()
        self.is_moving = False

    def add(self, work: Callable[[], None]) -> None:
        """`work` raises nothing."""
        with self.lock:
            self.waiting.append(work)
            if self.is_moving:
                return
            self.is_moving = True
        self._move()

    def _move(self) -> None:
        """Queue the next step, behind the work of other uploads."""
        try:
            HELPERS.submit(self._step)
        except RuntimeError:  # the process is ending and takes no more work
            self._step()

    def _step(self) -> None:
        self.waiting.popleft()()
        with self.lock:
            goes_on = self.is_moving = bool(self.waiting)
        if goes_on:
            self._move()


class Intake:
    """Feeds a draft, a digest, or both: `put` what comes, then `finish`.

    Both raise what went wrong beside them, a full disk for instance. At the end of the `with` block nothing
    uses the draft or the digest any more.
    """

    def __init__(self, draft: Draft | None, digest: Digest | None = None) -> None:
        self.draft = draft
        self.digest = digest
        self.received = 0
        self.failure: Exception | None = None
        self.hashing, self.writing = Lane(), Lane()
        self.own = Block()
        self.block: Block | None = self.own
        self.in_work: list[Block] = []
        self.changed = threading.Condition()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._wait()
        if self.block is not None and self.block is not self.own:
            SPARES.give_back(self.block)
        self.block = None

    def put(self, data: bytes) -> None:
        self.received += len(data)
        rest = memoryview(data)
        while rest:
            # Only now, when there is something to fill it with: a slow client's own one is free again.
            if self.block is None:
                self.block = self._free_block()
            rest = self.block.fill(rest)
            if self.block.is_full:
                self._hand_on(self.block)
                self.block = None

    def finish(self) -> None:
        """Everything that was put is hashed and written, not yet durable."""
        self._wait()
        self._raise_failure()
        if self.block is not None:
            if self.digest:
                self.digest.update(self.block.content)
            if self.draft:
                self.draft.write(self.block.content)
            self.block.used = 0

    def _free_block(self) -> Block:
        with self.changed:
            while True:
                self._raise_failure()
                if self.own not in self.in_work:
                    return self.own
                if len(self.in_work) < BLOCKS_AT_ONCE and (spare := SPARES.borrow()):
                    return spare
                self.changed.wait()

    def _raise_failure(self) -> None:
        if self.failure:
            raise self.failure

    def _wait(self) -> None:
        with self.changed:
            self.changed.wait_for(lambda: not self.in_work)

    def _hand_on(self, block: Block) -> None:
        with self.changed:
            self.in_work.append(block)
        self.hashing.add(partial(self._hash, block))

    def _hash(self, block: Block) -> None:
        if self.digest and not self.failure:
            self.digest.update(block.content)
        self.writing.add(partial(self._write, block))

    def _write(self, block: Block) -> None:
        try:
            if self.draft and not self.failure:
                self.draft.write(block.content)
        except Exception as error:  # noqa: BLE001  raised in the thread that receives
            self.failure = error
        block.used = 0
        if block is not self.own:
            SPARES.give_back(block)
        with self.changed:
            self.in_work.remove(block)
            self.changed.notify_all()
