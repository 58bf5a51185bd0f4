"""Lists the rooms' tables for Django; nothing imports this module."""

from evals_app.catalog.models import Benchmark, BenchmarkVersion, ExternalEndpoint, Suite
from evals_app.claims.models import Claim, Publication
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
from evals_app.jobs.models import (
    Job,
    JobLogChunk,
    JobMetric,
    JobTransition,
    WithheldLogChunk,
    WithheldRecord,
)
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
from evals_app.trust.models import Dispute

__all__ = [
    "Allowance",
    "Benchmark",
    "BenchmarkVersion",
    "Budget",
    "Claim",
    "DeviceTime",
    "Dispute",
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
    "Publication",
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
    "WithheldLogChunk",
    "WithheldRecord",
    "Worker",
]
