"""Lists the rooms' tables for Django; nothing imports this module."""

from evals_app.catalog.models import Benchmark, BenchmarkVersion
from evals_app.compute.models import Queue, Worker
from evals_app.jobs.models import Job, JobLogChunk, JobMetric, JobTransition
from evals_app.leaderboards.models import Leaderboard, LeaderboardEntry
from evals_app.runs.models import Run, RunValue
from evals_app.schedules.models import Schedule

__all__ = [
    "Benchmark",
    "BenchmarkVersion",
    "Job",
    "JobLogChunk",
    "JobMetric",
    "JobTransition",
    "Leaderboard",
    "LeaderboardEntry",
    "Queue",
    "Run",
    "RunValue",
    "Schedule",
    "Worker",
]
