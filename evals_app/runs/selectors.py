"""Reads of runs: only those the actor may see, and whose model and benchmark they may read."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django.db.models import Count, Prefetch, Q, QuerySet

from evals_app.catalog import selectors as catalog
from evals_app.catalog.models import Benchmark
from evals_app.jobs.models import Job
from evals_app.runs.models import Run, RunValue
from hub.accounts.actors import Actor
from hub.core.errors import NotFound
from models_app.repositories import access
from models_app.repositories.models import Repository

# Of one recipe; comparing each with each stays cheap.
MOST_ALIKE = 50


def runs_visible_to(actor: Actor) -> QuerySet[Run]:
    """Newest first, values along. A run whose model or benchmark was made private later goes with it;
    one whose model was deleted stays, for those who could see it."""
    readable = access.visible_to(actor).order_by().values("pk")
    # What was measured before the items were held out may tell of them, and stays with the repository.
    benchmark = "benchmark_version__benchmark"
    held_out = catalog.known_to(actor, benchmark) & Q(benchmark_version__is_held_out=True)
    shown = catalog.readable_by(actor, benchmark) | held_out
    runs = Run.objects.filter(Q(model=None) | Q(model__in=readable), shown)
    if not actor.is_operator:
        runs = runs.filter(Q(is_private=False) | Q(owner_id__in=_own(actor)))
    return (
        runs.select_related("owner", "model__namespace", "benchmark_version", "job")
        .prefetch_related(Prefetch("values", RunValue.objects.order_by("id")))
        .order_by("-created_at", "-id")
    )


def external_visible_to(actor: Actor, path: str = "") -> Q:
    """Runs of models behind other addresses that the actor may see; `path` leads to the run."""
    external = Q(**{f"{path}is_external": True})
    if actor.is_operator:
        return external
    return external & (Q(**{f"{path}is_private": False}) | Q(**{f"{path}owner_id__in": _own(actor)}))


def external_named(actor: Actor, name: str) -> str:
    """Its name as runs have it; NotFound where the actor sees no run of such a model."""
    found = runs_visible_to(actor).filter(is_external=True, model_name__iexact=name).first()
    if found is None:
        raise NotFound(f"Nothing was measured of an external model {name!r:.120}.", field="model")
    return found.model_name


def _own(actor: Actor) -> list[int]:
    """Private runs are for members; of tokens only those that reach everything the person may read."""
    from hub.accounts.models import TokenScope

    if actor.token is not None and actor.token.scope == TokenScope.FINE_GRAINED:
        return []
    return list(actor.roles)


def get_run_for(actor: Actor, run_id: UUID | str) -> Run:
    try:
        wanted = UUID(str(run_id))
    except ValueError:
        raise NotFound(f"There is no run {run_id!s:.60}.") from None
    along = ("submitted_by", "benchmark_version__benchmark__repository__namespace")
    run = runs_visible_to(actor).select_related(*along).filter(pk=wanted).first()
    if run is None:
        raise NotFound(f"There is no run {wanted}.")
    if not may_see_answers(actor, run):
        run.samples_repository = run.samples_commit = run.samples_path = ""
    return run


def may_see_answers(actor: Actor, run: Run) -> bool:
    """Of a held-out benchmark its owner alone. No query for a run of `get_run_for`."""
    if not run.is_held_out:
        return True
    return access.can(actor, run.benchmark_version.benchmark.repository, access.Need.WRITE)


def find_run(run_id: UUID) -> Run | None:
    """For the hub's own chores, with its benchmark along."""
    runs = Run.objects.select_related("benchmark_version__benchmark__repository__namespace")
    return runs.filter(pk=run_id).first()


def every_id() -> Iterator[UUID]:
    """For the operator's commands, the oldest first; memory does not grow with their number."""
    return Run.objects.order_by("created_at", "pk").values_list("pk", flat=True).iterator(chunk_size=2000)


def count_by_state() -> dict[str, int]:
    rows = Run.objects.order_by().values_list("state").annotate(number=Count("pk"))
    return dict(rows.values_list("state", "number"))


def runs_alike(run: Run) -> list[Run]:
    """The newest public ones of the same task and declaration on the same commit of the model, itself
    among them. Settings are not compared."""
    rows = Run.objects.filter(
        _same_subject(run), is_private=False, sample_limit=run.sample_limit, is_external=False
    ).select_related("submitted_by__namespace", "job__worker__worker_pass", "owner")
    rows = rows.prefetch_related(Prefetch("values", RunValue.objects.order_by("id")))
    found = list(rows.order_by("-created_at", "-id")[:MOST_ALIKE])
    return found if any(one.pk == run.pk for one in found) else [run, *found]


def same_recipe(actor: Actor, run: Run) -> QuerySet[Run]:
    """Other runs of the same task and declaration on the same commit of the model."""
    return runs_visible_to(actor).filter(_same_subject(run)).exclude(pk=run.pk)


def _same_subject(run: Run) -> Q:
    return Q(
        model_name=run.model_name,
        model_commit=run.model_commit,
        task=run.task,
        benchmark_version__fingerprint=run.benchmark_version.fingerprint,
        benchmark_version__benchmark_id=run.benchmark_version.benchmark_id,
    )


def primary_value(run: Run) -> RunValue:
    """Of the metric that its task is ranked by."""
    tasks = run.benchmark_version.declaration["tasks"]
    primary = [
        m["name"] for task in tasks if task["name"] == run.task for m in task["metrics"] if m["primary"]
    ]
    values = list(run.values.all())
    return next((value for value in values if value.metric in primary), values[0])


def runs_of_model(actor: Actor, repository: Repository) -> QuerySet[Run]:
    return runs_visible_to(actor).filter(model=repository)


def runs_of_benchmark(actor: Actor, benchmark: Benchmark) -> QuerySet[Run]:
    return runs_visible_to(actor).filter(benchmark_version__benchmark=benchmark)


def runs_of_job(actor: Actor, job: Job) -> QuerySet[Run]:
    return runs_visible_to(actor).filter(job=job).order_by("task")


def measured_tasks(model_id: int) -> list[tuple[int, str]]:
    """Which tasks of which benchmarks (by number) a model was measured on, whoever may see it."""
    rows = Run.objects.filter(model_id=model_id).order_by()
    return list(rows.values_list("benchmark_version__benchmark_id", "task").distinct())


def named(runs: QuerySet[Run], *, model: str = "", benchmark: str = "", state: str = "") -> QuerySet[Run]:
    """Those whose names hold the given texts, in that state; empty means any."""
    if state:
        runs = runs.filter(state=state)
    if model:
        runs = runs.filter(model_name__icontains=model)
    if benchmark:
        runs = runs.filter(benchmark_name__icontains=benchmark)
    return runs
