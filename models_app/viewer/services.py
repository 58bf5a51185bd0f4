"""Datasets become Parquet on `refs/convert/parquet`, and the viewer's index of it.

The commit to the default branch is the wake-up; what tells that there is work is that a conversion's
head is not the repository's. So a lost message, or a worker that died, costs a delay until the sweep.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import Error, connection, transaction
from django.db.models import F, Q

from hub.activity import selectors as activity
from hub.core import clock, enqueue
from hub.core.errors import Busy, Conflict, RepositoryNotFound, StorageFull
from models_app.commits import derived_refs
from models_app.repositories import access, derived, selectors
from models_app.repositories.models import Repository, RepositoryType
from models_app.repositories.types import TreeEntry
from models_app.viewer import conversion as files
from models_app.viewer import reading, splits
from models_app.viewer.formats import MEDIA
from models_app.viewer.models import Conversion, ConversionState, ConvertedFile, ConvertedSplit, Part
from models_app.viewer.selectors import REF
from models_app.viewer.splits import NoPlan, Split

log = logging.getLogger(__name__)

REFRESH_TASK = "models_app.viewer.refresh"
FOLLOW_TASK = "models_app.viewer.follow"
DEFAULT_BRANCH = "main"
VERBS = ("commit", "repository.duplicated", "repository.large-files-deleted")
ENDED = (ConversionState.DONE, ConversionState.FAILED)

LEASE = timedelta(seconds=60)
RENEW_SECONDS = 20
# Then the worker's thread is for others again, and a new message goes on where this one ended.
TURN_SECONDS = 120
SWEEP, MANY = 20, 1_000_000
MAX_PATHS = 100_000
MAX_FILES = 500
MAX_PROBLEM = 500


class TurnOver(Exception):
    """There is more to do, in another turn."""


@dataclass(slots=True)
class Made:
    """A split as it will be written down. `used` are the keys of the results it stands on."""

    split: Split
    rows: list[ConvertedFile] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    source_bytes: int = 0
    part: Part = Part.ALL
    problem: str = ""
    features_json: str = "{}"
    is_mixed: bool = False


def follow(event_id: int) -> None:
    """The subscriber of VERBS. Safe to call twice."""
    event = activity.get_event(event_id)
    if event is None or event.data.get("branch", DEFAULT_BRANCH) != DEFAULT_BRANCH:
        return
    refresh(int(event.thing_id))


def refresh(repository_id: int) -> bool:
    """Bring a dataset's Parquet up to its head; False when there was nothing to do, or others are at it."""
    try:
        repository = access.get_repository_numbered(repository_id)
    except RepositoryNotFound:
        return False
    if repository.type != RepositoryType.DATASET or not settings.VIEWER_MAX_BYTES or not repository.head:
        return False
    conversion, _created = Conversion.objects.get_or_create(repository=repository)
    if (conversion.head == repository.head and conversion.state in ENDED) or not _take(conversion):
        return False
    state = ConversionState.FAILED
    try:
        with _kept(conversion):
            _convert(repository, conversion)
        state = ConversionState.DONE
    except NoPlan as problem:
        _nothing(repository, conversion, str(problem))
    except (TurnOver, Busy, Conflict, StorageFull):
        state = ConversionState.WAITING
    finally:
        _release(repository, conversion, state)
    return True


def sweep() -> int:
    """Wake the conversion of datasets that nobody is at although they changed; returns how many."""
    found = _behind(SWEEP) if settings.VIEWER_MAX_BYTES else []
    for number in found:
        enqueue.enqueue_after_commit(REFRESH_TASK, number)
    return len(found)


def refresh_now(names: Collection[str]) -> int:
    """For the operator: these datasets, or all that are behind, one after the other; returns how many.

    Raises RepositoryNotFound.
    """
    named = [access.get_repository_named(RepositoryType.DATASET, name).pk for name in names]
    return sum(_to_the_end(number) for number in named or _behind(MANY))


def _to_the_end(repository_id: int) -> bool:
    """Turn after turn, while each brings it further."""
    worked = is_going_on = refresh(repository_id)
    while is_going_on:
        waiting = Conversion.objects.filter(repository=repository_id, state=ConversionState.WAITING)
        is_going_on = waiting.exists() and refresh(repository_id)
    return worked


def _behind(limit: int) -> list[int]:
    done = Conversion.objects.filter(
        Q(head=F("repository__head"), state__in=ENDED) | Q(leased_until__gt=clock.now())
    )
    return derived.datasets_without(done.values("repository"), limit=limit)


# --- The lease ------------------------------------------------------------------------------------


def _take(conversion: Conversion) -> bool:
    now = clock.now()
    free = Conversion.objects.filter(Q(leased_until=None) | Q(leased_until__lt=now), pk=conversion.pk)
    return bool(free.update(leased_until=now + LEASE, state=ConversionState.RUNNING))


@contextmanager
def _kept(conversion: Conversion) -> Iterator[None]:
    """Renews the lease from a thread while a file is being read, so that only a dead worker loses it."""
    ended = threading.Event()

    def renew() -> None:
        while not ended.wait(RENEW_SECONDS):
            try:
                Conversion.objects.filter(pk=conversion.pk).update(leased_until=clock.now() + LEASE)
            except Error as error:
                log.warning("the lease of a conversion was not renewed, next try in a moment: %s", error)
            connection.close()

    thread = threading.Thread(target=renew, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _release(repository: Repository, conversion: Conversion, state: ConversionState) -> None:
    """What failed for no reason of the data is not tried again before the next commit."""
    columns: dict[str, Any] = {"state": state, "leased_until": None}
    if state in ENDED:
        columns |= {"head": repository.head, "finished_at": clock.now()}
    if state == ConversionState.DONE:
        columns["problem"] = ""
    Conversion.objects.filter(pk=conversion.pk).update(**columns)
    try:
        moved = derived.index_state(repository).head != repository.head
    except RepositoryNotFound:
        return
    if state == ConversionState.WAITING or moved:
        enqueue.enqueue_after_commit(REFRESH_TASK, repository.pk)


# --- The work -------------------------------------------------------------------------------------


def _convert(repository: Repository, conversion: Conversion) -> None:
    end = time.monotonic() + TURN_SECONDS
    entries = _entries(repository)
    planned = splits.plan(repository.card_data, list(entries))
    chosen = [(split, _within_limits(split, entries)) for split in planned]
    conversion.all_files = sum(len(sources) for _split, (sources, _part) in chosen)
    made, done = [], 0
    for split, (sources, part) in chosen:
        size = sum(source.size for source in sources)
        one = Made(split, part=part, source_bytes=size, problem=split.problem)
        for source in sources:
            if time.monotonic() > end:
                raise TurnOver
            one.rows.append(files.converted(repository, source))
            one.names.append(source.name)
            done += 1
            Conversion.objects.filter(pk=conversion.pk).update(
                done_files=done, all_files=conversion.all_files
            )
        made.append(_joined(repository, one))
    _write(repository, conversion, made, splits.default_config(repository.card_data, planned))
    _forget(repository, {row.source for one in made for row in one.rows})
    for row in conversion.splits.filter(statistics_json="{}", problem=""):
        if time.monotonic() > end:
            raise TurnOver
        _describe(repository, row)


def _entries(repository: Repository) -> dict[str, TreeEntry]:
    found: dict[str, TreeEntry] = {}
    after = ""
    while len(found) < MAX_PATHS:
        page = selectors.list_tree(repository, repository.head, recursive=True, after=after)
        found |= {entry.path: entry for entry in page.entries if not entry.is_directory}
        if page.next_after is None:
            break
        after = page.next_after
    return found


def _within_limits(split: Split, entries: dict[str, TreeEntry]) -> tuple[list[files.Source], Part]:
    """As many files as the operator allows, the last perhaps in part."""
    if split.family.name in MEDIA:
        lots = files.folder_sources(split, entries, settings.VIEWER_MAX_BYTES)
        is_whole = sum(len(lot.entries) for lot in lots) == len(split.files)
        return lots, Part.ALL if is_whole else Part.SIZE
    left, sources = settings.VIEWER_MAX_BYTES, list[files.Source]()
    for path in split.files:
        if len(sources) == MAX_FILES:
            return sources, Part.FILES
        entry = entries[path]
        fits = entry.size <= left
        most = settings.VIEWER_MAX_BYTES if fits else left
        if most:
            sources.append(files.source_of(split, entry, most))
        if not fits:
            return sources, Part.SIZE
        left -= entry.size
    return sources, Part.ALL


def _joined(repository: Repository, one: Made) -> Made:
    """What the files of a split have in common; its problem where one of them has one."""
    for row, name in zip(one.rows, one.names, strict=True):
        if row.problem:
            one.problem = f"{name}: {row.problem}"[:MAX_PROBLEM]
            return one
    if any(row.is_partial for row in one.rows):
        one.part = Part.SIZE
    if one.problem:
        return one
    kinds = {row.features_json for row in one.rows}
    one.is_mixed = len(kinds) > 1
    one.features_json = next(iter(kinds), "{}")
    if one.is_mixed:
        features, one.problem = reading.joint_features(repository, one.rows)
        one.features_json = json.dumps(features)
    return one


def _write(repository: Repository, conversion: Conversion, made: list[Made], default: str) -> None:
    rows = [_row(conversion, at, one) for at, one in enumerate(made)]
    earlier = {(row.config, row.name): row for row in conversion.splits.all()}
    for row in rows:
        before = earlier.get((row.config, row.name))
        if before and (before.files, before.features_json) == (row.files, row.features_json):
            row.statistics_json = before.statistics_json
    paths = {f"{row.folder}/{name}": sha256 for row in rows for name, sha256, _size, _rows in row.files}
    known = {f"{row.folder}/{each[0]}": each[1] for row in earlier.values() for each in row.files}
    commit = conversion.parquet_commit
    if paths != known or not commit:
        commit = _publish(repository, paths)
    with transaction.atomic():
        conversion.splits.all().delete()
        ConvertedSplit.objects.bulk_create(rows)
        Conversion.objects.filter(pk=conversion.pk).update(
            head=repository.head, parquet_commit=commit, default_config=default, problem=""
        )


def _publish(repository: Repository, paths: dict[str, str]) -> str:
    if paths:
        return derived_refs.publish(repository, REF, paths, title=f"Parquet of {repository.head}")
    derived_refs.withdraw(repository, REF)
    return ""


def _row(conversion: Conversion, position: int, one: Made) -> ConvertedSplit:
    row = ConvertedSplit(
        conversion=conversion,
        config=one.split.config,
        name=one.split.name,
        position=position,
        problem=one.problem,
        part=one.part,
        source_bytes=one.source_bytes,
        features_json=one.features_json,
        is_mixed=one.is_mixed,
    )
    if not one.problem:
        row.files = [
            [f"{at:04}.parquet", each.sha256, each.size, each.rows] for at, each in enumerate(one.rows)
        ]
        row.rows = sum(each.rows for each in one.rows)
        row.parquet_bytes = sum(each.size for each in one.rows)
        row.memory_bytes = sum(each.memory_bytes for each in one.rows)
    return row


def _describe(repository: Repository, split: ConvertedSplit) -> None:
    found = reading.statistics(repository, split)
    ConvertedSplit.objects.filter(pk=split.pk).update(statistics_json=json.dumps(found))


def _forget(repository: Repository, used: set[str]) -> None:
    """Results of files that are gone; their bytes go with the next sweep where nothing else names them."""
    every = list(ConvertedFile.objects.filter(repository=repository))
    stale = [row for row in every if row.source not in used]
    kept = {row.sha256 for row in every if row.source in used}
    if stale:
        derived_refs.forget_unnamed(repository, {row.sha256 for row in stale if row.sha256} - kept)
        ConvertedFile.objects.filter(pk__in=[row.pk for row in stale]).delete()


def _nothing(repository: Repository, conversion: Conversion, problem: str) -> None:
    derived_refs.withdraw(repository, REF)
    _forget(repository, set())
    with transaction.atomic():
        conversion.splits.all().delete()
        Conversion.objects.filter(pk=conversion.pk).update(
            parquet_commit="", default_config="", problem=problem[:MAX_PROBLEM]
        )
