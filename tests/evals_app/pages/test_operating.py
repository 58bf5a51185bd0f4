"""The operator's pages of the compute pool, as a browser asks for them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from evals_app.compute import budgets, grants, lending
from evals_app.compute.models import Queue, WorkerPass
from evals_app.compute.services import settings_of
from hub.accounts.models import Namespace, User
from hub.activity import selectors as activity
from hub.activity.models import Event
from tests.factories.accounts import make_organization, make_user
from tests.factories.jobs import make_queues

pytestmark = pytest.mark.django_db
QUEUE = {
    "slug": "h100",
    "device_class": "gpu",
    "gpu_pattern": "*H100*",
    "memory_gb": "80",
    "devices": "8",
    "minutes": "90",
}


@pytest.fixture
def acme(client: Client) -> Namespace:
    """Of an administrator who sits at the browser, and is an operator."""
    operator = make_user("ops")
    User.objects.filter(pk=operator.pk).update(is_staff=True)
    make_queues()
    client.force_login(operator)
    return make_organization("acme", admin=operator)


def test_it_makes_and_changes_a_queue(client: Client, acme: Namespace) -> None:
    assert client.post("/compute/queues/new", QUEUE).status_code == 302
    made = settings_of(Queue.objects.get(slug="h100"))
    assert (made.gpu_pattern, made.memory_gb, made.max_time_limit_seconds) == ("*H100*", 80, 5400)
    assert 'value="90"' in client.get("/compute/queues/h100/edit").content.decode()
    client.post("/compute/queues/h100/edit", {**QUEUE, "minutes": "", "devices": "4"})
    changed = settings_of(Queue.objects.get(slug="h100"))
    assert (changed.devices, changed.max_time_limit_seconds) == (4, None)
    assert "h100" in client.get("/compute/operate").content.decode()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"slug": "H 100"}, "slug"),
        ({"slug": "cpu"}, "slug"),
        ({"device_class": "cpu"}, "gpu_pattern"),
        ({"minutes": "-1"}, "minutes"),
        ({"memory_gb": "0"}, "memory_gb"),
    ],
)
def test_a_refusal_of_a_queue_stands_at_its_field(
    client: Client, acme: Namespace, changes: dict[str, str], field: str
) -> None:
    del acme
    answer = client.post("/compute/queues/new", QUEUE | changes)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]


def grant(client: Client, act: str, **given: str) -> Any:
    return client.post("/compute/owners/acme", {"act": act, **given})


def told(events: Any) -> list[tuple[str, str, str]]:
    """Verb, who and on what, oldest first."""
    return [(event.verb, event.actor_name, event.thing_name) for event in reversed(events)]


def test_whatever_is_decided_is_written_down_with_who_did_it(client: Client, acme: Namespace) -> None:
    client.post("/compute/queues/new", QUEUE)
    client.post("/compute/queues/h100/edit", QUEUE)
    client.post("/compute/queues/h100/edit", {**QUEUE, "devices": "4"})
    client.post("/compute/queues/h100/pause", {"act": "pause"})
    queue = Event.objects.filter(thing_kind="queue").order_by("-pk")
    assert told(queue) == [(f"queue.{verb}", "ops", "h100") for verb in ("created", "changed", "paused")]
    grant(client, "weight", weight="2.5")
    grant(client, "gpu", **{"gpu-soft_hours": "", "gpu-hard_hours": "20"})
    grant(client, "limit", **{"limit-queue": "cpu", "limit-most_running": "3"})
    grant(client, "limit", **{"limit-queue": "cpu", "limit-most_running": ""})
    reserve = {"reserve-queue": "cpu", "reserve-percent": "25", "reserve-ends_at": "2099-01-01T00:00"}
    grant(client, "reserve", **reserve)
    client.post(f"/compute/reservations/{grants.grants_of(acme).reservations[0].pk}/end")
    grant(client, "weight", weight="0")
    granted = activity.audit(acme.pk).exclude(verb__startswith="organization")
    verbs = ("compute.weight", "budget.set", "compute.limit", "compute.limit-lifted")
    expected = [*verbs, "reservation.made", "reservation.ended"]
    assert told(granted) == [(verb, "ops", "acme") for verb in expected]
    page = client.get("/acme/dashboard").content.decode()
    assert "GPU hours a month of" in page
    assert "told at –, held at 20" in page


def test_what_is_done_with_lent_machines_is_written_down(client: Client, acme: Namespace) -> None:
    client.post("/compute/lend", {"organization": "acme", "name": "rack", "queues": ["cpu"]})
    lent = WorkerPass.objects.get()
    for act in ("approve", "own", "all", "trust"):
        client.post(f"/compute/tokens/{lent.pk}/act", {"act": act})
    client.post("/compute/trust", {"owner": "acme", "lenders": "acme"})
    worker = lending.register(lent, {"name": "box", "queues": ["cpu"]})
    for wish in ("pause", "pause", "run"):
        client.post(f"/compute/workers/{worker.pk}/act", {"wish": wish})
    client.post(f"/compute/tokens/{lent.pk}/act", {"act": "revoke"})
    events = told(activity.audit(acme.pk).exclude(verb__startswith="organization"))
    verbs = [verb for verb, _who, _thing in events]
    acts = ("offered", "approved", "own-jobs", "all-jobs", "trusted")
    assert verbs == [
        *(f"worker-token.{act}" for act in acts),
        "lenders.trusted", "worker.pause", "worker.run", "worker-token.revoked",
    ]  # fmt: skip
    assert {who for _verb, who, _thing in events} == {"ops"}


def test_it_grants_and_takes_back(client: Client, acme: Namespace) -> None:
    grant(client, "weight", weight="2.5")
    grant(client, "gpu", **{"gpu-soft_hours": "10", "gpu-hard_hours": "20"})
    grant(client, "limit", **{"limit-queue": "cpu", "limit-most_running": "3"})
    reserve = {"reserve-queue": "cpu", "reserve-percent": "25", "reserve-ends_at": "2099-01-01T00:00"}
    assert grant(client, "reserve", **reserve).status_code == 302
    found = grants.grants_of(acme)
    assert found.weight == 2.5
    assert [(b.device_class, b.soft_hours, b.hard_hours) for b in found.budgets] == [("gpu", 10, 20)]
    assert [(limit.queue.slug, limit.most) for limit in found.limits] == [("cpu", 3)]
    assert [reservation.share for reservation in found.reservations] == [0.25]
    page = client.get("/acme/dashboard").content.decode()
    assert "at most 3" in page
    assert "Reserved in cpu" in page
    assert client.get("/compute/operate?owner=acme").headers["Location"] == "/compute/owners/acme"
    client.post(f"/compute/reservations/{found.reservations[0].pk}/end")
    grant(client, "limit", **{"limit-queue": "cpu", "limit-most_running": ""})
    grant(client, "gpu", **{"gpu-soft_hours": "", "gpu-hard_hours": ""})
    assert grants.grants_of(acme) == grants.Grants(acme, weight=2.5)


@pytest.mark.parametrize(
    ("act", "given", "field"),
    [
        ("weight", {"weight": "0"}, "weight"),
        ("cpu", {"cpu-soft_hours": "5", "cpu-hard_hours": "1"}, "soft_hours"),
        ("limit", {"limit-queue": "cpu", "limit-most_running": "-1"}, "most_running"),
        (
            "reserve",
            {"reserve-queue": "cpu", "reserve-percent": "150", "reserve-ends_at": "2099-01-01T00:00"},
            "percent",
        ),
        (
            "reserve",
            {"reserve-queue": "cpu", "reserve-percent": "5", "reserve-ends_at": "2001-01-01T00:00"},
            "ends_at",
        ),
    ],
)
def test_a_refusal_of_a_grant_stands_at_its_field(
    client: Client, acme: Namespace, act: str, given: dict[str, str], field: str
) -> None:
    del acme
    answer = grant(client, act, **given)
    assert answer.status_code == 422
    assert list(answer.context["forms"][act].errors) == [field]


def test_who_submits_sees_that_a_limit_is_passed(client: Client, acme: Namespace) -> None:
    budgets.set_budget(acme, "cpu", soft_hours=0, hard_hours=5)
    for path in ("/jobs/new", "/schedules/new"):
        assert "acme has passed its soft limit: 0 of 0 CPU hours" in client.get(path).content.decode()
    budgets.set_budget(acme, "cpu", soft_hours=None, hard_hours=0)
    assert "nothing new is taken or started" in client.get("/jobs/new").content.decode()


def test_lending_for_no_queue_is_refused_at_the_queues(client: Client, acme: Namespace) -> None:
    answer = client.post("/compute/lend", {"organization": acme.name, "name": "box"})
    assert answer.status_code == 400
    page = answer.content.decode()
    assert '<ul class="field-error" id="lend-queues-error"><li>Name at least one queue.' in page
    assert 'value="box"' in page
