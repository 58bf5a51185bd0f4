"""Reads of benchmarks: those whose repository the actor may read, and what everybody may know of held-out
ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from evals_app.catalog.models import Benchmark, BenchmarkVersion, Suite
from hub.accounts.actors import Actor
from hub.core.errors import NotFound, RepositoryNotFound
from models_app.repositories import access
from models_app.repositories.models import RepositoryType


@dataclass(frozen=True, slots=True)
class TaskRow:
    """What pages and forms show of a declared task."""

    name: str
    title: str
    kind: str
    metrics: list[dict[str, Any]]
    primary_metric: str
    source_language: str
    target_language: str


def readable_by(actor: Actor, path: str = "") -> Q:
    """Benchmarks whose repository the actor may read, at `path` (`benchmark`, say) from the rows that are
    asked: asked of each row by its key, since a list of all that may be read grows with the hub."""
    place = f"{path}__repository" if path else "repository"
    return Q(Exists(access.visible_to(actor).order_by().filter(pk=OuterRef(place))))


def known_to(actor: Actor, path: str = "") -> Q:
    """Those, and what everybody may know of held-out ones: they have a page, boards and scores."""
    start = f"{path}__" if path else ""
    held_out = Q(**{f"{start}is_held_out": True, f"{start}repository__is_disabled": False})
    return readable_by(actor, path) | held_out


def benchmarks_visible_to(actor: Actor) -> QuerySet[Benchmark]:
    """Those that were valid at least once; a first declaration that was refused is told on its own page."""
    return (
        Benchmark.objects.filter(known_to(actor))
        .select_related("repository__namespace")
        .annotate(version_count=Count("versions", distinct=True))
        .exclude(version_count=0)
        .order_by("title", "id")
    )


def suites_visible_to(actor: Actor) -> QuerySet[Suite]:
    return (
        Suite.objects.filter(repository__in=access.visible_to(actor))
        .exclude(commit="")
        .select_related("repository__namespace")
        .order_by("title", "id")
    )


def get_suite(actor: Actor, namespace: str, name: str) -> Suite:
    """Also one whose first declaration was refused: its page says why."""
    repository = access.get_repository_for(actor, RepositoryType.DATASET, f"{namespace}/{name}")
    suite = Suite.objects.select_related("repository__namespace").filter(repository=repository).first()
    if suite is None:
        raise NotFound(f"{namespace}/{name} is not a suite: it has no suite.yaml.")
    return suite


def get_benchmark(actor: Actor, namespace: str, name: str) -> Benchmark:
    """By the name of its repository; NotFound when that is invisible or no benchmark. What is wrong with a
    held-out one's newest commit (lines, columns) is told to those alone who may read it."""
    full_id = f"{namespace}/{name}"
    try:
        repository = access.get_repository_for(actor, RepositoryType.DATASET, full_id)
    except RepositoryNotFound:
        held_out = benchmarks_named([full_id]).get(full_id.lower())
        if held_out is None or not held_out.is_held_out or held_out.repository.is_disabled:
            raise
        held_out.problem = ""
        return held_out
    benchmark = (
        Benchmark.objects.select_related("repository__namespace").filter(repository=repository).first()
    )
    if benchmark is None:
        raise NotFound(f"{full_id} is not a benchmark: it has no valid benchmark.yaml.")
    return benchmark


def without_problems(actor: Actor, benchmarks: Iterable[Benchmark]) -> list[Benchmark]:
    """The rows of a list, each as `get_benchmark` would tell it."""
    rows = list(benchmarks)
    for row in rows:
        if not may_open(actor, row):
            row.problem = ""
    return rows


def may_open(actor: Actor, benchmark: Benchmark) -> bool:
    """Whether the repository itself is there for the actor: items, files, what is wrong with them. No
    query."""
    return access.can(actor, benchmark.repository, access.Need.READ)


def benchmarks_named(full_ids: Iterable[str]) -> dict[str, Benchmark]:
    """For the hub's own chores: those of the ids that are benchmarks, by id in lower case. One query."""
    pairs = [full_id.lower().split("/") for full_id in full_ids if full_id.count("/") == 1]
    wanted = Q(pk__in=[])
    for namespace, name in pairs:
        wanted |= Q(repository__namespace__key=namespace, repository__key=name)
    rows = Benchmark.objects.filter(wanted).select_related("repository__namespace") if pairs else ()
    return {row.repository.full_id.lower(): row for row in rows}


def current_version(benchmark: Benchmark) -> BenchmarkVersion | None:
    """At the head of the repository; the newest valid one while the head's declaration is refused."""
    versions = BenchmarkVersion.objects.filter(benchmark=benchmark)
    return versions.filter(commit=benchmark.repository.head).first() or versions.order_by("-id").first()


def version_shown(actor: Actor, benchmark: Benchmark) -> BenchmarkVersion | None:
    """The current one; for those who may not open the repository the newest that holds its items out."""
    if may_open(actor, benchmark):
        return current_version(benchmark)
    return versions_shown(actor, benchmark).first()


def get_version(fingerprint: str, commit: str) -> BenchmarkVersion:
    """The version a job was ordered with; versions are never deleted while their benchmark lives."""
    version = BenchmarkVersion.objects.filter(fingerprint=fingerprint, commit=commit).first()
    if version is None:
        raise NotFound(f"The benchmark's version at {commit[:7]} is gone.")
    return version


def held_out_version(benchmark: Benchmark, commit: str) -> BenchmarkVersion | None:
    """As it stood at a full commit id, if it held its items out then."""
    return BenchmarkVersion.objects.filter(benchmark=benchmark, commit=commit, is_held_out=True).first()


def versions_shown(actor: Actor, benchmark: Benchmark) -> QuerySet[BenchmarkVersion]:
    """Newest first."""
    versions = BenchmarkVersion.objects.filter(benchmark=benchmark).order_by("-id")
    return versions if may_open(actor, benchmark) else versions.filter(is_held_out=True)


def tasks_of(version: BenchmarkVersion) -> list[TaskRow]:
    return [
        TaskRow(
            name=task["name"],
            title=task["title"],
            kind=task["kind"],
            metrics=task["metrics"],
            primary_metric=next(metric["name"] for metric in task["metrics"] if metric["primary"]),
            source_language=task["source_language"],
            target_language=task["target_language"],
        )
        for task in version.declaration["tasks"]
    ]
