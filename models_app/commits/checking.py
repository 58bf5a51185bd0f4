"""Is what the database says also what lies on disk? And the reverse."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from models_app.commits import services
from models_app.content import selectors as content
from models_app.content.verification import verify_contents
from models_app.repositories import attributes, derived, selectors
from models_app.repositories.models import Repository
from models_app.storage import git_upkeep, lfs_pointers
from models_app.storage.git_objects import DEFAULT_BRANCH, LOOKUP_ERRORS, GitRepository, RawEntry
from models_app.storage.git_store import CONFIG, store

# A folder is older than its row for as long as its creation takes.
STRAY_SECONDS = 3600
POINTERS_PER_QUERY = 1000


@dataclass(frozen=True, slots=True)
class Finding:
    """`place` names a repository or an object. What was repaired is no error any more."""

    place: str
    problem: str
    is_error: bool = True
    repaired: bool = False


def check_everything(*, full: bool = False, repair: bool = False) -> Iterator[Finding]:
    """Every repository, then large content. `full` reads every git object and all large content;
    `repair` sets right what can be derived: indexes from git, garbage to the trash."""
    known: set[str] = set()
    for repository in derived.every_repository():
        known.add(repository.storage_id)
        yield from check_repository(repository, full=full, repair=repair)
    yield from check_strays(known, repair=repair)
    for row in content.verify_rows():
        yield Finding(f"{row.kind} {row.key}", row.problem, row.is_error)
    for damage in verify_contents() if full else ():
        yield Finding(f"{damage.kind} {damage.key}", damage.problem, damage.is_error)


def check_repository(repository: Repository, *, full: bool, repair: bool) -> Iterator[Finding]:
    place = f"{repository.type} {repository.full_id}"
    path = store().path(repository.storage_id)
    if not store().exists(repository.storage_id):
        yield Finding(place, f"has no folder {path}")
        return
    damages = git_upkeep.check(path, full=full)
    yield from (Finding(place, damage) for damage in damages)
    if damages:  # reading on would fail at the same places
        return
    try:
        yield from check_index(place, repository, repair=repair)
    except LOOKUP_ERRORS as error:
        yield Finding(place, f"has objects that cannot be read ({error}); try --full")


def check_index(place: str, repository: Repository, *, repair: bool) -> Iterator[Finding]:
    git = store().open(repository.storage_id)
    tip = git.ref(f"refs/heads/{DEFAULT_BRANCH}")
    if tip is None:
        yield Finding(place, f"has no branch {DEFAULT_BRANCH}")
        return
    if tip != repository.head:
        repaired = repair and services.heal(repository)
        yield Finding(place, f"is indexed at {repository.head or 'nothing'}, not at {tip}", repaired=repaired)
    yield from check_large_files(place, repository, git, repair=repair)
    yield from check_folder(place, git, repair=repair)


def check_large_files(
    place: str, repository: Repository, git: GitRepository, *, repair: bool
) -> Iterator[Finding]:
    """Pointers at the tips of all branches and tags, where `.gitattributes` says they are pointers."""
    sha256_of: dict[str, str] = {}
    for _, commit in git.refs():
        rules = attributes_at(git, commit)
        for entry in git.walk(git.tree_id(commit)):
            if entry.oid not in sha256_of and not entry.is_folder and rules.is_lfs(entry.path):
                pointer = pointer_in(git, entry)
                sha256_of.update({entry.oid: pointer.sha256} if pointer else {})
    wanted = set(sha256_of.values())
    linked = selectors.linked_objects(repository, wanted)
    for sha256 in sorted(wanted - linked.keys()):
        yield Finding(place, f"names the large file {sha256}, but is not linked to it")
    if repair:
        derived.mark_committed(repository, linked)


def attributes_at(git: GitRepository, commit: str) -> attributes.Attributes:
    entry = git.entry(commit, ".gitattributes")
    text = git.blob(entry.oid).decode("utf-8", "replace") if entry and not entry.is_folder else ""
    return attributes.parse(text)


def pointer_in(git: GitRepository, entry: RawEntry) -> lfs_pointers.Pointer | None:
    small = git.size(entry.oid) in lfs_pointers.POINTER_SIZES
    return lfs_pointers.parse(git.blob(entry.oid)) if small else None


def check_folder(place: str, git: GitRepository, *, repair: bool) -> Iterator[Finding]:
    config = git.path / "config"
    if config.read_text() != CONFIG:
        if repair:
            config.write_text(CONFIG)
        yield Finding(place, "has other git settings than the hub's", is_error=False, repaired=repair)
    for name in git_upkeep.litter(git.path):
        if repair:
            (git.path / name).unlink(missing_ok=True)
        yield Finding(place, f"holds the leftover {name}", is_error=False, repaired=repair)


def check_strays(known: set[str], *, repair: bool) -> Iterator[Finding]:
    for storage_id in store().storage_ids():
        path = store().path(storage_id)
        if storage_id in known or time.time() - path.stat().st_mtime < STRAY_SECONDS:
            continue
        if derived.is_storage_of_a_repository(storage_id):
            continue
        if repair:
            store().discard(storage_id)
        yield Finding(f"folder {path}", "belongs to no repository", is_error=False, repaired=repair)
