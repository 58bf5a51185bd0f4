"""Tasks of discovery."""

from __future__ import annotations

from celery import shared_task

from models_app.discovery import services


@shared_task(name="models_app.discovery.roll_up_downloads")
def roll_up_downloads() -> int:
    return services.roll_up()
