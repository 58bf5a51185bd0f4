"""A waiting job always shows why, its place and when it may start."""

from __future__ import annotations

from datetime import timedelta

import pytest

from evals_app.compute import budgets, shares
from evals_app.compute import services as compute
from evals_app.compute.models import DeviceTime, Standing
from evals_app.compute.selectors import get_queue
from evals_app.jobs import services, turns
from evals_app.jobs.models import Job, JobState
from evals_app.jobs.waiting import Waiting, waiting_reason, waiting_reasons
from hub.accounts.models import Namespace
from hub.core.clock import now
from tests.factories.accounts import make_organization
from tests.factories.jobs import make_evaluation, make_worker

pytestmark = pytest.mark.django_db
HOUR = 3600.0


@pytest.fixture
def acme() -> Namespace:
    return make_organization("acme")


def start_one(worker: str = "cpu@here") -> None:
    assert services.lease_next(make_worker(worker), ["cpu"])


def look(job: Job) -> Waiting:
    return waiting_reason(Job.objects.select_related("owner", "queue").get(pk=job.pk))


def test_it_says_that_no_worker_is_there_then_that_one_is_about_to_take_it(acme: Namespace) -> None:
    job = make_evaluation(acme)
    assert look(job).code == "no-worker"
    make_worker()
    assert (look(job).code, look(job).place, look(job).starts_in) == ("starting", 1, 0.0)


def test_it_says_that_the_queue_is_paused(acme: Namespace) -> None:
    job = make_evaluation(acme)
    compute.set_paused(job.queue, paused=True)
    assert (look(job).code, look(job).starts_in) == ("queue-paused", None)


def test_it_tells_the_place_in_fair_order_and_an_estimate_once_something_is_known(acme: Namespace) -> None:
    other = make_organization("other")
    make_evaluation(acme)
    start_one()
    mine = [make_evaluation(acme) for _ in range(3)]
    single = make_evaluation(other)
    told = waiting_reasons([*mine, single])
    assert [told[job.pk].place for job in (single, *mine)] == [1, 2, 3, 4]
    assert {told[job.pk].code for job in mine} == {"turn"}
    assert told[single.pk].starts_in is None
    Standing.objects.update(typical_seconds=100.0)
    Job.objects.filter(state=JobState.RUNNING).update(started_at=now() - timedelta(seconds=40))
    assert look(single).starts_in == pytest.approx(60, abs=2)
    assert look(mine[0]).starts_in == pytest.approx(160, abs=2)


def test_it_shows_places_as_the_jobs_are_served() -> None:
    for name, number in (("crowd", 4), ("pair", 2), ("single", 1)):
        owner = make_organization(name)
        for _ in range(number):
            make_evaluation(owner)
    make_worker()
    jobs = list(Job.objects.select_related("owner", "queue"))
    told = waiting_reasons(jobs)
    places = {place.place: job for job, place in told.items()}
    served = []
    for number in range(len(jobs)):
        lease = services.lease_next(make_worker(f"{number}@here"), ["cpu"])
        assert lease is not None
        served.append(lease.job_id)
    assert served == [places[number] for number in range(1, 8)]


def test_it_says_that_the_budget_is_used_and_holds_the_job(acme: Namespace) -> None:
    job = make_evaluation(acme)
    make_worker()
    budgets.set_budget(acme, "cpu", soft_hours=None, hard_hours=1.0)
    budgets.record_time(
        now().date(), owner_id=acme.pk, member_id=job.submitted_by_id, lender_id=None,
        device_class="cpu", kind="evaluate", is_charged=True, seconds=HOUR,
    )  # fmt: skip
    assert look(job).code == "budget"
    assert services.lease_next(make_worker(), ["cpu"]) is None
    DeviceTime.objects.update(is_charged=False)
    assert services.lease_next(make_worker(), ["cpu"]) is not None


def test_it_counts_what_runs_now_against_a_hard_limit(acme: Namespace) -> None:
    make_evaluation(acme)
    start_one()
    waiting = make_evaluation(acme)
    budgets.set_budget(acme, "cpu", soft_hours=None, hard_hours=1.0)
    Job.objects.filter(state=JobState.RUNNING).update(started_at=now() - timedelta(hours=1))
    assert look(waiting).code == "budget"


def test_it_says_that_as_many_run_as_may(acme: Namespace) -> None:
    make_evaluation(acme)
    job = make_evaluation(acme)
    start_one()
    make_worker("second@here")
    shares.set_running_limit(acme, job.queue, 1)
    assert look(job).code == "running-limit"
    assert services.lease_next(make_worker("second@here"), ["cpu"]) is None
    shares.set_running_limit(acme, job.queue, None)
    assert services.lease_next(make_worker("second@here"), ["cpu"]) is not None


def test_it_keeps_reserved_slots_for_their_owner(acme: Namespace) -> None:
    job = make_evaluation(make_organization("other"))
    for name in ("one@here", "two@here"):
        make_worker(name)
    shares.reserve(acme, job.queue, 1.0, now() - timedelta(hours=1), now() + timedelta(hours=1))
    assert look(job).code == "reservation"
    assert services.lease_next(make_worker("one@here"), ["cpu"]) is None
    own = make_evaluation(acme)
    assert services.lease_next(make_worker("one@here"), ["cpu"]).job_id == own.pk  # type: ignore[union-attr]


def test_it_says_that_the_workers_of_the_moment_lack_what_it_needs(acme: Namespace) -> None:
    job = make_evaluation(acme, memory_gb=64)
    small = [{"kind": "cpu", "name": "x", "memory_bytes": 8_000_000_000, "count": 2}]
    worker = compute.register_worker("small@here", queues=["cpu"], devices=small, versions={})
    assert look(job).code == "no-fitting-worker"
    assert "64 GB" in look(job).text
    assert services.lease_next(worker, ["cpu"]) is None


def test_it_looks_at_a_list_with_few_queries(acme: Namespace, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    for _ in range(6):
        make_evaluation(acme)
    make_worker()
    jobs = list(Job.objects.select_related("owner", "queue"))
    with django_assert_max_num_queries(13):
        waiting_reasons(jobs)


def test_it_finds_the_waiting_owners_by_their_index(acme: Namespace) -> None:
    other = make_organization("other")
    for owner in (acme, other, acme):
        make_evaluation(owner)
    queue = get_queue("cpu")
    assert set(turns.standings_in(queue).claimants) == {acme.pk, other.pk}
    assert not turns.standings_in(get_queue("gpu")).claimants
