"""The page of the compute pool."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from evals_app.compute import lending, policies, selectors, services
from evals_app.compute.models import Queue, Worker
from evals_app.compute.requirements import GIGABYTE
from evals_app.jobs import listing
from evals_app.jobs import selectors as jobs
from evals_app.jobs import services as job_services
from hub.accounts.requests import actor_of


@dataclass(frozen=True, slots=True)
class QueueRow:
    queue: Queue
    workers: int
    waiting: int
    running: int
    facts: str


@dataclass(frozen=True, slots=True)
class WorkerRow:
    worker: Worker
    is_alive: bool
    is_busy: bool
    may_manage: bool = False


def _facts(queue: Queue) -> str:
    """What the queue declares, in one line."""
    facts = [queue.gpu_pattern] if queue.gpu_pattern else []
    if queue.devices:
        facts.append(_("%(number)s devices a machine") % {"number": queue.devices})
    if queue.memory_bytes:
        facts.append(_("%(number)s GB a device") % {"number": f"{queue.memory_bytes / GIGABYTE:g}"})
    if queue.max_time_limit_seconds:
        facts.append(_("at most %(number)s h") % {"number": f"{queue.max_time_limit_seconds / 3600:g}"})
    return " · ".join(facts)


@require_POST
def queue_pause(request: HttpRequest, slug: str) -> HttpResponse:
    """Pause a queue, or with `act=resume` let it go on."""
    actor = actor_of(request)
    policies.require_operator(actor)
    paused = request.POST.get("act") != "resume"
    services.set_paused(selectors.get_queue(slug), paused=paused, actor=actor)
    if not paused:
        job_services.wake_idle_workers()
    return redirect("evals:compute")


@require_safe
def compute(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    workers, busy, owners = (
        lending.workers_visible_to(actor),
        jobs.busy_worker_ids(),
        listing.waiting_by_owner(),
    )
    alive = [worker for worker in workers if selectors.is_alive(worker)]
    let_in = [worker for worker in alive if worker.is_let_in]
    context = {
        "queues": [
            QueueRow(
                queue,
                workers=sum(queue.slug in worker.queues for worker in let_in),
                waiting=sum(row.waiting for row in owners if row.queue == queue.slug),
                running=sum(row.running for row in owners if row.queue == queue.slug),
                facts=_facts(queue),
            )
            for queue in selectors.queues()
        ],
        "workers": [
            WorkerRow(worker, worker in alive, worker.pk in busy, lending.may_manage(actor, worker))
            for worker in workers
        ],
        "owners": owners,
        "may_operate": actor.is_operator,
    }
    return render(request, "evals/compute.html", context)
