"""The ecosystem's jobs: what is private is missing; what one sees but may not change is refused."""

from __future__ import annotations

from functools import partial

from tests.rules.permission_rows.evals_api import private_job, public_benchmark, schedule
from tests.rules.permissions import Row

JOB = "/api/jobs/acme/{id}"
SCHEDULE = "/api/scheduled-jobs/acme/{id}"
READ = (404, 404, 200, 200)
WRITE = (404, 404, 403, 200)
SUBMIT = (401, 403, 403, 200)
ALL = (200, 200, 200, 200)
NOT_OFFERED = (501, 501, 501, 501)
SPEC = {
    "dockerImage": "llmos/evaluate",
    "command": ["--model=acme/open", "--benchmark=acme/translation"],
}

job = partial(Row, by="token", prepare=private_job)
scheduled = partial(Row, by="token", prepare=schedule)

ROWS = [
    Row("hf-jobs:hardware", "/api/jobs/hardware", ALL, by="token"),
    Row("hf-jobs:jobs", "/api/jobs/acme", ALL, by="token"),
    Row("hf-jobs:jobs", "/api/jobs/acme", SUBMIT, "POST", SPEC, by="token", prepare=public_benchmark),
    job("hf-jobs:job", JOB, READ),
    job("hf-jobs:job-logs", f"{JOB}/logs", READ),
    job("hf-jobs:job-metrics", f"{JOB}/metrics", READ),
    job("hf-jobs:job-cancel", f"{JOB}/cancel", WRITE, "POST"),
    job("hf-jobs:job-duplicate", f"{JOB}/duplicate", WRITE, "POST"),
    job("hf-jobs:job-labels", f"{JOB}/labels", WRITE, "PUT", {"labels": {}}),
    job("hf-jobs:job-expose", f"{JOB}/expose", NOT_OFFERED, "PUT"),
    job("hf-jobs:job-events", f"{JOB}/events", READ),
    Row("hf-jobs:schedules", "/api/scheduled-jobs/acme", ALL, by="token"),
    Row(
        "hf-jobs:schedules",
        "/api/scheduled-jobs/acme",
        SUBMIT,
        "POST",
        {"jobSpec": SPEC, "schedule": "@daily"},
        by="token",
        prepare=public_benchmark,
    ),
    scheduled("hf-jobs:schedule", SCHEDULE, READ),
    scheduled("hf-jobs:schedule-suspend", f"{SCHEDULE}/suspend", WRITE, "POST"),
    scheduled("hf-jobs:schedule-resume", f"{SCHEDULE}/resume", WRITE, "POST"),
    scheduled("hf-jobs:schedule-run", f"{SCHEDULE}/run", WRITE, "POST"),
    scheduled("hf-jobs:schedule-change", f"{SCHEDULE}/schedule", WRITE, "POST", {"schedule": "@daily"}),
    scheduled("hf-jobs:schedule-labels", f"{SCHEDULE}/labels", WRITE, "PUT", {"labels": {}}),
    scheduled("hf-jobs:schedule", SCHEDULE, WRITE, "DELETE"),
]
