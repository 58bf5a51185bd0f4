"""Pages of jobs, as a browser asks for them."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from evals_app.jobs import services
from evals_app.jobs.exchange import Ending, Environment, LogText, Metric, Outcome, Progress
from evals_app.jobs.failures import Failure, FailureCode
from evals_app.jobs.models import Job, JobState
from evals_app.schedules.models import Schedule
from hub.accounts.models import User
from hub.core.clock import now
from tests.factories.accounts import make_user
from tests.factories.jobs import (
    evaluation_result,
    make_benchmark,
    make_evaluation,
    make_queues,
    make_worker,
)
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


def test_what_came_with_the_end_reaches_a_page_that_showed_the_job_running(
    client: Client, alice: User
) -> None:
    job = make_evaluation(alice)
    lease = start(job)
    waiting = client.get(f"/jobs/{job.pk}").content.decode()
    assert re.search(r'id="job-environment"[^>]* hidden', waiting)
    services.heartbeat(job.pk, lease, events=[Environment({"python": "3.11.7"}), Metric(1, {"speed": 4.0})])
    services.finish(job.pk, lease, Outcome(Ending.SUCCEEDED, result={}))
    last = client.get(f"/jobs/{job.pk}", headers=HTMX).content.decode()
    assert "hx-swap-oob" in last
    assert "3.11.7" in last
    assert "ran on cpu@here" in last
    assert "every 2s" not in last
    assert "hx-trigger" in client.get(f"/jobs/{job.pk}/metrics", headers=HTMX).content.decode()
    Job.objects.filter(pk=job.pk).update(finished_at=now() - timedelta(minutes=1))
    assert "hx-trigger" not in client.get(f"/jobs/{job.pk}/metrics", headers=HTMX).content.decode()


def test_it_names_its_schedule_while_there_is_one(client: Client, alice: User) -> None:
    job = make_evaluation(alice)
    Job.objects.filter(pk=job.pk).update(schedule_id=uuid4())
    assert "deleted, or not yours to see" in client.get(f"/jobs/{job.pk}").content.decode()


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
    with django_assert_max_num_queries(18):
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


def test_it_draws_what_engine_and_machine_reported(client: Client, alice: User) -> None:
    job = make_evaluation(alice)
    machine = [
        Metric(
            1_000 + 60 * n,
            {"system/cpu_percent": 50.0, "system/gpu0_percent": n, "system/energy_joules": 60 * n},
        )
        for n in range(3)
    ]
    engine = [
        Metric(n, {"loss": 2.0, "=rate": 0.1, "once": 1.0} if n == 1 else {"loss": 1.0, "=rate": 0.2})
        for n in (1, 2)
    ]
    services.heartbeat(job.pk, start(job), events=[*machine, *engine])
    page = client.get(f"/jobs/{job.pk}").content.decode()
    for slug in ("loss", "rate", "system-processor", "system-gpu", "system-power"):
        assert f"/jobs/{job.pk}/charts/{slug}.svg" in page
    drawing = client.get(f"/jobs/{job.pk}/charts/system-power.svg")
    assert drawing.headers["Content-Type"].startswith("image/svg+xml")
    assert b'<path class="line series-1"' in drawing.content
    assert client.get(f"/jobs/{job.pk}/charts/nothing.svg").status_code == 404
    rows = b"".join(client.get(f"/jobs/{job.pk}/metrics.csv")).decode().splitlines()
    assert rows[0] == "metric,step,value,kept_at"
    assert any(row.startswith("'=rate,1,0.1,") for row in rows)
    assert len(rows) == 1 + 9 + 5


def test_it_tells_failures_and_titles_in_chinese(client: Client, alice: User) -> None:
    job = make_evaluation(alice)
    message = "data/test.jsonl has no column fr"
    outcome = Outcome(Ending.FAILED, failure=Failure(FailureCode.BAD_DATA, message))
    services.finish(job.pk, start(job), outcome)
    page = client.get(f"/jobs/{job.pk}", headers={"Accept-Language": "zh-hans"}).content.decode()
    assert "Evaluate alice/m" not in page
    assert "Choose another dataset" not in page
    assert message in page


def test_it_shows_energy_cost_and_what_was_made(client: Client, alice: User, settings: Any) -> None:
    settings.QUEUE_PRICES = {"cpu": (Decimal(36000), "EUR")}
    job = make_evaluation(alice)
    services.heartbeat(
        job.pk,
        lease := start(job),
        events=[
            Environment({"machine": {"energy_sources": ["estimate"]}, "packages": {"torch": "2.4"}}),
            Metric(1, {"system/energy_joules": 7200.0}),
        ],
    )
    services.finish(job.pk, lease, Outcome(Ending.SUCCEEDED, result=evaluation_result()))
    page = client.get(f"/jobs/{job.pk}").content.decode()
    for text in ("2 Wh", "estimated", "EUR", "torch 2.4", "/datasets/alice/m-evaluations/blob/0000000"):
        assert text in page
    told = client.get(f"/api/v1/jobs/{job.pk}").json()
    assert (told["energy_joules"], told["energy_basis"], told["currency"]) == (7200.0, "estimate", "EUR")
    assert told["artefacts"][0]["path"] == "runs/x.parquet"
    used = client.get("/api/v1/usage?owner=alice").json()
    assert (used["energy_joules"], used["energy_is_estimated"], used["jobs"]) == (7200.0, True, 1)
    assert set(used["costs"]) == {"EUR"}
    assert client.get("/api/v1/usage?owner=alice&days=0").status_code == 400


def test_a_models_evaluation_is_scheduled_by_two_clicks(client: Client, alice: User) -> None:
    make_evaluation(alice)
    client.force_login(alice)
    page = client.get("/alice/m").content.decode()
    link = "/jobs/new?kind=evaluate&amp;model=alice/m"
    assert link in page
    form = client.get(link.replace("&amp;", "&")).context["form"]
    sent = {field.html_name: field.value() or "" for field in form}
    assert sent["benchmark"] == "alice/translation"
    # Browsers send the first choice.
    sent |= {"owner": "alice", "queue": "cpu"}
    answer = client.post("/jobs/new?kind=evaluate", {**sent, "act": "schedule", "repeat": "revision"})
    schedule = Schedule.objects.get()
    assert answer.headers["Location"] == schedule.get_absolute_url()
    assert (schedule.trigger, schedule.request["benchmark"]) == ("revision", "alice/translation")
    assert schedule.name == "Evaluate alice/m on alice/translation"


def test_the_form_is_filled_in_with_a_job_that_is_copied(client: Client, alice: User) -> None:
    job = make_evaluation(alice, settings={"batch_size": 3}, time_limit=600, memory_gb=0.5)
    page = client.get(f"/jobs/new?clone={job.pk}").content.decode()
    for name, value in (
        ("settings.batch_size", 3),
        ("time_limit", 10),
        ("memory_gb", 0.5),
        ("model", "alice/m"),
    ):
        assert re.search(rf'name="{name}" value="{value}"', page), name
    assert f'value="{job.spec["model"]["commit"]}"' in page
    client.logout()
    client.force_login(make_user("eve"))
    secret = make_evaluation(make_user("zoe"), private=True)
    assert client.get(f"/jobs/new?clone={secret.pk}").status_code == 404
