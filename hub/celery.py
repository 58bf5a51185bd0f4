"""The Celery application and the clock of the hub's regular chores."""

import os

from celery import Celery
from celery.schedules import schedule

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.settings")

app = Celery("hub")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["models_app.worker", "evals_app.worker", "hub.site"])

# Names only: a test proves that each is a task that exists.
app.conf.beat_schedule = {
    "jobs-sweep": {"task": "evals_app.jobs.sweep", "schedule": schedule(5.0)},
    "schedules-submit-due": {"task": "evals_app.schedules.submit_due", "schedule": schedule(15.0)},
    "compute-lending": {
        "task": "evals_app.compute.refresh_lending_weights",
        "schedule": schedule(3600.0),
    },
    "activity-deliver": {"task": "hub.activity.deliver", "schedule": schedule(15.0)},
    "demo-advance": {"task": "hub.demo.advance", "schedule": schedule(15.0)},
    "boards-catch-up": {"task": "evals_app.leaderboards.catch_up", "schedule": schedule(60.0)},
    "overlaps-sweep": {"task": "evals_app.contamination.sweep", "schedule": schedule(60.0)},
    "webhooks-deliver": {"task": "hub.webhooks.deliver_due", "schedule": schedule(30.0)},
    "webhooks-forget-old": {"task": "hub.webhooks.forget_old", "schedule": schedule(86_400.0)},
    "downloads-roll-up": {"task": "models_app.discovery.roll_up_downloads", "schedule": schedule(300.0)},
    "storage-convert": {"task": "models_app.storage.convert", "schedule": schedule(3600.0)},
    "viewer-sweep": {"task": "models_app.viewer.sweep", "schedule": schedule(60.0)},
    "storage-upkeep": {"task": "models_app.storage.upkeep", "schedule": schedule(3600.0)},
}
