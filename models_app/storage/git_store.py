"""Where bare repositories live, how they are made, locked and thrown away."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pygit2
from django.conf import settings

from hub.core.errors import Busy, RepositoryNotFound
from models_app.storage.git_objects import DEFAULT_BRANCH, GitRepository
from models_app.storage.pack import sync_folder, write_durably

LOCK_WAIT_SECONDS = 10.0
LOCK_POLL_SECONDS = 0.004
# A process that died may leave `<ref>.lock`; none that lives holds one nearly this long.
STALE_REF_LOCK_SECONDS = 60

# bigFileThreshold: without it delta search over large blobs makes a clone ten times slower.
# unpackLimit: pushes stay packs. fsync: by default a push syncs pack and index, but not the ref.
CONFIG = f"""[core]
	repositoryformatversion = 0
	filemode = true
	bare = true
	bigFileThreshold = 1m
	fsync = committed,reference
[init]
	defaultBranch = {DEFAULT_BRANCH}
[receive]
	unpackLimit = 1
	denyDeleteCurrent = true
	autogc = false
[gc]
	auto = 0
[uploadpack]
	allowFilter = true
	allowReachableSHA1InWant = true
[transfer]
	fsckObjects = true
	hideRefs = refs/hub
[repack]
	writeBitmaps = true
[pack]
	threads = 1
"""


@dataclass(frozen=True, slots=True)
class GitStore:
    """Bare repositories below one folder, each named by an id that never changes."""

    root: Path

    def path(self, storage_id: str) -> Path:
        return self.root / storage_id[:2] / f"{storage_id}.git"

    def exists(self, storage_id: str) -> bool:
        return (self.path(storage_id) / "HEAD").is_file()

    def create(self, storage_id: str) -> GitRepository:
        """An empty repository, complete on disk before its name is visible."""
        path = self.path(storage_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"tmp_{storage_id}.{os.getpid()}")
        shutil.rmtree(draft, ignore_errors=True)
        for folder in ("objects/pack", "objects/info", "refs/heads", "refs/tags", "info"):
            (draft / folder).mkdir(parents=True)
        write_durably(draft / "config", CONFIG.encode())
        write_durably(draft / "HEAD", f"ref: refs/heads/{DEFAULT_BRANCH}\n".encode())
        draft.rename(path)
        sync_folder(path.parent)
        return GitRepository(path)

    def open(self, storage_id: str) -> GitRepository:
        """RepositoryNotFound when the folder is missing: it was deleted a moment ago."""
        try:
            return GitRepository(self.path(storage_id))
        except pygit2.GitError:
            raise RepositoryNotFound from None

    def discard(self, storage_id: str) -> None:
        """Out of sight at once; upkeep removes the bytes after a grace time."""
        trash = self.root / "trash"
        trash.mkdir(parents=True, exist_ok=True)
        target = trash / f"{storage_id}.git"
        try:
            self.path(storage_id).rename(target)
        except FileNotFoundError:
            return
        os.utime(target)

    def pack_bytes(self, storage_id: str) -> int:
        """What a repository's packs take on disk; nothing for one that is joined into another meanwhile."""
        total = 0
        with os.scandir(self.path(storage_id) / "objects" / "pack") as files:
            for file in files:
                if file.name.startswith("pack-"):
                    with suppress(FileNotFoundError):
                        total += file.stat().st_size
        return total

    def storage_ids(self) -> Iterator[str]:
        for folder in sorted(self.root.glob("[0-9a-f][0-9a-f]/*.git")):
            yield folder.name.removesuffix(".git")

    @contextmanager
    def locked(self, storage_id: str, *, wait_seconds: float = LOCK_WAIT_SECONDS) -> Iterator[None]:
        """Alone on this host at moving references of one repository. Busy after `wait_seconds`."""
        path = self.path(storage_id)
        try:
            handle = os.open(path / "hub.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except FileNotFoundError:
            raise RepositoryNotFound from None
        try:
            wait_for_lock(handle, wait_seconds)
            if not self.exists(storage_id):  # discarded while we waited
                raise RepositoryNotFound
            remove_stale_ref_locks(path)
            yield
        finally:
            os.close(handle)


def wait_for_lock(handle: int, wait_seconds: float) -> None:
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise Busy("Other commits to this repository are in progress. Try again.") from None
            time.sleep(LOCK_POLL_SECONDS)


def remove_stale_ref_locks(path: Path) -> None:
    oldest = time.time() - STALE_REF_LOCK_SECONDS
    candidates = [*(path / "refs").rglob("*.lock"), path / "packed-refs.lock", path / "HEAD.lock"]
    for lock in candidates:
        try:
            if lock.stat().st_mtime < oldest:
                lock.unlink()
        except FileNotFoundError:
            continue


def store() -> GitStore:
    return GitStore(settings.DATA_DIR / "repos")
