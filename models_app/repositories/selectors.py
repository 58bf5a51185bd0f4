"""Reading repositories: revisions, trees and contents, always of one exact commit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from hub.core.errors import EntryNotFound, RevisionNotFound
from models_app.content.models import LfsObject
from models_app.repositories.models import Repository, RepositoryLfsObject
from models_app.repositories.types import Content, LfsInfo, Ref, Refs, Revision, TreeEntry
from models_app.storage import lfs_pointers
from models_app.storage.git_objects import FULL_ID, GitRepository, RawEntry
from models_app.storage.git_store import store

PAGE = 1000
BLOCK = 256 * 1024
MAX_README_BYTES = 1_000_000
# Databases limit the parameters of one query.
QUERY_BATCH = 500


@dataclass(frozen=True, slots=True)
class TreePage:
    """`next_after` is the path to continue after, None on the last page."""

    entries: list[TreeEntry]
    next_after: str | None


def resolve(repository: Repository, revision: str) -> Revision:
    """Branch, then tag, then commit id (4 digits or more). Raises RevisionNotFound."""
    found = store().open(repository.storage_id).resolve(revision)
    if found is None:
        raise RevisionNotFound(revision)
    return Revision(asked=revision, commit=found[0], ref=found[1])


def find(repository: Repository, commit: str, path: str) -> TreeEntry:
    """Raises EntryNotFound, which names the commit so that clients may remember the absence."""
    git = store().open(repository.storage_id)
    entry = git.entry(known_commit(git, commit), path.strip("/"))
    if entry is None or not path.strip("/"):
        raise EntryNotFound(commit=commit)
    return with_large_files(repository, git, [entry])[0]


def find_many(repository: Repository, commit: str, paths: Iterable[str]) -> list[TreeEntry]:
    """The entries that exist, in the order asked; unknown paths are left out."""
    git = store().open(repository.storage_id)
    commit = known_commit(git, commit)
    entries = [entry for path in paths if path.strip("/") and (entry := git.entry(commit, path.strip("/")))]
    return with_large_files(repository, git, entries)


def list_tree(
    repository: Repository,
    commit: str,
    path: str = "",
    *,
    recursive: bool = False,
    after: str = "",
    limit: int = PAGE,
) -> TreePage:
    """Files and folders below `path` in git's order, folders before their contents.

    Costs two queries a page; blob contents are read only where their size allows a pointer.
    Raises EntryNotFound when `path` is no folder.
    """
    git = store().open(repository.storage_id)
    path = path.strip("/")
    folder = git.entry(known_commit(git, commit), path)
    if folder is None or not folder.is_folder:
        raise EntryNotFound(commit=commit)
    page: list[RawEntry] = []
    for entry in _entries(git, folder, path, recursive=recursive, after=after):
        if len(page) == limit:
            return TreePage(with_large_files(repository, git, page), page[-1].path)
        page.append(git.sized(entry))
    return TreePage(with_large_files(repository, git, page), None)


def _entries(
    git: GitRepository, folder: RawEntry, path: str, *, recursive: bool, after: str
) -> Iterator[RawEntry]:
    inner = after.removeprefix(f"{path}/") if path else after
    if recursive:
        return git.walk(folder.oid, path, inner)
    entries = git.folder(folder.oid, path)
    paths = [entry.path for entry in entries]
    return iter(entries[paths.index(after) + 1 if after in paths else 0 :])


def known_commit(git: GitRepository, commit: str) -> str:
    """Full ids are what `resolve` gave; everything else is resolved here."""
    found = git.commit_id(commit) if FULL_ID.fullmatch(commit) else None
    if found is None:
        resolved = git.resolve(commit)
        if resolved is None:
            raise RevisionNotFound(commit)
        found = resolved[0]
    return found


def with_large_files(repository: Repository, git: GitRepository, entries: list[RawEntry]) -> list[TreeEntry]:
    """Entries with what their pointers stand for.

    A pointer counts only when this repository is linked to the object: text that merely looks
    like a pointer must not open somebody else's file.
    """
    pointers = {
        entry.oid: pointer
        for entry in entries
        if not entry.is_folder
        and entry.size in lfs_pointers.POINTER_SIZES
        and (pointer := lfs_pointers.parse(git.blob(entry.oid)))
    }
    objects = linked_objects(repository, {pointer.sha256 for pointer in pointers.values()})
    return [_tree_entry(entry, objects, pointers) for entry in entries]


def _tree_entry(
    entry: RawEntry, objects: dict[str, LfsObject], pointers: dict[str, lfs_pointers.Pointer]
) -> TreeEntry:
    pointer = pointers.get(entry.oid)
    large = objects.get(pointer.sha256) if pointer else None
    lfs = LfsInfo(large.sha256, large.size, entry.size, large.xet_file_id) if large else None
    return TreeEntry(
        path=entry.path,
        is_directory=entry.is_folder,
        oid=entry.oid,
        size=lfs.size if lfs else entry.size,
        lfs=lfs,
    )


def linked_objects(repository: Repository, sha256s: Iterable[str]) -> dict[str, LfsObject]:
    """The large files among `sha256s` that this repository may read."""
    wanted = sorted(set(sha256s))
    found: dict[str, LfsObject] = {}
    for start in range(0, len(wanted), QUERY_BATCH):
        links = RepositoryLfsObject.objects.filter(
            repository=repository, lfs_object_id__in=wanted[start : start + QUERY_BATCH]
        ).select_related("lfs_object")
        found.update((link.lfs_object_id, link.lfs_object) for link in links)
    return found


def open_content(repository: Repository, entry: TreeEntry) -> Content:
    """The bytes of a file, large or not. Raises EntryNotFound for a folder."""
    if entry.is_directory:
        raise EntryNotFound
    if entry.lfs is not None:
        return _large_content(repository, entry.lfs)
    return Content(
        size=entry.size,
        etag=entry.oid,
        is_large=False,
        read=partial(_read_blob, repository.storage_id, entry.oid),
        redirect_url=_no_redirect,
    )


def _large_content(repository: Repository, lfs: LfsInfo) -> Content:
    from models_app.content import selectors as content

    large = linked_objects(repository, [lfs.sha256])[lfs.sha256]
    return Content(
        size=large.size,
        etag=large.sha256,
        is_large=True,
        read=partial(content.read_range, large),
        redirect_url=partial(content.redirect_url, large),
        local_path=content.local_path(large),
    )


def _read_blob(storage_id: str, oid: str, start: int, end: int) -> Iterator[bytes]:
    data = memoryview(store().open(storage_id).blob(oid))
    for position in range(start, min(end, len(data)), BLOCK):
        yield bytes(data[position : min(position + BLOCK, end)])


def _no_redirect(filename: str) -> str | None:  # noqa: ARG001
    return None


def read_small(
    repository: Repository, commit: str, path: str, *, limit: int = MAX_README_BYTES
) -> bytes | None:
    """A whole small file (a card, a config); None when it is absent, a folder, or over `limit` bytes."""
    try:
        entry = find(repository, commit, path)
    except EntryNotFound:
        return None
    if entry.is_directory or entry.size > limit:
        return None
    return b"".join(open_content(repository, entry).read(0, entry.size))


def refs(repository: Repository) -> Refs:
    """All public references, each group in order of name, `main` first among the branches."""
    groups: dict[str, list[Ref]] = {"heads": [], "tags": [], "convert": [], "pr": []}
    for full_name, commit in store().open(repository.storage_id).refs():
        kind, _, name = full_name.removeprefix("refs/").partition("/")
        if kind in groups:
            groups[kind].append(Ref(name, full_name, commit))
    groups["heads"].sort(key=lambda ref: (ref.name != "main", ref.name))
    return Refs(groups["heads"], groups["tags"], groups["convert"], groups["pr"])
