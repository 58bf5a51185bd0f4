"""The database's index of git: head, counts, sizes, card columns, tags, last changes.

Git is read first, without a transaction; then everything is written in one, on the condition that
nobody indexed meanwhile. So the index only ever steps from one true state to another, and a step
that a crash left out is taken by whoever comes next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from models_app.cards import front_matter
from models_app.cards.metadata import CardIndex
from models_app.commits.card_columns import is_telling, read_card_index
from models_app.commits.models import PathChange
from models_app.repositories import derived, selectors
from models_app.repositories.models import Repository, RepositoryType
from models_app.storage import git_history, lfs_pointers
from models_app.storage.git_history import ModeAndId, TreeChange
from models_app.storage.git_objects import DEFAULT_BRANCH, SUBMODULE_MODE, TREE_MODE, GitRepository
from models_app.storage.git_store import store

BATCH = 500
MAX_PARENT, MAX_NAME = 1024, 255
CARD_COLUMNS = (
    "title", "summary", "task", "library", "licence", "card_data", "config", "parameters",
    "parameters_by_dtype", "file_facts",
)  # fmt: skip

PathKey = tuple[str, str]


@dataclass(slots=True)
class Facts:
    """What git says since `base`; with `base` empty, of the whole history."""

    repository: Repository
    expected_head: str
    base: str
    tip: str
    commit_count: int
    changed: dict[PathKey, tuple[int, str]] = field(default_factory=dict)
    removed: set[PathKey] = field(default_factory=set)
    new_blobs: set[str] = field(default_factory=set)
    # How often each blob came more than it went: what the size of the branch grew by.
    arrivals: Counter[str] = field(default_factory=Counter)
    main_bytes: int = 0
    touched: set[str] = field(default_factory=set)
    large_files: set[str] = field(default_factory=set)
    # None when nothing that it is read from changed.
    card: CardIndex | None = None


def card_errors(readme: bytes, type_: RepositoryType) -> list[str]:
    """Why a README must not be committed; a text that is no UTF-8 has no metadata to check."""
    return front_matter.validate(readme.decode("utf-8", "replace"), type_.value).errors


def gather(repository: Repository, *, full: bool = False) -> Facts | None:
    """None when the index is up to date. Costs a comparison of trees for each new commit."""
    state = derived.index_state(repository)
    git = store().open(repository.storage_id)
    tip = git.ref(f"refs/heads/{DEFAULT_BRANCH}")
    if tip is None or (tip == state.head and not full):
        return None
    # A new repository's first commit was recorded without its paths and sizes; the first step takes it along.
    base = "" if full or state.commit_count <= 1 or state.main_bytes is None else state.head
    chain, met = git_history.first_parents(git, tip, base)
    if not met:
        base = ""
    reached = sum(1 for _ in git_history.commits(git, tip, hidden=base))
    earlier = state.commit_count if base else 0
    facts = Facts(repository, state.head, base, tip, earlier + reached)
    collect_changes(facts, git, chain, first_seq=earlier)
    facts.large_files = pointers_among(git, facts.new_blobs)
    known = (state.main_bytes or 0) if base else 0
    facts.main_bytes = known + growth(repository, git, facts.arrivals)
    if not base or is_telling(facts.touched):
        repository.parameters_by_dtype = state.parameters_by_dtype
        repository.file_facts = state.file_facts
        facts.card = read_card_index(repository, git, tip, facts.touched if base else None)
    return facts


def collect_changes(facts: Facts, git: GitRepository, chain: list[str], *, first_seq: int) -> None:
    tree = git.tree_id(facts.base) if facts.base else None
    for seq, commit in enumerate(reversed(chain), start=first_seq):
        new_tree = git.tree_id(commit)
        for change in git_history.tree_changes(git, tree, new_tree):
            note_change(facts, change, seq, commit)
        tree = new_tree


def note_change(facts: Facts, change: TreeChange, seq: int, commit: str) -> None:
    parent, _, name = change.path.rpartition("/")
    key = (parent, name)
    facts.touched.add(change.path)
    facts.arrivals.subtract(blob_in(change.old))
    facts.arrivals.update(blob_in(change.new))
    if change.new is None:
        facts.changed.pop(key, None)
        facts.removed.add(key)
        return
    facts.removed.discard(key)
    if len(parent) <= MAX_PARENT and len(name) <= MAX_NAME:
        facts.changed[key] = (seq, commit)
    facts.new_blobs.update(blob_in(change.new))


def blob_in(side: ModeAndId | None) -> list[str]:
    return [side[1]] if side and side[0] not in {TREE_MODE, SUBMODULE_MODE} else []


def pointers_among(git: GitRepository, blobs: Iterable[str]) -> set[str]:
    return {pointer.sha256 for oid in blobs if (pointer := pointer_at(git, oid, git.size(oid)))}


def pointer_at(git: GitRepository, oid: str, size: int) -> lfs_pointers.Pointer | None:
    return lfs_pointers.parse(git.blob(oid)) if size in lfs_pointers.POINTER_SIZES else None


def growth(repository: Repository, git: GitRepository, arrivals: Counter[str]) -> int:
    """By how many bytes the branch grew: real sizes of what came, less those of what went."""
    moved = {oid: (times, git.size(oid)) for oid, times in arrivals.items() if times}
    pointers = {oid: found for oid, (_n, size) in moved.items() if (found := pointer_at(git, oid, size))}
    large = selectors.linked_objects(repository, {pointer.sha256 for pointer in pointers.values()})
    # A text that only looks like a pointer counts as the text that it is.
    real = {oid: large[pointer.sha256].size for oid, pointer in pointers.items() if pointer.sha256 in large}
    return sum(times * real.get(oid, size) for oid, (times, size) in moved.items())


def apply(facts: Facts) -> bool:
    """Write the facts in the caller's transaction; False when somebody indexed since they were read."""
    repository = facts.repository
    derived.mark_committed(repository, facts.large_files)
    columns: dict[str, Any] = {
        "head": facts.tip,
        "commit_count": facts.commit_count,
        "main_bytes": max(facts.main_bytes, 0),
    }
    if facts.card:
        columns |= {name: getattr(facts.card, name) for name in CARD_COLUMNS}
    if not derived.step(repository, expected_head=facts.expected_head, columns=columns):
        return False
    if facts.card:
        derived.write_tags(repository, facts.card.tags)
    write_path_changes(facts)
    return True


def catch_up(repository: Repository, *, full: bool = False) -> bool:
    """Bring the index up to date, however far it is behind; True when there was something to do."""
    worked = False
    while facts := gather(repository, full=full):
        with transaction.atomic():
            applied = apply(facts)
        worked, full = worked or applied, full and not applied
    if not worked:
        derived.refresh(repository)
    return worked


def write_path_changes(facts: Facts) -> None:
    rows = PathChange.objects.filter(repository=facts.repository)
    if not facts.base:
        rows.delete()
    by_parent: dict[str, list[str]] = {}
    for parent, name in facts.removed:
        by_parent.setdefault(parent, []).append(name)
    for parent, names in by_parent.items():
        for start in range(0, len(names), BATCH):
            rows.filter(parent=parent, name__in=names[start : start + BATCH]).delete()
    PathChange.objects.bulk_create(
        [
            PathChange(repository=facts.repository, parent=parent, name=name, seq=seq, commit=commit)
            for (parent, name), (seq, commit) in facts.changed.items()
        ],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["repository", "parent", "name"],
        update_fields=["seq", "commit"],
    )
