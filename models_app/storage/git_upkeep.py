"""Keeping repositories quick and tidy, and telling what is wrong with one."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models_app.storage import git_processes
from models_app.storage.git_store import STALE_REF_LOCK_SECONDS, GitStore

MANY_PACKS = 50
MANY_LOOSE_OBJECTS = 2_000
FULL_REPACK_DAYS = 30
# Objects that no reference names stay this long: somebody may be about to name them.
UNREACHABLE_GRACE = "2.weeks.ago"
DRAFT_SECONDS = 86_400
TRASH_SECONDS = 7 * 86_400
MAX_FINDINGS = 20


@contextmanager
def alone(path: Path) -> Iterator[bool]:
    """Whether nobody else on this host packs the repository: two at once would take packs from each other."""
    handle = os.open(path / "hub.packing", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(handle)


def pack_count(path: Path) -> int:
    return sum(1 for _ in (path / "objects" / "pack").glob("pack-*.pack"))


def has_many_packs(path: Path) -> bool:
    """Whoever opens the repository lists all packs: 50 cost half a millisecond, 5,000 cost 60."""
    return pack_count(path) > MANY_PACKS


def loose_count(path: Path) -> int:
    return sum(1 for _ in (path / "objects").glob("[0-9a-f][0-9a-f]/*"))


def needs_repack(path: Path) -> bool:
    return has_many_packs(path) or loose_count(path) > MANY_LOOSE_OBJECTS


def needs_full_repack(path: Path) -> bool:
    """Monthly, and only where something was packed since."""
    mark = path / "hub.repacked"
    done = mark.stat().st_mtime if mark.exists() else (path / "config").stat().st_mtime
    return pack_count(path) > 1 and time.time() - done > FULL_REPACK_DAYS * 86_400


def repack(path: Path) -> None:
    """Safe beside commits: it only joins packs, the smaller ones first."""
    git_processes.run(path, "repack", "-d", "--geometric=2", "--write-midx", "-q")


def repack_fully(path: Path) -> None:
    """One pack, a bitmap and a commit graph. Run it under the repository's lock."""
    git_processes.run(
        path, "repack", "-A", "-d", f"--unpack-unreachable={UNREACHABLE_GRACE}", "--write-bitmap-index", "-q"
    )
    git_processes.run(path, "prune", f"--expire={UNREACHABLE_GRACE}")
    git_processes.run(path, "commit-graph", "write", "--reachable", "--changed-paths", "--no-progress")
    (path / "hub.repacked").touch()


def remove_drafts(path: Path) -> int:
    """Temporary files that a killed process left in a repository a day ago or earlier."""
    oldest = time.time() - DRAFT_SECONDS
    drafts = [*path.glob("objects/tmp_*"), *path.glob("objects/*/tmp_*"), *path.glob("objects/incoming-*")]
    return sum(_remove_if_older(draft, oldest) for draft in drafts)


def empty_trash(store: GitStore) -> int:
    """Deleted repositories after their time of grace, and creations that were never finished."""
    trash = [(path, TRASH_SECONDS) for path in (store.root / "trash").glob("*.git")]
    drafts = [(path, DRAFT_SECONDS) for path in store.root.glob("[0-9a-f][0-9a-f]/tmp_*")]
    return sum(_remove_if_older(path, time.time() - age) for path, age in trash + drafts)


def _remove_if_older(path: Path, oldest: float) -> bool:
    try:
        if path.stat().st_mtime >= oldest:
            return False
    except FileNotFoundError:
        return False
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
    return True


def litter(path: Path) -> Iterator[str]:
    """Names of temporary files and reference locks that nobody can be using any more."""
    now = time.time()
    for pattern, age in (("objects/**/tmp_*", DRAFT_SECONDS), ("refs/**/*.lock", STALE_REF_LOCK_SECONDS)):
        for found in path.glob(pattern):
            if now - found.stat().st_mtime > age:
                yield str(found.relative_to(path))


def check(path: Path, *, full: bool) -> list[str]:
    """What git's own check complains of, at most 20 lines; `full` reads every object."""
    options = ["--full", "--strict"] if full else ["--connectivity-only"]
    try:
        git_processes.run(path, "fsck", "--no-dangling", "--no-progress", *options)
    except git_processes.GitFailed as failed:
        return str(failed).splitlines()[:MAX_FINDINGS]
    return []
