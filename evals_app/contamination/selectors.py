"""What is known of overlaps, for those who may see the data they are with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from evals_app.catalog import selectors as catalog
from evals_app.contamination.models import CheckState, Exposure, OverlapCheck
from evals_app.runs.models import Run
from hub.accounts.actors import Actor
from models_app.repositories import access
from models_app.repositories.models import Repository

# Fingerprint of a benchmark's version, and the name of a task.
Task = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Flag:
    """One dataset that a model learned from, and how much of a task's items it holds.

    `through` is the ancestor that learned from it; None when the model itself did.
    """

    check: OverlapCheck
    through: Repository | None
    distance: int

    @property
    def share(self) -> float | None:
        return self.check.share

    @property
    def is_found(self) -> bool:
        return self.check.state == CheckState.DONE and self.check.found_items > 0


def flags_of(actor: Actor, model_ids: Iterable[int], tasks: Iterable[Task]) -> dict[int, list[Flag]]:
    """Of each model the newest check of each task with each dataset, the largest share first. One query.

    Datasets and ancestors that the actor may not see are left out: their names are nobody's business. So
    are held-out benchmarks that the actor may not open: whoever trained on a guess would learn whether it is
    an item.
    """
    wanted = set(tasks)
    visible = access.visible_to(actor).order_by().values("pk")
    rows = (
        Exposure.objects.filter(
            Q(check_row__benchmark_version__is_held_out=False)
            | catalog.readable_by(actor, "check_row__benchmark_version__benchmark"),
            Q(through=None) | Q(through__in=visible),
            model_id__in=list(model_ids),
            check_row__fingerprint__in={fingerprint for fingerprint, _task in wanted},
            check_row__dataset__in=visible,
        )
        .select_related("check_row__dataset__namespace", "through__namespace")
        .order_by("check_row_id")
    )
    newest: dict[tuple[int, Task, int], Flag] = {}
    for row in rows:
        task = (row.check_row.fingerprint, row.check_row.task)
        if task in wanted:
            key = (row.model_id, task, row.check_row.dataset_id)
            newest[key] = Flag(row.check_row, row.through, row.distance)
    found: defaultdict[int, list[Flag]] = defaultdict(list)
    for (model_id, _task, _dataset), flag in newest.items():
        found[model_id].append(flag)
    return {number: sorted(flags, key=_worst_first) for number, flags in found.items()}


def flags_of_run(actor: Actor, run: Run) -> list[Flag]:
    if run.model_id is None:
        return []
    task = (run.benchmark_version.fingerprint, run.task)
    return flags_of(actor, [run.model_id], [task]).get(run.model_id, [])


def worst_of(actor: Actor, model_ids: Iterable[int], tasks: Iterable[Task]) -> dict[int, Flag]:
    """Of each model with an overlap the largest, for marks in a table. One query."""
    flags = flags_of(actor, model_ids, tasks)
    return {number: found[0] for number, found in flags.items() if found[0].is_found}


def _worst_first(flag: Flag) -> tuple[bool, float]:
    return flag.check.state != CheckState.DONE, -(flag.share or 0.0)
