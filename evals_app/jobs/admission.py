"""Whether a queue takes a job at all: hardware that exists, time it allows, a budget that is not used up.

What could never run is refused here, with what to change, instead of waiting for ever.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from evals_app.compute import budgets, requirements
from evals_app.compute import selectors as compute
from evals_app.compute.models import DeviceClass, Queue
from evals_app.compute.requirements import GIGABYTE, Needs
from evals_app.jobs.requests import JobRequest
from hub.accounts.models import Namespace
from hub.core.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Place:
    needs: Needs
    time_limit_seconds: int


def admit(owner: Namespace, queue: Queue, request: JobRequest) -> Place:
    """InvalidInput with the field that has to change."""
    if queue.is_paused:
        raise InvalidInput(f"The queue {queue.slug} is paused; choose another or wait.", field="queue")
    needs = Needs(request.devices, round(request.memory_gb * GIGABYTE))
    _check_hardware(queue, needs)
    _check_budget(owner, queue)
    return Place(needs, _time_limit(queue, request.time_limit))


def _check_hardware(queue: Queue, needs: Needs) -> None:
    machines = compute.machines_of(queue.slug)
    if requirements.could_ever(queue, machines, needs):
        return
    fitting = [
        other.slug
        for other in compute.queues()
        if other.pk != queue.pk and requirements.could_ever(other, compute.machines_of(other.slug), needs)
    ]
    elsewhere = f" or choose a queue that has it: {', '.join(fitting)}" if fitting else ""
    raise InvalidInput(
        f"No machine of the queue {queue.slug} has {needs}. It offers at most "
        f"{requirements.most_of(queue, machines)} on one machine; ask for less{elsewhere}.",
        field="memory_gb" if needs.memory_bytes else "devices",
    )


def _check_budget(owner: Namespace, queue: Queue) -> None:
    account = budgets.account_of(owner.pk, queue.device_class)
    if account.is_spent:
        device = DeviceClass(queue.device_class).label
        until = budgets.next_month(budgets.this_month())
        raise InvalidInput(
            f"{owner.name} has used {account.used:.1f} of its {account.hard:g} {device} hours of this month. "
            f"Choose a queue of other devices, wait until {until:%-d %B}, or ask the operator for more.",
            field="owner",
        )


def _time_limit(queue: Queue, wanted: int | None) -> int:
    most = queue.max_time_limit_seconds or settings.JOB_TIME_LIMIT_SECONDS
    if wanted is not None and wanted > most:
        raise InvalidInput(
            f"A job in the queue {queue.slug} may take at most {most} seconds; ask for less, "
            "or choose another queue.",
            field="time_limit",
        )
    return wanted or min(most, settings.JOB_TIME_LIMIT_SECONDS)
