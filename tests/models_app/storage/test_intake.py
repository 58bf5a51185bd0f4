"""Large bodies on their way to a disk: hashed and written beside the receiving."""

from __future__ import annotations

import errno
import hashlib
import os
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from models_app.storage.blob_store import Draft
from models_app.storage.intake import BLOCK_BYTES, SPARE_BLOCKS, SPARES, Intake

PIECE = 300_001


def take_in(draft: Draft, data: bytes) -> str:
    digest = hashlib.sha256()
    with Intake(draft, digest) as intake:
        for at in range(0, len(data), PIECE):
            intake.put(data[at : at + PIECE])
        intake.finish()
    assert intake.received == len(data)
    return digest.hexdigest()


def all_spares_are_back() -> bool:
    return len(SPARES.idle) + SPARES.unmade == SPARE_BLOCKS


@pytest.mark.parametrize("size", [0, 5, BLOCK_BYTES, 9 * BLOCK_BYTES + 7])
def test_what_comes_is_written_and_hashed_in_its_order(tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    with Draft(tmp_path) as draft:
        assert take_in(draft, data) == hashlib.sha256(data).hexdigest()
        draft.sync()
        assert draft.path.read_bytes() == data
    assert all_spares_are_back()


def test_a_disk_that_fills_up_beside_the_receiving_is_told_to_the_receiver(tmp_path: Path) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    with (
        mock.patch.object(Draft, "write", side_effect=full),
        Draft(tmp_path) as draft,
        pytest.raises(OSError, match="No space"),
    ):
        take_in(draft, bytes(40 * BLOCK_BYTES))
    assert list(tmp_path.iterdir()) == []
    assert all_spares_are_back()


def test_a_client_that_leaves_takes_nothing_along(tmp_path: Path) -> None:
    def half_a_body() -> Iterator[bytes]:
        yield from [bytes(PIECE)] * 30
        raise ConnectionError

    with pytest.raises(ConnectionError), Draft(tmp_path) as draft, Intake(draft) as intake:
        deque(map(intake.put, half_a_body()))
    assert list(tmp_path.iterdir()) == []
    assert all_spares_are_back()
