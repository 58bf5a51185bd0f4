"""Objects on a disk."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

import pytest

from models_app.storage import blob_store
from models_app.storage.blob_store import DiskStore

KEY = "12" * 32


def stored(store: DiskStore, data: bytes, key: str = KEY) -> None:
    with store.new_draft() as draft:
        draft.write(data)
        store.adopt(draft, key)


def test_it_keeps_objects_in_small_folders(tmp_path: Path) -> None:
    store = DiskStore(tmp_path / "lfs")
    stored(store, b"hello")
    assert (tmp_path / "lfs" / "12" / "12" / KEY).read_bytes() == b"hello"
    assert store.size(KEY) == 5
    assert store.local_path(KEY) == tmp_path / "lfs" / "12" / "12" / KEY
    assert [(item.key, item.size) for item in store.objects()] == [(KEY, 5)]


def test_it_reads_ranges(tmp_path: Path) -> None:
    store = DiskStore(tmp_path)
    stored(store, bytes(range(256)) * 10_000)
    assert b"".join(store.read(KEY, 255, 258)) == b"\xff\x00\x01"
    assert sum(map(len, store.read(KEY, 0, 2_560_000))) == 2_560_000
    assert list(store.read(KEY, 5, 5)) == []
    with pytest.raises(EOFError):
        list(store.read(KEY, 2_559_999, 2_560_001))


def test_it_says_when_there_is_nothing(tmp_path: Path) -> None:
    store = DiskStore(tmp_path)
    assert store.size(KEY) is None
    store.delete(KEY)
    with pytest.raises(FileNotFoundError):
        list(store.read(KEY, 0, 1))


def test_it_removes_a_draft_that_is_not_adopted(tmp_path: Path) -> None:
    store = DiskStore(tmp_path)
    with store.new_draft() as draft:
        draft.write(b"half")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_it_sweeps_drafts_of_processes_that_died(tmp_path: Path) -> None:
    store = DiskStore(tmp_path)
    with store.new_draft() as young, store.new_draft() as old:
        os.utime(old.path, (0, time.time() - 3 * 86_400))
        assert store.sweep() == 1
        assert young.path.exists()
        assert not old.path.exists()


def test_it_keeps_nothing_of_what_the_disk_refused_on_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk tells of a failed write once, perhaps to the sync that ran ahead."""

    def refuse(_descriptor: int) -> None:
        raise OSError(errno.EIO, "the disk gave up")

    monkeypatch.setattr(blob_store, "SYNC_AHEAD_BYTES", 10)
    monkeypatch.setattr(os, "fdatasync", refuse)
    store = DiskStore(tmp_path)
    with pytest.raises(OSError, match="gave up"):
        stored(store, bytes(100))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
