"""Pages of jobs, as a browser asks for them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from evals_app.jobs import services
from evals_app.jobs.exchange import Ending, LogText, Metric, Outcome, Progress
from evals_app.jobs.failures import Failure, FailureCode
from evals_app.jobs.models import Job, JobState
from hub.accounts.models import User
from tests.factories.accounts import make_user
from tests.factories.jobs import make_benchmark, make_evaluation, make_queues, make_worker
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def alice(client: Client) -> User:
    user = make_user("alice")
    client.force_login(user)
    return user


@pytest.fixture
def form(alice: User) -> dict[str, Any]:
    make_queues()
    make_repository(alice, "m", files={"config.json": "{}"})
    make_benchmark(alice, "translation")
    return {"owner": "alice", "queue": "cpu", "model": "alice/m", "benchmark": "alice/translation"}


def start(job: Job) -> str:
    lease = services.lease_next(make_worker(), ["cpu"])
    assert lease is not None
    return lease.lease


def test_it_submits_what_the_form_says(client: Client, form: dict[str, Any]) -> None:
    answer = client.post("/jobs/new?kind=evaluate", {**form, "tasks": "en-fr", "settings.batch_size": "4"})

    job = Job.objects.get()
    assert answer.headers["Location"] == f"/jobs/{job.pk}"
    assert [task["name"] for task in job.spec["tasks"]] == ["en-fr"]
    assert job.spec["settings"]["batch_size"] == 4


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"model": "alice/nothing"}, "model"),
        ({"benchmark": "alice"}, "benchmark"),
        ({"tasks": "no-such-task"}, "tasks"),
        ({"settings.batch_size": "0"}, "settings.batch_size"),
        ({"owner": "somebody"}, "owner"),
    ],
)
def test_it_shows_a_refusal_at_its_field(
    client: Client, form: dict[str, Any], changes: dict[str, str], field: str
) -> None:
    answer = client.post("/jobs/new?kind=evaluate", {**form, **changes})

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not Job.objects.exists()


def test_it_fills_the_form_from_the_address(client: Client, form: dict[str, Any]) -> None:
    page = client.get("/jobs/new?kind=evaluate&model=alice/m").content.decode()
    assert 'name="model" value="alice/m"' in page


def test_it_offers_fine_tuning_and_pulling(client: Client, form: dict[str, Any]) -> None:
    causal = client.get("/jobs/new?kind=fine-tune&recipe=causal").content.decode()
    assert 'name="init.hidden"' in causal
    assert 'name="upstream"' in client.get("/jobs/new?kind=pull").content.decode()
    assert client.get("/jobs/new?kind=nothing").status_code == 400


def test_it_shows_why_a_job_waits(client: Client, alice: User) -> None:
    job = make_evaluation(alice)
    page = client.get(f"/jobs/{job.pk}").content.decode()
    assert "No worker serves the queue" in page
    assert 'hx-trigger="every 2s"' in page


def test_it_shows_progress_log_and_metrics_of_a_running_job(client: Client, alice: User) -> None:
    job = make_evaluation(alice)
    events = [
        Progress(0.25, "half of a half"),
        LogText("line one\n"),
        Metric(1, {"loss": 2.0}),
        Metric(2, {"loss": 1.5}),
    ]
    services.heartbeat(job.pk, start(job), events=events)

    page = client.get(f"/jobs/{job.pk}").content.decode()

    assert "half of a half" in page
    assert "line one" in page
    assert 'class="line series-1"' in page


def test_it_follows_the_log_until_the_job_has_ended(client: Client, alice: User) -> None:
    job = make_evaluation(alice)
    services.heartbeat(job.pk, start(job), events=[LogText("one\n")])
    first = client.get(f"/jobs/{job.pk}/log", headers=HTMX).content.decode()
    chunk = job.log_chunks.get()
    assert f"after={chunk.pk}" in first

    Job.objects.filter(pk=job.pk).update(state=JobState.SUCCEEDED)
    last = client.get(f"/jobs/{job.pk}/log?after={chunk.pk}&attempt=1", headers=HTMX).content.decode()
    assert "hx-get" not in last
    assert "one" not in last
    assert b"".join(client.get(f"/jobs/{job.pk}/log.txt")) == b"one\n"


def test_it_escapes_what_engines_print(client: Client, alice: User) -> None:
    job = make_evaluation(alice)
    services.heartbeat(job.pk, start(job), events=[LogText("<script>alert(1)</script>")])
    assert "<script>alert" not in client.get(f"/jobs/{job.pk}").content.decode()


def test_it_answers_htmx_with_the_live_part_alone(client: Client, alice: User) -> None:
    job = make_evaluation(alice)
    assert "<html" not in client.get(f"/jobs/{job.pk}", headers=HTMX).content.decode()
    assert "<html" not in client.get("/jobs", headers=HTMX).content.decode()


def test_it_cancels_and_runs_again(client: Client, alice: User) -> None:
    job = make_evaluation(alice)
    client.post(f"/jobs/{job.pk}/cancel")
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED

    client.post(f"/jobs/{job.pk}/rerun")
    assert Job.objects.filter(rerun_of=job, state=JobState.QUEUED).count() == 1


def test_it_says_why_a_job_failed_in_the_language_of_the_reader(client: Client, alice: User) -> None:
    job = make_evaluation(alice)
    failure = Failure(FailureCode.BAD_MODEL, "tokenizer.json is missing.")
    services.finish(job.pk, start(job), Outcome(Ending.FAILED, failure=failure, exit_code=1))
    page = client.get(f"/jobs/{job.pk}").content.decode()
    assert "The model cannot be used" in page
    assert "tokenizer.json is missing." in page


def test_it_filters_the_list(client: Client, alice: User) -> None:
    job = make_evaluation(alice)
    assert str(job.pk) in client.get("/jobs?state=queued&kind=evaluate&owner=Alice").content.decode()
    assert str(job.pk) not in client.get("/jobs?state=failed").content.decode()


def test_it_hides_private_jobs_from_the_list_of_others(client: Client, alice: User) -> None:
    job = make_evaluation(alice, private=True)
    client.logout()
    assert str(job.pk) not in client.get("/jobs").content.decode()


def test_the_list_costs_the_same_for_many_jobs(
    client: Client, alice: User, django_assert_max_num_queries: Any
) -> None:
    for _ in range(5):
        make_evaluation(alice)
    with django_assert_max_num_queries(6):
        client.get("/jobs")


def test_it_streams_finds_and_downloads_the_log(client: Client, alice: User) -> None:
    job = make_evaluation(alice)
    lease = start(job)
    services.heartbeat(job.pk, lease, events=[LogText("one\n<b>needle</b>\n")])
    assert f'data-stream="/jobs/{job.pk}/log/stream?after=' in client.get(f"/jobs/{job.pk}").content.decode()
    services.finish(job.pk, lease, Outcome(Ending.CANCELLED))

    events = b"".join(client.get(f"/jobs/{job.pk}/log/stream").streaming_content).decode()  # type: ignore[attr-defined]
    assert "needle" in events
    assert events.rstrip().endswith('event: end\ndata: {"state": "cancelled"}')
    found = client.get(f"/jobs/{job.pk}/log/find?text=NEEDLE")
    assert "&lt;b&gt;needle" in found.content.decode()
    assert "<html" not in client.get(f"/jobs/{job.pk}/log/find?text=x", headers=HTMX).content.decode()
    kept = client.get(f"/jobs/{job.pk}/log.txt?download=1")
    assert kept.headers["Content-Disposition"].startswith("attachment")
