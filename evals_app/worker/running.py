"""A worker's day: take what waits, run it, until nothing waits or the worker must stop."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from django.conf import settings

from evals_app.compute import selectors as compute
from evals_app.compute.models import Worker
from evals_app.jobs import selectors as jobs
from evals_app.worker import engine_process, presence
from evals_app.worker.coordination import DatabaseCoordinator
from evals_app.worker.supervisor import StopAsked, supervise


def run_waiting(worker_name: str, queue_slug: str, stop_asked: StopAsked) -> int:
    """How many attempts were run. Returns at once when nothing waits: a wake-up may be a duplicate."""
    coordinator = DatabaseCoordinator(_worker(worker_name, queue_slug), [queue_slug])
    count = 0
    while not stop_asked() and (lease := coordinator.lease_next()):
        supervise(lease, coordinator, stop_asked)
        count += 1
    if count:
        remove_old_folders()
    return count


def remove_old_folders() -> None:
    """Scratch space of jobs that ended elsewhere, or at their last attempt."""
    folders = {path.name: path for path in Path(settings.WORK_DIR).iterdir() if _is_id(path.name)}
    for name in folders.keys() - {str(job_id) for job_id in jobs.unfinished_among(map(UUID, folders))}:
        engine_process.remove_folder(name)


def _worker(name: str, queue_slug: str) -> Worker:
    known = compute.find_worker(name)
    if known is not None and queue_slug in known.queues:
        return known
    return presence.register(name, compute.known_queue_slugs([queue_slug]))


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
