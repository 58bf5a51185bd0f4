"""Looks for benchmarks' items in what the measured models were trained on.

A recorded run is the wake-up; what tells that there is work is a check that waits. So a lost message, or
a worker that died, costs a delay until the sweep.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from evals_app.catalog import templates
from evals_app.catalog.models import BenchmarkVersion
from evals_app.contamination import lineage
from evals_app.contamination.models import CheckState, Exposure, OverlapCheck
from evals_app.metrics.overlap import METHOD
from evals_app.runs import selectors as runs
from evals_app.runs.models import Run
from hub.activity import selectors as activity
from hub.core.clock import now
from hub.core.enqueue import enqueue_after_commit
from hub.core.errors import Busy, HubError, InvalidInput, NotFound
from models_app.previews import programs
from models_app.repositories import access
from models_app.repositories import selectors as repositories
from models_app.repositories.models import Repository, RepositoryType
from models_app.viewer import reading
from models_app.viewer import selectors as viewer
from models_app.viewer.models import ConvertedSplit
from walls.reader import Reach

CHECK_TASK = "evals_app.contamination.check"
PROGRAM = "evals_app.contamination.overlap_program"
SECONDS = 1200
READ_SECONDS = 900
LEASE = timedelta(seconds=SECONDS + 60)
MOST_ATTEMPTS = 20
SWEEP = 20
KEPT_ROWS = 100


def follow(event_id: int) -> int:
    """The subscriber of "run.recorded"."""
    event = activity.get_event(event_id)
    return follow_run(UUID(event.thing_id)) if event else 0


def follow_run(run_id: UUID) -> int:
    """Note what the run's model was exposed to, and order the checks that are not there yet. Their number.

    Harmless when repeated, and when the run or its model is gone.
    """
    run = runs.find_run(run_id)
    if run is None or run.model_id is None:
        return 0
    model = access.get_repository_numbered(run.model_id)
    ordered = 0
    for source in lineage.training_data(model):
        if source.dataset.head:
            ordered += _expose(run, model, source)
    return ordered


@transaction.atomic
def _expose(run: Run, model: Repository, source: lineage.Source) -> bool:
    version = run.benchmark_version
    check_row, is_new = OverlapCheck.objects.get_or_create(
        fingerprint=version.fingerprint,
        task=run.task,
        dataset=source.dataset,
        dataset_commit=source.dataset.head,
        defaults={"benchmark_version": version},
    )
    Exposure.objects.update_or_create(
        model=model,
        check_row=check_row,
        defaults={"through": source.through, "distance": source.distance},
    )
    if is_new:
        enqueue_after_commit(CHECK_TASK, check_row.pk)
    return is_new


def sweep() -> int:
    """Wake checks that nobody is at; returns how many."""
    free = Q(leased_until=None) | Q(leased_until__lt=now())
    due = OverlapCheck.objects.filter(free, state=CheckState.WAITING).order_by("attempts", "created_at")[
        :SWEEP
    ]
    for number in [check_row.pk for check_row in due]:
        enqueue_after_commit(CHECK_TASK, number)
    return len(due)


def check(check_id: int) -> bool:
    """Do one check, in a process of its own. False when there was nothing to do, or others are at it."""
    free = Q(leased_until=None) | Q(leased_until__lt=now())
    waiting = OverlapCheck.objects.filter(free, pk=check_id, state=CheckState.WAITING)
    if not waiting.update(leased_until=now() + LEASE, attempts=F("attempts") + 1):
        return False
    row = OverlapCheck.objects.select_related(
        "dataset__namespace", "benchmark_version__benchmark__repository__namespace"
    ).get(pk=check_id)
    columns: dict[str, Any] = {"leased_until": None}
    try:
        columns |= _compared(row)
    except Busy as delay:
        if row.attempts >= MOST_ATTEMPTS:
            columns |= _failed(delay.message)
    except HubError as error:
        columns |= _failed(error.message)
    OverlapCheck.objects.filter(pk=check_id).update(**columns)
    return True


def _failed(message: str) -> dict[str, Any]:
    return {"state": CheckState.FAILED, "problem": message[:300], "checked_at": now(), "method": METHOD}


def _compared(row: OverlapCheck) -> dict[str, Any]:
    """The columns of a finished check. Raises NotReady while the dataset is being converted."""
    item_file, read_items = _items(row.benchmark_version, row.task)
    splits = _training_splits(row.dataset)
    texts, readers = [], [read_items]
    for split in splits:
        files, reads = reading.files(row.dataset, split)
        texts += files
        readers += reads
    order = {"items": item_file, "texts": texts, "seconds": READ_SECONDS}
    reach = Reach(tuple(file["path"] for file in (item_file, *texts) if file["path"]))
    said = programs.converse(PROGRAM, order, readers, seconds=SECONDS, reach=reach)
    if "done" not in said:
        raise InvalidInput(str(said.get("problem", "The comparison took too long, or too much memory.")))
    done = said["done"]
    return {
        "state": CheckState.DONE,
        "problem": "",
        "method": METHOD,
        "items": int(done["items"]),
        "short_items": int(done["short"]),
        "found_items": len(done["found"]),
        "found_rows": done["found"][:KEPT_ROWS],
        "is_partial": bool(done["partial"]) or any(split.is_partial for split in splits),
        "checked_at": now(),
    }


def _training_splits(dataset: Repository) -> list[ConvertedSplit]:
    """What was converted of it: the splits for training, all of them where none is named so."""
    converted = viewer.converted(dataset)
    if converted.is_pending:
        raise viewer.NotReady
    ready = [split for split in converted.splits if split.is_ready]
    if not ready:
        raise NotFound(converted.problem or "The dataset has no rows that can be read.")
    return [split for split in ready if split.name.startswith("train")] or ready


def _items(version: BenchmarkVersion, task_name: str) -> tuple[dict[str, Any], Any]:
    """The task's file and how to read it. Raises NotFound when it is gone."""
    task = next(task for task in version.full_tasks() if task["name"] == task_name)
    repository, commit = version.benchmark.repository, version.commit
    if "repository" in task["data"]:
        repository = access.get_repository_named(RepositoryType.DATASET, task["data"]["repository"])
        commit = task["data"]["commit"]
    entry = repositories.find(repository, commit, task["data"]["file"])
    content = repositories.open_content(repository, entry)
    file = {
        "size": content.size,
        "path": content.local_path,
        "format": "parquet" if entry.path.lower().endswith(".parquet") else "jsonl",
        "columns": _columns(task),
    }
    return file, content.read


def _columns(task: dict[str, Any]) -> list[str]:
    choices = task.get("choices") or ()
    parts = [task.get("prompt"), task.get("target"), *([choices] if isinstance(choices, str) else choices)]
    return sorted({column for part in parts if part for column in templates.columns_of(part)})
