"""The page of the compute pool."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evals_app.compute import selectors
from evals_app.compute.models import Queue, Worker
from evals_app.jobs import listing
from evals_app.jobs import selectors as jobs
from hub.accounts import policies as people
from hub.accounts.actors import Actor
from hub.accounts.requests import actor_of


@dataclass(frozen=True, slots=True)
class QueueRow:
    queue: Queue
    workers: int
    waiting: int
    running: int


@dataclass(frozen=True, slots=True)
class WorkerRow:
    worker: Worker
    is_alive: bool
    is_busy: bool
    may_manage: bool = False


@require_safe
def compute(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    workers, busy, owners = selectors.workers(), jobs.busy_worker_ids(), listing.waiting_by_owner()
    alive = [worker for worker in workers if selectors.is_alive(worker)]
    context = {
        "queues": [
            QueueRow(
                queue,
                workers=sum(queue.slug in worker.queues for worker in alive),
                waiting=sum(row.waiting for row in owners if row.queue == queue.slug),
                running=sum(row.running for row in owners if row.queue == queue.slug),
            )
            for queue in selectors.queues()
        ],
        "workers": [
            WorkerRow(worker, worker in alive, worker.pk in busy, _may_manage(actor, worker))
            for worker in workers
        ],
        "owners": owners,
    }
    return render(request, "evals/compute.html", context)


def _may_manage(actor: Actor, worker: Worker) -> bool:
    lender = worker.worker_pass.lender if worker.worker_pass else None
    return actor.is_operator or (lender is not None and people.may_administer(actor, lender))
