"""Celery's way in. Each task takes ids, calls one service, and is safe to be delivered twice."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from celery import shared_task

from evals_app.compute import shares
from evals_app.contamination import services as contamination
from evals_app.jobs import services as jobs
from evals_app.leaderboards import comparing, making
from evals_app.leaderboards import services as leaderboards
from evals_app.runs.completion import REFRESH_FOR_RUN
from evals_app.schedules import due
from evals_app.trust import services as trust
from evals_app.worker import indexing, presence, running, telling


@shared_task(name=jobs.RUN_NEXT, bind=True)
def run_next(self: Any, queue_slug: str) -> None:
    with presence.at_work():
        running.run_waiting(self.request.hostname or "local", queue_slug, presence.stop_asked)


@shared_task(name="evals_app.jobs.sweep")
def sweep() -> None:
    jobs.sweep()


@shared_task(name="evals_app.schedules.submit_due")
def submit_due() -> None:
    due.submit_due()


@shared_task(name="evals_app.schedules.on_commit")
def on_commit(event_id: int) -> None:
    indexing.set_off_schedules(event_id)


@shared_task(name=telling.NOTIFY_TASK)
def notify(event_id: int) -> None:
    telling.notify(event_id)


@shared_task(name="evals_app.compute.refresh_lending_weights")
def refresh_lending_weights() -> None:
    shares.refresh_lending_weights()


@shared_task(name=REFRESH_FOR_RUN)
def refresh_for_run(run_id: str) -> None:
    leaderboards.refresh_for_run(UUID(run_id))


@shared_task(name=making.REFRESH)
def refresh_board(board_id: int) -> None:
    leaderboards.bring_up(board_id)


@shared_task(name=leaderboards.CATCH_UP)
def catch_up_boards() -> None:
    leaderboards.catch_up()


@shared_task(name=comparing.COMPUTE)
def compute_pairs(run_ids: list[str]) -> None:
    comparing.compute([UUID(run_id) for run_id in run_ids])


@shared_task(name="evals_app.leaderboards.follow_repository")
def follow_repository(event_id: int) -> None:
    indexing.follow_repository(event_id)


@shared_task(name="evals_app.jobs.follow_visibility")
def follow_visibility(event_id: int) -> None:
    indexing.follow_visibility(event_id)


@shared_task(name="evals_app.catalog.index_benchmark")
def index_benchmark(event_id: int) -> None:
    indexing.index_for_event(event_id)


@shared_task(name="evals_app.contamination.follow")
def follow_run(event_id: int) -> None:
    contamination.follow(event_id)


@shared_task(name="evals_app.claims.follow")
def import_claims(event_id: int) -> None:
    indexing.import_claims(event_id)


@shared_task(name="evals_app.trust.follow")
def settle_run(event_id: int) -> None:
    trust.follow(event_id)


@shared_task(name=contamination.CHECK_TASK)
def check_overlap(check_id: int) -> None:
    contamination.check(check_id)


@shared_task(name="evals_app.contamination.sweep")
def sweep_overlaps() -> None:
    contamination.sweep()
