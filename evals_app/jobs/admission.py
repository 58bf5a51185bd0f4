"""Whether a queue takes a job at all: hardware that exists, time it allows, a budget that is not used up.

What could never run is refused here, with what to change, instead of waiting for ever.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.template.defaultfilters import floatformat
from django.utils.formats import date_format
from django.utils.translation import gettext as _

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
        raise InvalidInput(
            _("The queue %(queue)s is paused; choose another or wait.") % {"queue": queue.slug}, field="queue"
        )
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
    facts = {"queue": queue.slug, "needs": needs, "most": requirements.most_of(queue, machines)}
    if fitting:
        text = _(
            "No machine of the queue %(queue)s has %(needs)s. It offers at most %(most)s on one machine; ask "
            "for less or choose a queue that has it: %(fitting)s."
        ) % {**facts, "fitting": ", ".join(fitting)}
    else:
        text = (
            _(
                "No machine of the queue %(queue)s has %(needs)s. It offers at most %(most)s on one machine; "
                "ask for less."
            )
            % facts
        )
    raise InvalidInput(text, field="memory_gb" if needs.memory_bytes else "devices")


def _check_budget(owner: Namespace, queue: Queue) -> None:
    account = budgets.account_of(owner.pk, queue.device_class)
    if account.is_spent:
        raise InvalidInput(
            _(
                "%(owner)s has used %(used)s of its %(hours)s %(device)s hours of this month. Choose a queue "
                "of other devices, wait until %(day)s, or ask the operator for more."
            )
            % {
                "owner": owner.name,
                "used": floatformat(account.used, "-2"),
                "hours": floatformat(account.hard, "-2"),
                "device": DeviceClass(queue.device_class).label,
                "day": date_format(budgets.next_month(budgets.this_month()), "MONTH_DAY_FORMAT"),
            },
            field="owner",
        )


def _time_limit(queue: Queue, wanted: int | None) -> int:
    most = queue.max_time_limit_seconds or settings.JOB_TIME_LIMIT_SECONDS
    if wanted is not None and wanted > most:
        raise InvalidInput(
            _(
                "A job in the queue %(queue)s may take at most %(most)d seconds; ask for less, or choose "
                "another queue."
            )
            % {"queue": queue.slug, "most": most},
            field="time_limit",
        )
    return wanted or min(most, settings.JOB_TIME_LIMIT_SECONDS)
