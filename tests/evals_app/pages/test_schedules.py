"""Pages of schedules."""

from __future__ import annotations

import pytest
from django.test import Client

from evals_app.jobs.models import Job
from evals_app.schedules.models import Schedule
from hub.accounts.models import User
from tests.factories.accounts import make_user
from tests.factories.jobs import make_benchmark, make_queues
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db
FORM = {
    "name": "nightly",
    "cron": "0 3 * * *",
    "time_zone": "Europe/Paris",
    "owner": "alice",
    "queue": "cpu",
    "model": "alice/m",
    "benchmark": "alice/translation",
}


@pytest.fixture
def alice(client: Client) -> User:
    user = make_user("alice")
    make_queues()
    make_repository(user, "m", files={"config.json": "{}"})
    make_benchmark(user, "translation")
    client.force_login(user)
    return user


@pytest.fixture
def schedule(client: Client, alice: User) -> Schedule:
    client.post("/schedules/new?kind=evaluate", FORM)
    return Schedule.objects.get()


def test_it_makes_a_schedule_and_lists_it(client: Client, schedule: Schedule) -> None:
    page = client.get("/schedules").content.decode()
    assert "nightly" in page
    assert "Evaluate alice/m on alice/translation" in page


@pytest.mark.parametrize(
    ("changes", "place", "field"),
    [
        ({"cron": "every night"}, "calendar", "cron"),
        ({"time_zone": "Mars/Olympus"}, "calendar", "time_zone"),
        ({"model": "alice/nothing"}, "form", "model"),
    ],
)
def test_it_shows_a_refusal_at_its_field(
    client: Client, alice: User, changes: dict[str, str], place: str, field: str
) -> None:
    answer = client.post("/schedules/new?kind=evaluate", {**FORM, **changes})
    assert answer.status_code == 422
    assert field in answer.context[place].errors
    assert not Schedule.objects.exists()


def test_it_runs_pauses_resumes_and_deletes(client: Client, schedule: Schedule) -> None:
    url = f"/schedules/{schedule.pk}"
    assert client.post(url, {"act": "run-now"}).headers["Location"] == f"/jobs/{Job.objects.get().pk}"
    for act, paused in (("pause", True), ("resume", False)):
        client.post(url, {"act": act})
        schedule.refresh_from_db()
        assert schedule.is_paused is paused
    assert client.post(url, {"act": "explode"}).status_code == 400
    client.post(url, {"act": "delete"})
    assert not Schedule.objects.exists()


def test_it_tells_nobody_what_an_owner_works_on(client: Client, schedule: Schedule) -> None:
    client.logout()
    assert "nightly" not in client.get("/schedules").content.decode()
