"""A model measured on a whole suite: one job for each benchmark."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from evals_app.catalog.models import Suite
from evals_app.jobs import requests, services
from evals_app.jobs.models import Job
from hub.accounts.actors import Actor
from hub.core.errors import HubError, InvalidInput

SHARED = ("owner", "queue", "model", "endpoint", "revision", "settings", "limit", "priority")


@transaction.atomic
def submit(actor: Actor, suite: Suite, given: Mapping[str, Any]) -> list[Job]:
    """All of them or none. `given` is a request for an evaluation without benchmark, revision and tasks;
    InvalidInput names the benchmark that cannot be ordered."""
    for name in given:
        if name not in SHARED:
            raise InvalidInput(
                f"`{name}` is not part of a suite's request. It may hold: {', '.join(SHARED)}.",
                field=str(name),
            )
    members = suite.declaration.get("benchmarks", [])
    if not members:
        raise InvalidInput("The suite's declaration was never valid.", field="suite")
    return [_submit(actor, member, given) for member in members]


def _submit(actor: Actor, member: Mapping[str, Any], given: Mapping[str, Any]) -> Job:
    request = {
        **given,
        "kind": "evaluate",
        "benchmark": member["benchmark"],
        "benchmark_revision": member["revision"],
        "tasks": member["tasks"],
    }
    try:
        return services.submit(actor, requests.parse(request))
    except HubError as error:
        if member["benchmark"] not in error.message:
            error.message = f"{member['benchmark']}: {error.message}"
        raise
