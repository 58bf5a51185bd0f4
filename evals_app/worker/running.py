"""A worker's day: take what waits, run it, until nothing waits or the worker must stop."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from django.conf import settings

from evals_app.compute import selectors as compute
from evals_app.compute.models import Worker
from evals_app.jobs import selectors as jobs
from evals_app.supervision import engine_process
from evals_app.supervision.conditions import NO_WALLS, Conditions
from evals_app.supervision.supervisor import StopAsked, supervise
from evals_app.worker import containing, presence
from evals_app.worker.coordination import DatabaseCoordinator
from walls import building


def run_waiting(worker_name: str, queue_slug: str, stop_asked: StopAsked) -> int:
    """How many attempts were run. Returns at once when nothing waits: a wake-up may be a duplicate."""
    coordinator = DatabaseCoordinator(_worker(worker_name, queue_slug), [queue_slug])
    count = 0
    while not stop_asked() and (lease := coordinator.lease_next()):
        supervise(lease, coordinator, stop_asked, conditions())
        count += 1
    if count:
        remove_old_folders()
    return count


def conditions() -> Conditions:
    return Conditions(
        python=settings.ENGINE_PYTHON,
        work_dir=settings.WORK_DIR,
        hub_url=settings.ENGINE_HUB_URL,
        heartbeat_seconds=settings.JOB_HEARTBEAT_SECONDS,
        lease_seconds=settings.JOB_LEASE_SECONDS,
        threads=settings.ENGINE_THREADS,
        memory_bytes=settings.ENGINE_MEMORY_BYTES,
        disk_bytes=settings.ENGINE_DISK_BYTES,
        core_watts=settings.CORE_WATTS,
        walls=building.detect() if settings.ENGINE_WALLS else NO_WALLS,
        other_hosts=tuple(settings.ENGINE_OTHER_HOSTS),
        allows_unwalled_code=settings.ALLOW_UNWALLED_CODE,
        containers=containing.runtime(),
    )


def remove_old_folders() -> None:
    """Scratch space of jobs that ended elsewhere, or at their last attempt."""
    folders = {path.name: path for path in Path(settings.WORK_DIR).iterdir() if _is_id(path.name)}
    for name in folders.keys() - {str(job_id) for job_id in jobs.unfinished_among(map(UUID, folders))}:
        engine_process.remove_folder(name, settings.WORK_DIR)


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
