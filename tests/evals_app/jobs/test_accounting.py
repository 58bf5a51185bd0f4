"""Energy, cost and pace of jobs."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from evals_app.jobs import accounting, pace, services
from evals_app.jobs.exchange import Ending, Environment, Metric, Outcome, Progress
from evals_app.jobs.failures import Failure, FailureCode
from evals_app.jobs.models import Job, JobMetric
from evals_app.jobs.usage import spent_since
from hub.core import clock
from tests.factories.accounts import make_user
from tests.factories.jobs import make_evaluation, make_worker

ENERGY = accounting.ENERGY


def attempt(readings: list[float], outcome: Outcome, *, start: int, sources: list[str]) -> None:
    lease = services.lease_next(make_worker(), ["cpu"])
    assert lease is not None
    metrics = [Metric(start + place, {ENERGY: value}) for place, value in enumerate(readings)]
    machine = Environment({"machine": {"energy_sources": sources}})
    services.heartbeat(lease.job_id, lease.lease, events=[machine, *metrics])
    Job.objects.filter(pk=lease.job_id).update(
        started_at=clock.now() - timedelta(minutes=30), not_before=None
    )
    services.finish(lease.job_id, lease.lease, outcome)
    Job.objects.filter(pk=lease.job_id).update(not_before=None)


@pytest.mark.django_db
def test_a_job_costs_device_time_and_energy_of_all_its_attempts(settings: Any) -> None:
    settings.QUEUE_PRICES = {"cpu": (Decimal("0.50"), "EUR")}
    job = make_evaluation(make_user("alice"))
    killed = Outcome(Ending.FAILED, failure=Failure(FailureCode.KILLED, "killed"))
    attempt([10.0, 30.0], killed, start=100, sources=["estimate"])
    attempt([5.0, 7.0, 8.0], Outcome(Ending.SUCCEEDED), start=200, sources=["nvml-counter", "estimate"])
    job.refresh_from_db()
    assert (job.energy_joules, job.energy_basis, job.currency) == (38.0, "partly", "EUR")
    assert job.cost == pytest.approx(Decimal("0.5"), abs=Decimal("0.01"))
    spent = spent_since(job.owner_id, clock.now() - timedelta(days=1))
    assert (spent.energy_joules, spent.is_estimated, spent.costs) == (38.0, True, [("EUR", job.cost)])


@pytest.mark.django_db
def test_failed_work_used_energy_but_costs_nothing(settings: Any) -> None:
    settings.QUEUE_PRICES = {"cpu": (Decimal("0.50"), "EUR")}
    job = make_evaluation(make_user("alice"))
    failed = Outcome(Ending.FAILED, failure=Failure(FailureCode.BAD_DATA, "bad"))
    attempt([10.0], failed, start=100, sources=["rapl-share"])
    job.refresh_from_db()
    assert (job.energy_joules, job.energy_basis, job.cost) == (10.0, "measured", 0)


@pytest.mark.django_db
def test_a_job_that_nobody_measured_has_no_energy() -> None:
    job = make_evaluation(make_user("alice"))
    attempt([], Outcome(Ending.SUCCEEDED), start=0, sources=[])
    job.refresh_from_db()
    assert (job.energy_joules, job.energy_basis, job.cost) == (None, "", None)


@pytest.mark.django_db
def test_progress_leaves_a_point_for_each_per_cent() -> None:
    job = make_evaluation(make_user("alice"))
    lease = services.lease_next(make_worker(), ["cpu"])
    assert lease is not None
    for fraction in (None, 0.101, 0.102, 0.2):
        services.heartbeat(lease.job_id, lease.lease, events=[Progress(fraction, "")])
    values = JobMetric.objects.filter(job=job, name=pace.PROGRESS).values_list("value", flat=True)
    # Within one second only the newest stays.
    assert set(values) <= {0.101, 0.2}
    assert 0.2 in values


@pytest.mark.parametrize(
    ("points", "moment", "left"),
    [
        ([], 0, None),
        ([(0, 0.1)], 10, None),
        ([(0, 0.0), (10, 0.1), (20, 0.2)], 20, 80.0),
        ([(0, 0.0), (10, 0.1), (20, 0.2)], 25, 75.0),
        # Long silence, no progress, a clock that stands.
        ([(0, 0.0), (10, 0.1), (20, 0.2)], 90, None),
        ([(0, 0.5), (10, 0.5)], 10, None),
        ([(5, 0.1), (5, 0.2)], 5, None),
        # Only the last ten count: it became slower.
        (
            [(n, n / 100) for n in range(11)] + [(10 + 10 * n, 0.1 + n / 100) for n in range(1, 10)],
            100,
            810.0,
        ),
    ],
)
def test_what_is_left_is_told_by_the_pace_of_late(
    points: list[tuple[float, float]], moment: float, left: float | None
) -> None:
    told = pace.remaining_seconds(points, moment)
    assert told == (None if left is None else pytest.approx(left))
