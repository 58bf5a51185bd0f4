"""Pages of schedules."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from evals_app.jobs.models import Job
from evals_app.schedules.models import Schedule
from evals_app.schedules.words import in_words
from hub.accounts.models import User
from tests.factories.accounts import make_user
from tests.factories.jobs import make_benchmark, make_queues, make_suite
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db
FORM = {
    "name": "nightly",
    "cron": "0 3 * * *",
    "time_zone": "Europe/Paris",
    "trigger": "calendar",
    "missed_runs": "once",
    "debounce_minutes": "5",
    "tell": "failures",
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
        ({"cron": "every night"}, "when", "cron"),
        ({"time_zone": "Mars/Olympus"}, "when", "time_zone"),
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
    url = f"/schedules/{schedule.pk}/act"
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


def test_it_shows_what_comes_and_what_came(client: Client, schedule: Schedule) -> None:
    client.post(f"/schedules/{schedule.pk}/act", {"act": "run-now"})
    page = client.get(f"/schedules/{schedule.pk}").content.decode()
    for text in ("Next runs", "03:00", "by hand", f"/jobs/{Job.objects.get().pk}", "Runs as"):
        assert text in page
    assert "The coming week" in client.get("/schedules").content.decode()


def test_it_previews_before_it_saves(client: Client, alice: User) -> None:
    answer = client.post("/schedules/new?kind=evaluate", {**FORM, "preview": "1"})
    assert "Next runs" in answer.content.decode()
    assert not Schedule.objects.exists()
    part = client.get("/schedules/preview?cron=0 3 * * 1&time_zone=Asia/Tokyo").content.decode()
    assert part.count("03:00 (+0900)") == 5
    assert "no calendar line" in client.get("/schedules/preview?cron=x").content.decode()


def test_it_changes_a_schedule(client: Client, schedule: Schedule) -> None:
    url = f"/schedules/{schedule.pk}/edit"
    page = client.get(url).content.decode()
    assert 'value="alice/translation"' in page
    changed = {**FORM, "trigger": "revision", "watch": "", "debounce_minutes": "10", "tell": "always"}
    assert client.post(url, changed).headers["Location"] == f"/schedules/{schedule.pk}"
    schedule.refresh_from_db()
    assert (schedule.trigger, schedule.debounce_seconds, schedule.cron) == ("revision", 600, "")
    assert schedule.watched is not None
    assert schedule.watched.full_id == "alice/m"
    assert "on a new revision" in client.get(f"/schedules/{schedule.pk}").content.decode()
    wrong = client.post(url, {**changed, "watch": "alice/m"})
    assert "watch" in wrong.context["when"].errors


def test_a_job_form_is_taken_over(client: Client, alice: User) -> None:
    job = {key: FORM[key] for key in ("owner", "queue", "model", "benchmark")}
    page = client.post("/schedules/new?kind=evaluate", job)
    assert page.status_code == 200
    assert 'value="alice/m"' in page.content.decode()


def test_the_list_costs_the_same_for_many(
    client: Client, schedule: Schedule, django_assert_max_num_queries: Any
) -> None:
    for number in range(4):
        client.post("/schedules/new?kind=evaluate", {**FORM, "name": f"n{number}"})
    with django_assert_max_num_queries(12):
        client.get("/schedules")


def test_a_model_is_measured_on_a_suite_again_and_again_in_two_clicks(client: Client, alice: User) -> None:
    suite = "title: Two\nversion: 1\nbenchmarks:\n- alice/translation\n- alice/second\n"
    make_benchmark(alice, "second")
    make_suite(alice, "two", text=suite)
    link = re.search(r'href="(/schedules/new[^"]*)"', client.get("/alice/m").content.decode())
    assert link is not None
    page = client.get(link[1].replace("&amp;", "&"))
    as_it_stands = {
        field.html_name: field.value()
        for form in (page.context["when"], page.context["form"])
        for field in form
        if field.value() not in (None, False)
    }
    # A browser takes the first of the queues.
    client.post("/schedules/new?kind=evaluate", {**as_it_stands, "queue": "cpu"})
    schedule = Schedule.objects.get()
    assert schedule.name == "Evaluate alice/m on the suite alice/two"
    assert schedule.request["suite"] == "alice/two"
    assert "every day at 03:00" in client.get(f"/schedules/{schedule.pk}").content.decode()
    client.post(f"/schedules/{schedule.pk}/act", {"act": "run-now"})
    measured = [job.spec["benchmark"]["id"] for job in Job.objects.filter(schedule_id=schedule.pk)]
    assert sorted(measured) == ["alice/second", "alice/translation"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("0 3 * * *", "every day at 03:00"),
        ("5 * * * *", "every hour at minute 5"),
        ("30 6 * * 0", "every Sunday at 06:30"),
        ("0 6 * * 7", "every Sunday at 06:00"),
        ("0 6 * * mon", "every Monday at 06:00"),
        ("0 6 * * 1-5", "Monday to Friday at 06:00"),
        ("@monthly", "on day 1 of each month at 00:00"),
        ("*/20 2 1,15 * *", ""),
        ("nonsense", ""),
    ],
)
def test_a_calendar_in_words(line: str, words: str) -> None:
    assert in_words(line) == words
