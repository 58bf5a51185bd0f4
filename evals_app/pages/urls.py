"""Pages of jobs, schedules, runs, benchmarks, leaderboards and the compute pool."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from evals_app.pages import (
    benchmarks,
    board_files,
    board_forms,
    compare,
    compute,
    disputes,
    endpoints,
    job_charts,
    job_logs,
    jobs,
    leaderboards,
    lending,
    metrics,
    operating,
    runs,
    schedules,
    suites,
)

app_name = "evals"
urlpatterns: list[URLPattern | URLResolver] = [
    # /jobs/…
    path("jobs", jobs.job_list, name="job-list"),
    path("jobs/new", jobs.job_new, name="job-new"),
    path("jobs/<uuid:job_id>", jobs.job_detail, name="job-detail"),
    path("jobs/<uuid:job_id>/metrics", job_charts.job_metrics, name="job-metrics"),
    path("jobs/<uuid:job_id>/metrics.csv", job_charts.job_metrics_csv, name="job-metrics-csv"),
    path("jobs/<uuid:job_id>/charts/<slug:slug>.svg", job_charts.job_chart, name="job-chart"),
    path("jobs/<uuid:job_id>/log", job_logs.job_log, name="job-log"),
    path("jobs/<uuid:job_id>/log/stream", job_logs.job_log_stream, name="job-log-stream"),
    path("jobs/<uuid:job_id>/log/find", job_logs.job_log_find, name="job-log-find"),
    path("jobs/<uuid:job_id>/log.txt", job_logs.job_log_text, name="job-log-text"),
    path("jobs/<uuid:job_id>/withheld", job_logs.job_withheld, name="job-withheld"),
    path("jobs/<uuid:job_id>/cancel", jobs.job_cancel, name="job-cancel"),
    path("jobs/<uuid:job_id>/rerun", jobs.job_rerun, name="job-rerun"),
    # /endpoints/…
    path("endpoints", endpoints.endpoint_list, name="endpoint-list"),
    path("endpoints/<str:namespace>/<str:name>", endpoints.endpoint_delete, name="endpoint-delete"),
    # /schedules/…
    path("schedules", schedules.schedule_list, name="schedule-list"),
    path("schedules/new", schedules.schedule_new, name="schedule-new"),
    path("schedules/preview", schedules.schedule_preview, name="schedule-preview"),
    path("schedules/<uuid:schedule_id>", schedules.schedule_detail, name="schedule-detail"),
    path("schedules/<uuid:schedule_id>/act", schedules.schedule_act, name="schedule-act"),
    path("schedules/<uuid:schedule_id>/edit", schedules.schedule_edit, name="schedule-edit"),
    # /benchmarks/…
    path("benchmarks/import", suites.benchmark_import, name="benchmark-import"),
    path("suites", suites.suite_list, name="suite-list"),
    path("suites/<str:namespace>/<str:name>", suites.suite_detail, name="suite-detail"),
    path("benchmarks", benchmarks.benchmark_list, name="benchmark-list"),
    path("benchmarks/<str:namespace>/<str:name>", benchmarks.benchmark_detail, name="benchmark-detail"),
    # /leaderboards/…
    path("leaderboards", leaderboards.leaderboard_list, name="leaderboard-list"),
    path("leaderboards/new", board_forms.leaderboard_new, name="leaderboard-new"),
    path("leaderboards/method", leaderboards.method, name="leaderboard-method"),
    path("leaderboards/<slug:slug>", leaderboards.leaderboard_detail, name="leaderboard-detail"),
    path("leaderboards/<slug:slug>/edit", board_forms.leaderboard_edit, name="leaderboard-edit"),
    path("leaderboards/<slug:slug>/delete", board_forms.leaderboard_delete, name="leaderboard-delete"),
    path("leaderboards/<slug:slug>/charts", leaderboards.leaderboard_charts, name="leaderboard-charts"),
    path("leaderboards/<slug:slug>/changes", leaderboards.leaderboard_changes, name="leaderboard-changes"),
    path("leaderboards/<slug:slug>/feed.<str:format>", board_files.feed, name="leaderboard-feed"),
    path("leaderboards/<slug:slug>/export.<str:format>", board_files.export, name="leaderboard-export"),
    path("leaderboards/<slug:slug>/badge.svg", board_files.badge, name="leaderboard-badge"),
    path("leaderboards/<slug:slug>/embed", board_files.embed, name="leaderboard-embed"),
    # /metrics/…
    path("metrics", metrics.metric_list, name="metric-list"),
    path("metrics/<slug:name>", metrics.metric_detail, name="metric-detail"),
    path("compare", compare.compare, name="compare"),
    # /runs/…
    path("runs", runs.run_list, name="run-list"),
    path("runs/<uuid:run_id>", runs.run_detail, name="run-detail"),
    path("runs/<uuid:run_id>/samples", runs.run_samples, name="run-samples"),
    path("runs/<uuid:run_id>/disputes", disputes.run_disputes, name="run-disputes"),
    path("runs/<uuid:run_id>/publish", disputes.run_publish, name="run-publish"),
    path("runs/disputes/<int:dispute_id>/act", disputes.dispute_act, name="dispute-act"),
    path("compute", compute.compute, name="compute"),
    path("compute/lend", lending.lend, name="lend"),
    path("compute/trust", lending.trust_lenders, name="trust-lenders"),
    path("compute/tokens/<int:pass_id>/act", lending.pass_act, name="worker-pass-act"),
    path("compute/workers/<uuid:worker_id>/act", lending.worker_act, name="worker-act"),
    path("compute/operate", operating.operate, name="operate"),
    path("compute/queues/new", operating.queue_new, name="queue-new"),
    path("compute/queues/<slug:slug>/edit", operating.queue_edit, name="queue-edit"),
    path("compute/owners/<str:owner>", operating.owner_grants, name="owner-grants"),
    path(
        "compute/reservations/<int:reservation_id>/end",
        operating.reservation_release,
        name="reservation-release",
    ),
    path("compute/queues/<slug:slug>/pause", compute.queue_pause, name="queue-pause"),
]
