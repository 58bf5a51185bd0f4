"""/api/v1: jobs, runs, leaderboards, schedules, webhooks, benchmarks, compute."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, re_path
from drf_spectacular.views import SpectacularAPIView

from evals_app.api import (
    benchmark_views,
    board_views,
    compute_views,
    dataset_leaderboard,
    dispute_views,
    endpoint_views,
    guide,
    job_views,
    joining,
    reproduction,
    usage_views,
    views,
    webhook_views,
    worker_views,
)
from evals_app.api import schedule_views as schedules

app_name = "evals-api"
urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs", guide.guide, name="guide"),
    # /api/v1/jobs/…
    path("api/v1/jobs", job_views.JobList.as_view(), name="job-list"),
    path("api/v1/jobs/<uuid:job_id>", job_views.JobDetail.as_view(), name="job-detail"),
    path("api/v1/jobs/<uuid:job_id>/cancel", job_views.JobCancel.as_view(), name="job-cancel"),
    path("api/v1/jobs/<uuid:job_id>/rerun", job_views.JobRerun.as_view(), name="job-rerun"),
    path("api/v1/jobs/<uuid:job_id>/clone", job_views.JobClone.as_view(), name="job-clone"),
    path("api/v1/jobs/<uuid:job_id>/labels", job_views.JobLabels.as_view(), name="job-labels"),
    path("api/v1/jobs/<uuid:job_id>/logs", job_views.JobLogs.as_view(), name="job-logs"),
    path("api/v1/jobs/<uuid:job_id>/withheld", job_views.JobWithheld.as_view(), name="job-withheld"),
    path("api/v1/jobs/<uuid:job_id>/metrics", job_views.JobMetrics.as_view(), name="job-metrics"),
    # /api/v1/runs/…, benchmarks, leaderboards
    path("api/v1/runs", views.RunList.as_view(), name="run-list"),
    path("api/v1/runs/<uuid:run_id>", views.RunDetail.as_view(), name="run-detail"),
    path("api/v1/runs/<uuid:run_id>/publish", dispute_views.RunPublish.as_view(), name="run-publish"),
    path("api/v1/runs/<uuid:run_id>/disputes", dispute_views.RunDisputes.as_view(), name="run-disputes"),
    path(
        "api/v1/disputes/<int:dispute_id>/<slug:act>",
        dispute_views.DisputeActs.as_view(),
        name="dispute-act",
    ),
    path("api/v1/benchmarks/schema", benchmark_views.BenchmarkSchema.as_view(), name="benchmark-schema"),
    path("api/v1/benchmarks/check", benchmark_views.BenchmarkCheck.as_view(), name="benchmark-check"),
    path("api/v1/benchmarks/import", benchmark_views.BenchmarkImport.as_view(), name="benchmark-import"),
    path("api/v1/suites", benchmark_views.SuiteList.as_view(), name="suite-list"),
    path(
        "api/v1/suites/<str:namespace>/<str:name>", benchmark_views.SuiteDetail.as_view(), name="suite-detail"
    ),
    path(
        "api/v1/suites/<str:namespace>/<str:name>/jobs",
        benchmark_views.SuiteJobs.as_view(),
        name="suite-jobs",
    ),
    path("api/v1/benchmarks", views.BenchmarkList.as_view(), name="benchmark-list"),
    path(
        "api/v1/benchmarks/<str:namespace>/<str:name>",
        views.BenchmarkDetail.as_view(),
        name="benchmark-detail",
    ),
    path("api/v1/leaderboards", board_views.LeaderboardList.as_view(), name="leaderboard-list"),
    path(
        "api/v1/leaderboards/<slug:slug>", board_views.LeaderboardDetail.as_view(), name="leaderboard-detail"
    ),
    path(
        "api/v1/leaderboards/<slug:slug>/changes",
        board_views.LeaderboardChanges.as_view(),
        name="leaderboard-changes",
    ),
    path("api/v1/compare", board_views.Comparison.as_view(), name="compare"),
    path(
        "api/datasets/<str:namespace>/<str:name>/leaderboard",
        dataset_leaderboard.show,
        name="dataset-leaderboard",
    ),
    # /api/v1/endpoints/…
    path("api/v1/endpoints", endpoint_views.EndpointList.as_view(), name="endpoint-list"),
    path(
        "api/v1/endpoints/<str:namespace>/<str:name>",
        endpoint_views.EndpointDetail.as_view(),
        name="endpoint-detail",
    ),
    re_path(
        r"^api/v1/jobs/(?P<job_id>[0-9a-f-]{36})/endpoint/(?P<api>completions|chat/completions)$",
        endpoint_views.EndpointCall.as_view(),
        name="endpoint-call",
    ),
    # /api/v1/schedules/…
    path("api/v1/schedules", schedules.ScheduleList.as_view(), name="schedule-list"),
    path("api/v1/schedules/<uuid:schedule_id>", schedules.ScheduleDetail.as_view(), name="schedule-detail"),
    path(
        "api/v1/schedules/<uuid:schedule_id>/pause",
        schedules.SchedulePause.as_view(),
        name="schedule-pause",
    ),
    path(
        "api/v1/schedules/<uuid:schedule_id>/resume",
        schedules.ScheduleResume.as_view(),
        name="schedule-resume",
    ),
    path(
        "api/v1/schedules/<uuid:schedule_id>/run",
        schedules.ScheduleRunNow.as_view(),
        name="schedule-run",
    ),
    path(
        "api/v1/schedules/<uuid:schedule_id>/runs",
        schedules.ScheduleRuns.as_view(),
        name="schedule-runs",
    ),
    # /api/v1/webhooks/…
    path(
        "api/v1/webhooks/<str:webhook_id>/deliveries",
        webhook_views.DeliveryList.as_view(),
        name="webhook-deliveries",
    ),
    path(
        "api/v1/webhooks/<str:webhook_id>/deliveries/<int:delivery_id>/replay",
        webhook_views.DeliveryReplay.as_view(),
        name="webhook-replay",
    ),
    path("api/v1/usage", usage_views.Usage.as_view(), name="usage"),
    # /api/v1/queues, workers
    path("api/v1/queues", compute_views.QueueList.as_view(), name="queue-list"),
    path("api/v1/queues/<slug:slug>", compute_views.QueueDetail.as_view(), name="queue-detail"),
    path("api/v1/budgets/<str:owner>", compute_views.BudgetDetail.as_view(), name="budget-detail"),
    path(
        "api/v1/trusted-lenders/<str:owner>",
        compute_views.TrustedLenderList.as_view(),
        name="trusted-lenders",
    ),
    path("api/v1/workers/<uuid:worker_id>", compute_views.WorkerDetail.as_view(), name="worker-detail"),
    path("api/v1/workers", views.WorkerList.as_view(), name="worker-list"),
    # What workers say: /api/v1/workers/…
    path("api/v1/workers/register", worker_views.WorkerRegister.as_view(), name="worker-register"),
    path(
        "api/v1/workers/<uuid:worker_id>/heartbeat",
        worker_views.WorkerHeartbeat.as_view(),
        name="worker-heartbeat",
    ),
    path("api/v1/workers/<uuid:worker_id>/wait", worker_views.WorkerWait.as_view(), name="worker-wait"),
    path("api/v1/workers/<uuid:worker_id>/lease", worker_views.WorkerLease.as_view(), name="worker-lease"),
    path(
        "api/v1/workers/<uuid:worker_id>/jobs/<uuid:job_id>/events",
        worker_views.WorkerJobEvents.as_view(),
        name="worker-job-events",
    ),
    path(
        "api/v1/workers/<uuid:worker_id>/jobs/<uuid:job_id>/finish",
        worker_views.WorkerJobFinish.as_view(),
        name="worker-job-finish",
    ),
    # What makes a worker of a machine
    path("workers/join.sh", joining.join_script, name="worker-join"),
    path("workers/llmos-worker.pyz", joining.worker_archive, name="worker-archive"),
    path("workers/requirements.txt", joining.worker_requirements, name="worker-requirements"),
    # Repeating a run elsewhere
    path("engines/evaluate.pyz", reproduction.engine_archive, name="engine-archive"),
    path("runs/<uuid:run_id>/reproduce.sh", reproduction.run_script, name="run-script"),
]
