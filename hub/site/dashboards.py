"""What members see of their organization, put together from the rooms that know it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.core.paginator import Page, Paginator
from django.db.models import Sum

from evals_app.compute import budgets
from evals_app.compute import grants as compute_grants
from evals_app.compute.budgets import Account, MemberTime
from evals_app.compute.grants import Grants
from evals_app.jobs import selectors as jobs
from evals_app.jobs.models import Job, JobKind, JobState
from evals_app.jobs.usage import NamespaceUsage, Spent, spent_since, usage_since
from hub.accounts import selectors as accounts
from hub.accounts.actors import Actor
from hub.accounts.models import Invitation, Membership, Namespace
from hub.activity import selectors as activity
from hub.activity.models import Event
from hub.core import clock
from models_app.repositories.access import visible_to
from models_app.repositories.models import Repository

REPOSITORIES_SHOWN = 20
JOBS_SHOWN = 10
EVENTS_A_PAGE = 20
USAGE_DAYS = 30


@dataclass(frozen=True, slots=True)
class StateCount:
    """Jobs in one state, shaped as `components/job_state.html` reads it."""

    state: str
    label: str
    count: int

    @property
    def get_state_display(self) -> str:
        return self.label


@dataclass(frozen=True, slots=True)
class Storage:
    """The largest repositories with their share of all that the namespace uses."""

    repositories: list[tuple[Repository, float]]
    count: int
    used_bytes: int


@dataclass(frozen=True, slots=True)
class Dashboard:
    members: list[Membership]
    invitations: list[Invitation]
    storage: Storage
    job_states: list[StateCount]
    recent_jobs: list[Job]
    usage: NamespaceUsage
    spent: Spent
    usage_days: int
    compute_seconds: float
    events: Page[Event]
    month: date
    budgets: list[Account]
    budget_members: list[MemberTime]
    grants: Grants


def dashboard_of(actor: Actor, namespace: Namespace, *, page: str = "1") -> Dashboard:
    """For those who may see inside; some two dozen queries, whatever the size."""
    own_jobs = jobs.jobs_visible_to(actor).filter(owner=namespace)
    counts = jobs.counts_by_state(own_jobs)
    since = clock.now() - timedelta(days=USAGE_DAYS)
    return Dashboard(
        members=list(accounts.members_of(namespace)),
        invitations=list(accounts.pending_invitations(namespace)),
        storage=_storage(actor, namespace),
        job_states=[StateCount(state.value, str(state.label), counts.get(state, 0)) for state in JobState],
        recent_jobs=list(own_jobs[:JOBS_SHOWN]),
        usage=usage_since(namespace.pk, since),
        spent=spent_since(namespace.pk, since),
        usage_days=USAGE_DAYS,
        compute_seconds=jobs.compute_seconds_of(namespace.pk),
        month=budgets.this_month(),
        budgets=budgets.accounts_of(namespace.pk),
        budget_members=[
            replace(row, kind=str(JobKind(row.kind).label)) for row in budgets.times_by_member(namespace.pk)
        ],
        grants=compute_grants.grants_of(namespace),
        events=Paginator(activity.audit(namespace.pk), EVENTS_A_PAGE).get_page(page),
    )


def _storage(actor: Actor, namespace: Namespace) -> Storage:
    rows = visible_to(actor).filter(namespace=namespace)
    used = rows.order_by().aggregate(total=Sum("used_bytes"))["total"] or 0
    largest = rows.order_by("-used_bytes", "key")[:REPOSITORIES_SHOWN]
    return Storage(
        repositories=[(row, row.used_bytes / used if used else 0.0) for row in largest],
        count=rows.count(),
        used_bytes=used,
    )
