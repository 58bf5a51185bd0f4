"""Reads of benchmarks: only those whose repository the actor may read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from evals_app.catalog.models import Benchmark, BenchmarkVersion, Suite
from hub.accounts.actors import Actor
from hub.core.errors import NotFound
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


def benchmarks_visible_to(actor: Actor) -> QuerySet[Benchmark]:
    """Those that were valid at least once; a first declaration that was refused is told on its own page."""
    return (
        Benchmark.objects.filter(repository__in=access.visible_to(actor))
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
    """By the name of its repository; NotFound when that is invisible or no benchmark."""
    repository = access.get_repository_for(actor, RepositoryType.DATASET, f"{namespace}/{name}")
    benchmark = (
        Benchmark.objects.select_related("repository__namespace").filter(repository=repository).first()
    )
    if benchmark is None:
        raise NotFound(f"{namespace}/{name} is not a benchmark: it has no valid benchmark.yaml.")
    return benchmark


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


def get_version(fingerprint: str, commit: str) -> BenchmarkVersion:
    """The version a job was ordered with; versions are never deleted while their benchmark lives."""
    version = BenchmarkVersion.objects.filter(fingerprint=fingerprint, commit=commit).first()
    if version is None:
        raise NotFound(f"The benchmark's version at {commit[:7]} is gone.")
    return version


def versions_of(benchmark: Benchmark) -> QuerySet[BenchmarkVersion]:
    return BenchmarkVersion.objects.filter(benchmark=benchmark).order_by("-id")


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
