"""An evaluation on a held-out benchmark: what may be submitted, how often, and what its record holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Q

from evals_app.catalog import held_out
from evals_app.catalog import selectors as catalog
from evals_app.catalog import services as catalog_services
from evals_app.catalog.models import Benchmark, BenchmarkVersion
from evals_app.jobs.models import JobState, WithheldRecord
from evals_app.jobs.requests import EvaluateRequest
from hub.accounts import selectors as accounts
from hub.accounts.actors import Actor
from hub.accounts.models import Namespace, NamespaceKind, Role, User
from hub.core.clock import now
from hub.core.errors import Conflict, HubError, InvalidInput
from models_app.repositories import access, names
from models_app.repositories import services as repositories
from models_app.repositories.models import Repository, RepositoryType

ANSWERS_SUFFIX = "-held-out-answers"
DAY = timedelta(days=1)
# Attempts that gave no score count nothing.
SCORELESS = (JobState.FAILED, JobState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is measured on: the benchmark and its declaration."""

    benchmark: Benchmark
    version: BenchmarkVersion

    @property
    def repository(self) -> Repository:
        return self.benchmark.repository


def find(request: EvaluateRequest) -> Subject | None:
    """None for a benchmark that holds nothing out now. InvalidInput for a revision that is not for
    everybody."""
    benchmark = catalog.benchmarks_named([request.benchmark]).get(request.benchmark.lower())
    if benchmark is None or not benchmark.is_held_out:
        return None
    repository = benchmark.repository
    if repository.is_disabled or not repository.is_private:
        return None
    return Subject(benchmark, _version(benchmark, request.benchmark_revision))


def _version(benchmark: Benchmark, revision: str) -> BenchmarkVersion:
    name = benchmark.repository.full_id
    if revision != catalog_services.DEFAULT_BRANCH:
        earlier = catalog.held_out_version(benchmark, revision)
        if earlier is None:
            raise InvalidInput(
                f"{name} holds its items out, and is measured as it is declared now: leave the revision out.",
                field="benchmark_revision",
            )
        return earlier
    try:
        version = catalog_services.version_at(benchmark.repository, benchmark.repository.head)
    except HubError:
        raise InvalidInput(
            f"The newest declaration of {name} is not accepted; its owner sees why on its page.",
            field="benchmark",
        ) from None
    if not version.is_held_out:
        raise InvalidInput(f"The declaration of {name} has just changed; try again soon.", field="benchmark")
    return version


def refuse_outside(request: EvaluateRequest, name: str) -> None:
    """InvalidInput for what would carry items out, or tell of a single one."""
    if request.endpoint:
        raise InvalidInput(
            f"{name} holds its items out, and an external model would be sent them. Choose a model whose "
            "weights lie on this hub.",
            field="endpoint",
        )
    if request.limit is not None:
        raise InvalidInput(
            f"{name} holds its items out: a score of only the first samples would tell of single ones. "
            "Leave the limit out.",
            field="limit",
        )


def refuse_more(actor: Actor, owner: Namespace, subject: Subject) -> None:
    """Conflict when the submissions of a day are used up. Whoever may see the items has no limit. Expects
    the transaction in which the record is written."""
    if access.can(actor, subject.repository, access.Need.WRITE):
        return
    # One at a time, so that two requests do not count each other out.
    catalog_services.lock(subject.benchmark)
    most = subject.version.declaration.get("submissions_per_day") or held_out.DEFAULT_SUBMISSIONS
    by_them = Q(job__owner=owner) | Q(job__submitted_by=actor.user)
    taken = WithheldRecord.objects.filter(
        by_them, benchmark=subject.benchmark, job__created_at__gt=now() - DAY
    ).exclude(job__state__in=SCORELESS)
    if taken.count() >= most:
        first = taken.order_by("job__created_at").values_list("job__created_at", flat=True)[0]
        raise Conflict(
            f"{subject.repository.full_id} takes {most} submissions in 24 hours of one person or owner, and "
            f"these are used up; the next is possible from {first + DAY:%-d %B %H:%M} UTC.",
            field="benchmark",
        )


def withheld_order(subject: Subject, tasks: list[dict[str, Any]]) -> dict[str, Any]:
    """The part of an order that only the engine and the benchmark's owner see."""
    return {"tasks": tasks, "samples_repository": _answers_repository(subject.repository), "private": True}


def shown_tasks(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return held_out.split({"tasks": tasks})[0]["tasks"]  # type: ignore[no-any-return]


def _answers_repository(items: Repository) -> str:
    """One private data set of answers beside each benchmark, made when it is first needed."""
    stem = items.name[: names.MAX_NAME - len(ANSWERS_SUFFIX)].rstrip("-._")
    full_id = f"{items.namespace.name}/{stem}{ANSWERS_SUFFIX}"
    try:
        answers = access.get_repository_named(RepositoryType.DATASET, full_id)
    except HubError:
        keeper = accounts.actor_for_user(_keeper(items.namespace))
        answers = repositories.create(keeper, RepositoryType.DATASET, full_id, private=True)
    if not answers.is_private or answers.is_disabled:
        raise InvalidInput(
            f"The answers to {items.full_id} have no private place at the moment; ask its owner.",
            field="benchmark",
        )
    return answers.full_id


def _keeper(namespace: Namespace) -> User:
    """In whose name the repository is made: the person, or the first administrator."""
    if namespace.kind == NamespaceKind.USER:
        return namespace.user
    return next(row.user for row in accounts.members_of(namespace) if row.role == Role.ADMIN)
