"""A model measured on a whole suite: one job for each benchmark."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from evals_app.catalog import selectors as catalog
from evals_app.catalog.models import Suite
from evals_app.jobs import order, requests, services
from evals_app.jobs.models import Job, JobKind
from evals_app.jobs.requests import JobRequest
from hub.accounts.actors import Actor
from hub.core.errors import HubError, InvalidInput, RepositoryMoved, RepositoryNotFound

SHARED = (
    "owner",
    "queue",
    "model",
    "endpoint",
    "revision",
    "settings",
    "limit",
    "priority",
    "devices",
    "memory_gb",
    "time_limit",
    "attempts",
    "labels",
)
# What a suite says of each of its benchmarks, so that a request for it may not.
SAID_BY_SUITE = ("benchmark", "benchmark_revision", "tasks")


@transaction.atomic
def submit(actor: Actor, suite: Suite, given: Mapping[str, Any]) -> list[Job]:
    """All of them or none. `given` is a request for an evaluation without benchmark, revision and tasks;
    InvalidInput names the benchmark that cannot be ordered."""
    return [_submit(actor, member, request) for member, request in _requests(suite, given)]


@transaction.atomic
def submit_any(actor: Actor, request: Mapping[str, Any], *, schedule_id: UUID | None = None) -> list[Job]:
    """What a request stands for: one job, or with `suite` in place of `benchmark` one for each of its
    benchmarks, all or none. Raises as `jobs.services.submit`."""
    if not request.get("suite"):
        return [services.submit(actor, requests.parse(request), schedule_id=schedule_id)]
    members = _requests(*_suite_of(actor, request))
    return [_submit(actor, member, parsed, schedule_id=schedule_id) for member, parsed in members]


def check(actor: Actor, request: Mapping[str, Any]) -> tuple[list[Job], dict[str, Any]]:
    """The unsaved jobs that a request stands for now, and the request as it is kept. Raises as
    `submit_any`."""
    if not request.get("suite"):
        parsed = requests.parse(request)
        return [order.make_job(actor, parsed)], requests.as_json(parsed)
    suite, given = _suite_of(actor, request)
    members = _requests(suite, given)
    jobs = [_checked(actor, member, parsed) for member, parsed in members]
    common = requests.as_json(members[0][1])
    kept = {name: value for name, value in common.items() if name not in SAID_BY_SUITE}
    return jobs, {**kept, "suite": suite.repository.full_id}


def _suite_of(actor: Actor, request: Mapping[str, Any]) -> tuple[Suite, dict[str, Any]]:
    """The suite that a request names, and the rest of it. InvalidInput, RepositoryNotFound."""
    given = {name: value for name, value in request.items() if name not in ("kind", "suite")}
    if request.get("kind") != JobKind.EVALUATE:
        raise InvalidInput(_("Only an evaluation has a suite."), field="suite")
    if given.get("benchmark"):
        raise InvalidInput(_("Name either a benchmark or a suite; empty one of the two."), field="suite")
    given = {name: value for name, value in given.items() if name not in SAID_BY_SUITE}
    namespace, slash, name = str(request["suite"]).strip().partition("/")
    if not (slash and namespace and name):
        raise InvalidInput(_("A suite is written as namespace/name."), field="suite")
    try:
        return catalog.get_suite(actor, namespace, name), given
    except RepositoryMoved as moved:
        raise InvalidInput(f"{moved.message} Use that name.", field="suite") from None
    except RepositoryNotFound:
        missing = _("There is no suite %(name)s, or you may not see it.")
        raise RepositoryNotFound(missing % {"name": f"{namespace}/{name}"}, field="suite") from None
    except HubError as error:
        error.fields["field"] = "suite"
        raise


def _requests(suite: Suite, given: Mapping[str, Any]) -> list[tuple[str, JobRequest]]:
    """The benchmarks of a suite, each with the request for it."""
    for name in given:
        if name not in SHARED:
            raise InvalidInput(
                f"`{name}` is not part of a suite's request. It may hold: {', '.join(SHARED)}.",
                field=str(name),
            )
    members = suite.declaration.get("benchmarks", [])
    if not members:
        raise InvalidInput(_("The suite's declaration was never valid."), field="suite")
    return [(member["benchmark"], _request(member, given)) for member in members]


def _request(member: Mapping[str, Any], given: Mapping[str, Any]) -> JobRequest:
    request = {
        **given,
        "kind": str(JobKind.EVALUATE),
        "benchmark": member["benchmark"],
        "benchmark_revision": member["revision"],
        "tasks": member["tasks"],
    }
    with _naming(member["benchmark"]):
        return requests.parse(request)


def _submit(actor: Actor, benchmark: str, request: JobRequest, **more: Any) -> Job:
    with _naming(benchmark):
        return services.submit(actor, request, **more)


def _checked(actor: Actor, benchmark: str, request: JobRequest) -> Job:
    with _naming(benchmark):
        return order.make_job(actor, request)


@contextmanager
def _naming(benchmark: str) -> Iterator[None]:
    """A refusal that is about one benchmark says which; the request has the suite in its place."""
    try:
        yield
    except HubError as error:
        field = error.fields.get("field", "")
        if field in SHARED and field != "endpoint":
            raise
        if benchmark not in error.message:
            error.message = f"{benchmark}: {error.message}"
        if field in SAID_BY_SUITE:
            error.fields["field"] = "suite"
        raise
