"""Reads of scans, for files that the caller has already come to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from models_app.previews.kinds import FileKind, kind_of
from models_app.previews.pickles import SCANNER
from models_app.repositories import selectors
from models_app.repositories.models import Repository
from models_app.repositories.types import TreeEntry
from models_app.scans.models import PickleScan

BATCH = 500
# Beyond so many files a repository is not looked through.
MAX_PAGES = 20


def may_run_code(entry: TreeEntry) -> bool:
    return not entry.is_directory and kind_of(entry.path) == FileKind.PICKLE


def etag_of(entry: TreeEntry) -> str:
    return entry.lfs.sha256 if entry.lfs else entry.oid


def scans_of(entries: Iterable[TreeEntry]) -> dict[str, PickleScan | None]:
    """By path, for those entries that may run code; None where the present scanner was not there yet.

    No query without such an entry, else one for each BATCH of them.
    """
    etags = {entry.path: etag_of(entry) for entry in entries if may_run_code(entry)}
    wanted = sorted(set(etags.values()))
    found: dict[str, PickleScan] = {}
    for start in range(0, len(wanted), BATCH):
        rows = PickleScan.objects.filter(etag__in=wanted[start : start + BATCH], scanner=SCANNER)
        found.update((row.etag, row) for row in rows)
    return {path: found.get(etag) for path, etag in etags.items()}


def scans_at(repository: Repository, commit: str) -> dict[str, PickleScan | None]:
    """The same for all files of a commit."""
    return scans_of(entries_at(repository, commit))


def entries_at(repository: Repository, commit: str) -> Iterator[TreeEntry]:
    """The files of a commit that may run code; of a very large one the first."""
    after: str | None = ""
    for _ in range(MAX_PAGES):
        page = selectors.list_tree(repository, commit, recursive=True, after=after or "")
        yield from filter(may_run_code, page.entries)
        after = page.next_after
        if after is None:
            return
