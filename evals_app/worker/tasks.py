"""Celery's way in. Each task takes ids, calls one service, and is safe to be delivered twice."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from evals_app.jobs import services as jobs
from evals_app.worker import presence, running


@shared_task(name=jobs.RUN_NEXT, bind=True)
def run_next(self: Any, queue_slug: str) -> None:
    running.run_waiting(self.request.hostname or "local", queue_slug, presence.stop_asked)


@shared_task(name="evals_app.jobs.sweep")
def sweep() -> None:
    jobs.sweep()
