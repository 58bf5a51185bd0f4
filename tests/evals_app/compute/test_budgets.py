"""Budgets: what is charged, what is told, what is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from evals_app.compute import budgets, shares
from evals_app.compute.models import Allowance, Budget
from evals_app.jobs import services
from evals_app.jobs.exchange import Ending, Outcome
from evals_app.jobs.failures import Failure, FailureCode
from evals_app.jobs.models import Job
from hub.accounts.models import Namespace, User
from hub.core.clock import now
from hub.core.errors import InvalidInput
from hub.inbox.models import Notification
from tests.factories.accounts import make_organization, make_user
from tests.factories.jobs import make_evaluation, make_worker

pytestmark = pytest.mark.django_db
HOUR = 3600.0


@pytest.fixture
def alice() -> User:
    return make_user("alice")


@pytest.fixture
def acme(alice: User) -> Namespace:
    return make_organization("acme", admin=alice)


def run(owner: Namespace, outcome: Outcome, hours: float = 1.0) -> None:
    make_evaluation(owner)
    lease = services.lease_next(make_worker(), ["cpu"])
    assert lease is not None
    Job.objects.filter(pk=lease.job_id).update(started_at=now() - timedelta(hours=hours))
    assert services.finish(lease.job_id, lease.lease, outcome)


def add(owner: Namespace, member: User, hours: float, *, lender: Namespace | None = None) -> None:
    budgets.record_time(
        now().date(), owner_id=owner.pk, member_id=member.pk, lender_id=lender.pk if lender else None,
        device_class="gpu", kind="evaluate", is_charged=True, seconds=hours * HOUR,
    )  # fmt: skip


def test_it_charges_what_succeeded_and_nothing_else(acme: Namespace) -> None:
    run(acme, Outcome(Ending.SUCCEEDED, result={}))
    run(acme, Outcome(Ending.FAILED, failure=Failure(FailureCode.BAD_DATA, "x")))
    run(acme, Outcome(Ending.CANCELLED))
    account = budgets.account_of(acme.pk, "cpu")
    assert (round(account.used, 2), round(account.failed, 2)) == (1.0, 2.0)
    (row,) = budgets.times_by_member(acme.pk)
    assert (row.kind, row.jobs, round(row.hours, 2)) == ("evaluate", 1, 1.0)


def test_it_refuses_work_beyond_the_hard_limit_with_what_to_do(acme: Namespace) -> None:
    run(acme, Outcome(Ending.SUCCEEDED, result={}))
    budgets.set_budget(acme, "cpu", soft_hours=None, hard_hours=1.0)
    with pytest.raises(
        InvalidInput, match=r"has used 1\.00 of its 1 CPU hours.*wait until \w+ 1,"
    ) as refused:
        make_evaluation(acme)
    assert refused.value.fields["field"] == "owner"
    make_evaluation(acme, queue="gpu")


def test_it_tells_the_administrators_once_that_the_soft_limit_is_passed(acme: Namespace, alice: User) -> None:
    budgets.set_budget(acme, "cpu", soft_hours=1.5, hard_hours=None)
    for _ in range(3):
        run(acme, Outcome(Ending.SUCCEEDED, result={}))
    told = Notification.objects.filter(event__verb="budget.soft-limit")
    assert [row.user for row in told] == [alice]
    budgets.set_budget(acme, "cpu", soft_hours=1.5, hard_hours=90.0)
    assert told.all().count() == 1
    budgets.set_budget(acme, "cpu", soft_hours=1.0, hard_hours=90.0)
    assert told.all().count() == 2


def test_it_starts_anew_with_the_month(acme: Namespace, alice: User) -> None:
    last_month = budgets.this_month() - timedelta(days=1)
    budgets.record_time(
        last_month, owner_id=acme.pk, member_id=alice.pk, lender_id=None,
        device_class="gpu", kind="evaluate", is_charged=True, seconds=HOUR,
    )  # fmt: skip
    assert budgets.account_of(acme.pk, "gpu").used == 0
    assert budgets.account_of(acme.pk, "gpu", budgets.month_of(last_month)).used == 1


@pytest.mark.parametrize(
    ("soft", "hard", "field"),
    [(2.0, 1.0, "soft_hours"), (-1.0, None, "soft_hours"), (None, 1e9, "hard_hours")],
)
def test_it_refuses_limits_that_make_no_sense(
    acme: Namespace, soft: float | None, hard: float | None, field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        budgets.set_budget(acme, "gpu", soft_hours=soft, hard_hours=hard)
    assert refused.value.fields["field"] == field
    assert not Budget.objects.exists()


def test_lending_adds_to_the_weight_and_one_s_own_use_does_not(acme: Namespace, alice: User) -> None:
    other = make_organization("other")
    add(other, alice, 200.0, lender=acme)
    add(acme, alice, 999.0, lender=acme)
    shares.refresh_lending_weights()
    assert shares.weights_of([acme.pk, other.pk]) == {acme.pk: 3.0, other.pk: 1.0}
    assert budgets.account_of(acme.pk, "gpu").lent == 200.0
    Allowance.objects.update(lending_weight=5.0)
    budgets.DeviceTime.objects.all().delete()
    shares.refresh_lending_weights()
    assert shares.weights_of([acme.pk]) == {acme.pk: 1.0}


def test_it_keeps_no_more_than_all_slots_reserved(acme: Namespace) -> None:
    queue = make_evaluation(acme).queue
    start, end = now(), now() + timedelta(days=1)
    made = shares.reserve(acme, queue, 0.6, start, end)
    with pytest.raises(InvalidInput, match="at most 40% is left"):
        shares.reserve(acme, queue, 0.5, start, end)
    shares.reserve(acme, queue, 0.5, end, end + timedelta(days=1))
    shares.release(made.pk)
    with pytest.raises(InvalidInput, match="behind the start"):
        shares.reserve(acme, queue, 0.5, end, start)


def test_the_dashboard_shows_hours_and_warns(client: Client, acme: Namespace, alice: User) -> None:
    add(acme, alice, 2.5)
    budgets.set_budget(acme, "gpu", soft_hours=2.0, hard_hours=10.0)
    client.force_login(alice)
    page = client.get("/acme/dashboard").content.decode()
    for text in ("2.50 h", "7.50 h", "The soft limit of GPU hours is passed.", "Evaluation"):
        assert text in page
    told = client.get("/api/v1/budgets/acme").json()
    gpu = next(row for row in told["budgets"] if row["device_class"] == "gpu")
    assert (gpu["used"], gpu["left"], gpu["hard_hours"]) == (2.5, 7.5, 10.0)
    assert told["by_member"][0]["member"] == "alice"


def test_an_operator_makes_changes_and_pauses_queues(client: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    client.force_login(alice)
    body = {"slug": "h100", "device_class": "gpu", "gpu_pattern": "*H100*", "memory_gb": 80}
    assert client.post("/api/v1/queues", body, content_type="application/json").status_code == 201
    assert client.post("/api/v1/queues", body, content_type="application/json").status_code == 409
    change = {"devices": 8, "paused": True}
    told = client.patch("/api/v1/queues/h100", change, content_type="application/json").json()
    assert (told["devices"], told["memory_bytes"], told["paused"]) == (8, 80_000_000_000, True)
    wrong = client.patch("/api/v1/queues/h100", {"memory_gb": -1}, content_type="application/json")
    assert wrong.json()["error"]["field"] == "memory_gb"
    page = client.get("/compute").content.decode()
    assert "8 devices a machine" in page
    client.post("/compute/queues/h100/pause", {"act": "resume"})
    assert not client.get("/api/v1/queues/h100").json()["paused"]
    hours = {"device_class": "gpu", "hard_hours": 5}
    told = client.put("/api/v1/budgets/alice", hours, content_type="application/json").json()
    assert [row["left"] for row in told["budgets"]] == [None, 5.0]
