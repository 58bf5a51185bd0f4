"""Lists the rooms' tables for Django; nothing imports this module."""

from evals_app.catalog.models import Benchmark, BenchmarkVersion, ExternalEndpoint, Suite
from evals_app.compute.models import (
    Allowance,
    Budget,
    DeviceTime,
    Queue,
    Reservation,
    RunningLimit,
    Standing,
    Worker,
)
from evals_app.contamination.models import Exposure, OverlapCheck
from evals_app.jobs.models import Job, JobLogChunk, JobMetric, JobTransition
from evals_app.leaderboards.models import (
    Leaderboard,
    LeaderboardCell,
    LeaderboardChange,
    LeaderboardColumn,
    LeaderboardEntry,
    PairedScore,
)
from evals_app.runs.models import Run, RunValue, SampleScores
from evals_app.schedules.models import Schedule, ScheduleRun

__all__ = [
    "Allowance",
    "Benchmark",
    "BenchmarkVersion",
    "Budget",
    "DeviceTime",
    "Exposure",
    "ExternalEndpoint",
    "Job",
    "JobLogChunk",
    "JobMetric",
    "JobTransition",
    "Leaderboard",
    "LeaderboardCell",
    "LeaderboardChange",
    "LeaderboardColumn",
    "LeaderboardEntry",
    "OverlapCheck",
    "PairedScore",
    "Queue",
    "Reservation",
    "Run",
    "RunValue",
    "RunningLimit",
    "SampleScores",
    "Schedule",
    "ScheduleRun",
    "Standing",
    "Suite",
    "Worker",
]
