"""Tasks that keep the Parquet form of datasets up to date."""

from __future__ import annotations

from celery import shared_task

from models_app.viewer import services


@shared_task(name=services.FOLLOW_TASK)
def follow(event_id: int) -> None:
    services.follow(event_id)


@shared_task(name=services.REFRESH_TASK)
def refresh(repository_id: int) -> None:
    services.refresh(repository_id)


@shared_task(name="models_app.viewer.sweep")
def sweep() -> int:
    return services.sweep()
