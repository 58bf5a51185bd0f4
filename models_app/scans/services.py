"""Looks into files that may run code, soon after they came."""

from __future__ import annotations

from django.core.cache import cache

from hub.activity import selectors as activity
from hub.core import clock, enqueue
from hub.core.errors import RepositoryNotFound, RevisionNotFound
from models_app.previews import pickles
from models_app.previews.kinds import ending_of
from models_app.repositories import access, selectors
from models_app.repositories.models import Repository
from models_app.repositories.types import TreeEntry
from models_app.scans.models import Level, PickleScan
from models_app.scans.selectors import entries_at, etag_of, scans_of

FOLLOW_TASK, SCAN_TASK = "models_app.scans.follow", "models_app.scans.scan"
VERBS = ("commit", "repository.duplicated")
MAX_AT_ONCE = 20
ASKED_SECONDS = 300


def follow(event_id: int) -> None:
    """The subscriber of VERBS. Safe to call twice."""
    if event := activity.get_event(event_id):
        scan_commit(int(event.thing_id), event.data.get("commit") or "main")


def ask(repository: Repository, commit: str) -> None:
    """Have what was not scanned yet looked at: content from before there was a scanner, or this one."""
    if cache.add(f"scan:{repository.pk}:{commit}", 1, ASKED_SECONDS):
        enqueue.enqueue_after_commit(SCAN_TASK, repository.pk, commit)


def scan_commit(repository_id: int, commit: str) -> int:
    """Scan the files of a commit that may run code; returns how many were scanned.

    A repository or commit that is gone by now is no error. Many files are taken in turns.
    """
    try:
        repository = access.get_repository_numbered(repository_id)
        entries = list(entries_at(repository, selectors.resolve(repository, commit).commit))
    except (RepositoryNotFound, RevisionNotFound):
        return 0
    known = scans_of(entries)
    left = {etag_of(entry): entry for entry in entries if known[entry.path] is None}
    for etag, entry in list(left.items())[:MAX_AT_ONCE]:
        _scan(repository, entry, etag)
    if len(left) > MAX_AT_ONCE:
        enqueue.enqueue_after_commit(SCAN_TASK, repository.pk, commit)
    return min(len(left), MAX_AT_ONCE)


def _scan(repository: Repository, entry: TreeEntry, etag: str) -> None:
    content = selectors.open_content(repository, entry)
    found = pickles.scan(content.read, content.size, ending_of(entry.path))
    values = {
        "level": found.level or Level.UNREADABLE,
        "imports": [[each.module, each.name, each.level] for each in found.imports],
        "scanner": pickles.SCANNER,
        "scanned_at": clock.now(),
    }
    PickleScan.objects.update_or_create(etag=etag, defaults=values)
