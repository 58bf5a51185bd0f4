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


@require_safe
def compute(request: HttpRequest) -> HttpResponse:
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
        "workers": [WorkerRow(worker, worker in alive, worker.pk in busy) for worker in workers],
        "owners": owners,
    }
    return render(request, "evals/compute.html", context)
