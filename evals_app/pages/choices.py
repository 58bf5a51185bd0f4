"""What the guided forms let a person choose from."""

from __future__ import annotations

from dataclasses import dataclass

from evals_app.catalog import selectors as catalog
from evals_app.compute import selectors as compute
from evals_app.jobs import policies
from evals_app.jobs.models import JobKind
from evals_app.runs import selectors as runs
from hub.accounts import selectors as accounts
from hub.accounts.actors import Actor
from hub.accounts.models import Namespace
from models_app.repositories import access
from models_app.repositories.models import RepositoryType

# Suggestions, not a limit: any name can be typed.
MOST_SUGGESTIONS = 100


@dataclass(frozen=True, slots=True)
class Suggestions:
    models: list[str]
    datasets: list[str]
    benchmarks: list[str]


def owners(actor: Actor) -> list[Namespace]:
    """Namespaces the person may submit jobs for, their own first."""
    if actor.user is None:
        return []
    organizations = [row.organization for row in accounts.organizations_of(actor.user)]
    return [n for n in (actor.user.namespace, *organizations) if policies.may_submit_for(actor, n)]


def queue_slugs() -> list[str]:
    """Those with a live worker first, so that the default choice is one that runs."""
    served = {slug for worker in compute.live_workers() for slug in worker.queues}
    return sorted((q.slug for q in compute.queues()), key=lambda slug: (slug not in served, slug))


def suggestions(actor: Actor) -> Suggestions:
    """The newest models and datasets the actor may read, and all benchmarks. Three queries."""
    newest = access.visible_to(actor).order_by("-updated_at")
    benchmarks = catalog.benchmarks_visible_to(actor)[:MOST_SUGGESTIONS]
    return Suggestions(
        models=[r.full_id for r in newest.filter(type=RepositoryType.MODEL)[:MOST_SUGGESTIONS]],
        datasets=[r.full_id for r in newest.filter(type=RepositoryType.DATASET)[:MOST_SUGGESTIONS]],
        benchmarks=[b.repository.full_id for b in benchmarks],
    )


def prefilled(actor: Actor, kind: str, given: dict[str, str]) -> dict[str, str]:
    """What the address asked for; an evaluation of a model gets the benchmark that was used on it last, or
    the newest one."""
    if kind != JobKind.EVALUATE or not given.get("model") or given.get("benchmark"):
        return given
    used = runs.runs_visible_to(actor).filter(model_name__iexact=given["model"])
    benchmark = used.values_list("benchmark_name", flat=True).first()
    if benchmark is None:
        newest = catalog.benchmarks_visible_to(actor).first()
        benchmark = newest.repository.full_id if newest else ""
    return {**given, "benchmark": benchmark}
