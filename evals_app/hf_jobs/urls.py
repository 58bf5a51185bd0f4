"""/api/jobs and /api/scheduled-jobs: the ecosystem's clients."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from evals_app.hf_jobs import jobs, scheduled
from models_app.hf_api.http import by_method

app_name = "hf-jobs"

SCHEDULE = "api/scheduled-jobs/<str:namespace>/<str:schedule_id>"
JOB = "api/jobs/<str:namespace>/<str:job_id>"

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/jobs/hardware", jobs.hardware, name="hardware"),
    path("api/jobs/<str:namespace>", by_method(GET=jobs.list_jobs, POST=jobs.run), name="jobs"),
    path(JOB, jobs.inspect, name="job"),
    path(f"{JOB}/logs", jobs.logs, name="job-logs"),
    path(f"{JOB}/metrics", jobs.metrics, name="job-metrics"),
    path(f"{JOB}/cancel", jobs.cancel, name="job-cancel"),
    path(f"{JOB}/duplicate", jobs.duplicate, name="job-duplicate"),
    path(f"{JOB}/labels", jobs.labels, name="job-labels"),
    path(f"{JOB}/expose", jobs.not_offered, {"part": "Exposed ports"}, name="job-expose"),
    path(f"{JOB}/events", jobs.events, name="job-events"),
    path(
        "api/scheduled-jobs/<str:namespace>",
        by_method(GET=scheduled.list_schedules, POST=scheduled.create),
        name="schedules",
    ),
    path(SCHEDULE, by_method(GET=scheduled.inspect, DELETE=scheduled.delete), name="schedule"),
    path(f"{SCHEDULE}/suspend", scheduled.suspend, name="schedule-suspend"),
    path(f"{SCHEDULE}/resume", scheduled.resume, name="schedule-resume"),
    path(f"{SCHEDULE}/run", scheduled.run, name="schedule-run"),
    path(f"{SCHEDULE}/schedule", scheduled.reschedule, name="schedule-change"),
    path(f"{SCHEDULE}/labels", scheduled.labels, name="schedule-labels"),
]
