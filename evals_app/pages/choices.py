"""What the guided forms let a person choose from."""

from __future__ import annotations

from dataclasses import dataclass

from evals_app.catalog import selectors as catalog
from evals_app.catalog.models import Suite
from evals_app.compute import budgets
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
    suites: list[str]


def owners(actor: Actor) -> list[Namespace]:
    """Namespaces the person may submit jobs for, their own first."""
    if actor.user is None:
        return []
    organizations = [row.organization for row in accounts.organizations_of(actor.user)]
    return [n for n in (actor.user.namespace, *organizations) if policies.may_submit_for(actor, n)]


def strained(actor: Actor) -> dict[str, object]:
    """Which of the owners a person chooses from have passed a limit, and until when that lasts."""
    return {"strains": budgets.strains_of(owners(actor)), "until": budgets.next_month(budgets.this_month())}


def queue_slugs() -> list[str]:
    """Those with a live worker first, so that the default choice is one that runs."""
    served = {slug for worker in compute.live_workers() for slug in worker.queues}
    return sorted((q.slug for q in compute.queues()), key=lambda slug: (slug not in served, slug))


def suggestions(actor: Actor) -> Suggestions:
    """The newest models and datasets the actor may read, and all benchmarks and suites. Four queries."""
    newest = access.visible_to(actor).order_by("-updated_at")
    benchmarks = catalog.benchmarks_visible_to(actor)[:MOST_SUGGESTIONS]
    suites = catalog.suites_visible_to(actor)[:MOST_SUGGESTIONS]
    return Suggestions(
        models=[r.full_id for r in newest.filter(type=RepositoryType.MODEL)[:MOST_SUGGESTIONS]],
        datasets=[r.full_id for r in newest.filter(type=RepositoryType.DATASET)[:MOST_SUGGESTIONS]],
        benchmarks=[b.repository.full_id for b in benchmarks],
        suites=[s.repository.full_id for s in suites],
    )


def prefilled(actor: Actor, kind: str, given: dict[str, str]) -> dict[str, str]:
    """What the address asked for. An evaluation counts for the model's owner. It takes what the model was
    measured on last: the suite that holds that benchmark, or the benchmark itself; a model that was never
    measured takes the first suite that the actor sees, or the newest benchmark."""
    wanted = kind == JobKind.EVALUATE and (given.get("model") or given.get("endpoint"))
    if not wanted:
        return given
    # No choice of those who may not submit for it; the form falls back to their own name then.
    given = {"owner": wanted.partition("/")[0], **given}
    if given.get("benchmark") or given.get("suite"):
        return given
    measured = runs.runs_visible_to(actor).filter(model_name__iexact=wanted)
    used = measured.values_list("benchmark_name", flat=True).first()
    suites = list(catalog.suites_visible_to(actor)[:MOST_SUGGESTIONS])
    fitting = [suite for suite in suites if used is None or used.lower() in _members(suite)]
    if fitting:
        return {**given, "suite": fitting[0].repository.full_id}
    if used is None and (newest := catalog.benchmarks_visible_to(actor).first()):
        used = newest.repository.full_id
    return {**given, "benchmark": used or ""}


def _members(suite: Suite) -> set[str]:
    return {str(member["benchmark"]).lower() for member in suite.declaration.get("benchmarks", [])}
