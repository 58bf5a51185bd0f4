"""/api/v1/jobs as programs use it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from evals_app.api.job_views import event_frames
from evals_app.compute import services as compute
from evals_app.jobs import following, services
from evals_app.jobs.exchange import Ending, LogText, Metric, Outcome, Progress
from evals_app.jobs.following import Silence, Standing
from hub.accounts.models import User
from hub.core import event_streams
from tests.factories.accounts import actor_for, make_token, make_user
from tests.factories.jobs import evaluation_request, make_evaluation, make_queues, make_worker
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return make_user("alice")


def bearer(user: User, scope: str = "write") -> dict[str, str]:
    return {"Authorization": f"Bearer {make_token(user, scope)}"}


def test_it_submits_and_tells_where_the_job_stands(client: Client, alice: User) -> None:
    make_evaluation(alice)
    body = evaluation_request("alice", "alice/m", "alice/translation")
    answer = client.post("/api/v1/jobs", body, content_type="application/json", headers=bearer(alice))
    job = answer.json()
    assert answer.status_code == 201, job
    assert (job["state"], job["waiting"]["code"], job["url"]) == ("queued", "no-worker", f"/jobs/{job['id']}")
    assert client.get(f"/api/v1/jobs/{job['id']}").json()["spec"]["model"]["id"] == "alice/m"


def test_it_names_the_field_that_is_wrong(client: Client, alice: User) -> None:
    make_evaluation(alice)
    body = evaluation_request("alice", "alice/m", "alice/translation")
    for change, status, field in (
        ({"kind": "dance"}, 400, "kind"),
        ({"tusks": []}, 400, "tusks"),
        ({"tasks": ["nope"]}, 400, "tasks"),
        ({"queue": "tpu"}, 400, "queue"),
        ({"revision": "v9"}, 400, "revision"),
        ({"settings": {"batch_size": 0}}, 400, "settings.batch_size"),
        ({"limit": -1}, 400, "limit"),
        ({"model": "alice/none"}, 404, "model"),
        ({"owner": "nobody-here"}, 400, "owner"),
    ):
        answer = client.post(
            "/api/v1/jobs", {**body, **change}, content_type="application/json", headers=bearer(alice)
        )
        error = answer.json()["error"]
        assert (answer.status_code, error["field"]) == (status, field), error


def test_it_answers_bad_bodies_and_bad_tokens_in_one_form(client: Client, alice: User) -> None:
    broken = client.post("/api/v1/jobs", "{", content_type="application/json", headers=bearer(alice))
    assert (broken.status_code, broken.json()["error"]["code"]) == (400, "ParseError")
    listed = client.post("/api/v1/jobs", [1], content_type="application/json", headers=bearer(alice))
    assert listed.status_code == 400
    bad = client.get("/api/v1/jobs", headers={"Authorization": "Bearer hf_wrong"})
    assert (bad.status_code, bad.json()["error"]["code"]) == (401, "InvalidCredentials")
    nobody = client.post("/api/v1/jobs", {"kind": "evaluate"}, content_type="application/json")
    assert nobody.status_code in (400, 401)
    reader = client.post(
        "/api/v1/jobs",
        evaluation_request("alice", "alice/m", "alice/t"),
        content_type="application/json",
        headers=bearer(alice, "read"),
    )
    assert reader.status_code == 403


def test_it_refuses_a_session_without_the_csrf_token(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    job = make_evaluation(alice)
    assert client.get(f"/api/v1/jobs/{job.pk}").status_code == 200
    assert client.post(f"/api/v1/jobs/{job.pk}/cancel").status_code == 403
    assert client.post(f"/api/v1/jobs/{job.pk}/cancel", headers=bearer(alice)).status_code == 200


def test_it_pages_by_cursor_and_filters(client: Client, alice: User) -> None:
    jobs = [make_evaluation(alice) for _ in range(3)]
    first = client.get("/api/v1/jobs?limit=2").json()
    assert [row["id"] for row in first["results"]] == [str(jobs[2].pk), str(jobs[1].pk)]
    assert [row["id"] for row in client.get(first["next"]).json()["results"]] == [str(jobs[0].pk)]
    assert client.get("/api/v1/jobs?state=running").json()["results"] == []
    assert len(client.get("/api/v1/jobs?owner=ALICE&kind=evaluate").json()["results"]) == 3


def test_it_lists_in_few_queries(client: Client, alice: User, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    for _ in range(4):
        make_evaluation(alice)
    with django_assert_max_num_queries(14):
        assert len(client.get("/api/v1/jobs").json()["results"]) == 4


def test_it_hides_private_jobs(client: Client, alice: User) -> None:
    make_repository(alice, "secret", private=True)
    job = make_evaluation(alice, model="secret")
    for path in ("", "/logs", "/metrics", "/logs?follow=1", "/logs?search=a"):
        assert client.get(f"/api/v1/jobs/{job.pk}{path}").status_code == 404
    assert client.get("/api/v1/jobs").json()["results"] == []
    assert client.get(f"/api/v1/jobs/{job.pk}", headers=bearer(alice)).status_code == 200


def test_it_gives_log_and_metrics_as_they_grow(client: Client, alice: User) -> None:
    job = make_evaluation(alice)
    lease = services.lease_next(make_worker(), ["cpu"])
    assert lease is not None
    events = [LogText("one\n"), Metric(3, {"loss": 1.0})]
    services.heartbeat(lease.job_id, lease.lease, events=events)
    log = client.get(f"/api/v1/jobs/{job.pk}/logs").json()
    assert ([chunk["text"] for chunk in log["chunks"]], log["is_final"]) == (["one\n"], False)
    assert client.get(f"/api/v1/jobs/{job.pk}/logs?after={log['next_after']}").json()["chunks"] == []
    assert client.get(f"/api/v1/jobs/{job.pk}/metrics").json() == {"metrics": {"loss": [[3, 1.0]]}}
    assert client.get(f"/api/v1/jobs/{job.pk}/logs?after=x").status_code == 400


def test_it_streams_the_log_until_the_end(client: Client, alice: User) -> None:
    job = make_evaluation(alice)
    lease = services.lease_next(make_worker(), ["cpu"])
    assert lease is not None
    services.heartbeat(lease.job_id, lease.lease, events=[LogText("one\ntwo\n"), Progress(0.5, "half")])
    services.finish(lease.job_id, lease.lease, Outcome(Ending.CANCELLED))
    answer = client.get(f"/api/v1/jobs/{job.pk}/logs?follow=1", headers={"Accept": "text/event-stream"})
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert answer["Content-Type"].startswith("text/event-stream")
    data = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]
    assert data[0]["text"] == "one\ntwo\n"
    assert data[-1] == {"state": "cancelled"}


def test_it_goes_on_where_a_client_was(client: Client, alice: User) -> None:
    job = make_evaluation(alice)
    lease = services.lease_next(make_worker(), ["cpu"])
    assert lease is not None
    for text in ("one\n", "two\n", "three\n"):
        services.heartbeat(lease.job_id, lease.lease, events=[LogText(text)])
    services.finish(lease.job_id, lease.lease, Outcome(Ending.CANCELLED))
    url = f"/api/v1/jobs/{job.pk}/logs?follow=1"
    whole, again = (b"".join(client.get(url).streaming_content).decode() for _ in range(2))  # type: ignore[attr-defined]
    assert whole == again
    numbers = [line[4:] for line in whole.splitlines() if line.startswith("id: ")]
    rest = client.get(url, headers={"Last-Event-ID": numbers[1]})
    assert b"".join(rest.streaming_content).decode() in whole  # type: ignore[attr-defined]
    assert client.get(url, headers={"Last-Event-ID": "x"}).status_code == 400


def test_it_serves_only_so_many_streams_at_once(client: Client, alice: User, settings: Any) -> None:
    settings.WEB_STREAMS = 1
    job = make_evaluation(alice)
    services.cancel(actor_for(alice), job)
    url = f"/api/v1/jobs/{job.pk}/logs?follow=1"
    held = event_streams.respond(iter([b": somebody else\n\n"]))
    refused = client.get(url)
    assert (refused.status_code, refused["Retry-After"]) == (503, "5")
    assert client.get(f"/jobs/{job.pk}/log/stream").status_code == 503
    assert list(held)
    told = client.get(url)
    assert told.status_code == 200
    assert b"event: end" in b"".join(told.streaming_content)  # type: ignore[attr-defined]
    assert event_streams.running() == 0


def test_it_finds_lines_of_the_log(client: Client, alice: User) -> None:
    job = make_evaluation(alice)
    lease = services.lease_next(make_worker(), ["cpu"])
    assert lease is not None
    for text in ("loading\nstep 1 lo", "ss 2.5\nstep 2 LOSS 1.5\n", "x" * 3000 + " loss"):
        services.heartbeat(lease.job_id, lease.lease, events=[LogText(text)])
    found = client.get(f"/api/v1/jobs/{job.pk}/logs?search=loss").json()["lines"]
    assert [line["number"] for line in found] == [2, 3, 4]
    assert found[0]["text"] == "step 1 loss 2.5"
    assert len(found[2]["text"]) <= 500
    assert client.get(f"/api/v1/jobs/{job.pk}/logs?search=").status_code == 400


def test_it_ends_a_stream_in_time(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(following, "KEEP_ALIVE_SECONDS", 0.05)
    heard = list(following.follow(make_evaluation(alice), seconds=0.3))
    assert heard[0] == Standing("queued", None, "")
    assert Silence() in heard
    assert next(iter(event_frames(make_evaluation(alice, model="n"), 0))).startswith(b"id: 0\nevent: state")


def test_it_cancels_once(client: Client, alice: User) -> None:
    job = make_evaluation(alice)
    headers = bearer(alice)
    assert client.post(f"/api/v1/jobs/{job.pk}/cancel", headers=headers).json()["state"] == "cancelled"
    assert client.post(f"/api/v1/jobs/{job.pk}/cancel", headers=headers).status_code == 409
    again = client.post(f"/api/v1/jobs/{job.pk}/rerun", headers=headers)
    assert (again.status_code, again.json()["rerun_of"]) == (201, str(job.pk))


def test_it_says_in_lists_and_details_why_a_job_waits(client: Client, alice: User) -> None:
    job = make_evaluation(alice)
    (row,) = client.get("/api/v1/jobs").json()["results"]
    expected = {
        "code": "no-worker",
        "text": "No worker serves the queue “cpu” at the moment.",
        "place": 1,
        "starts_in": None,
    }
    assert row["waiting"] == client.get(f"/api/v1/jobs/{job.pk}").json()["waiting"] == expected


def test_it_copies_a_job_with_changes(client: Client, alice: User) -> None:
    job = make_evaluation(alice, priority=3)
    changes = {"limit": 1, "settings": {"batch_size": 2}}
    clone = f"/api/v1/jobs/{job.pk}/clone"
    answer = client.post(clone, changes, content_type="application/json", headers=bearer(alice))
    assert answer.status_code == 201
    made = answer.json()["request"]
    assert (made["limit"], made["settings"]["batch_size"], made["priority"]) == (1, 2, 3)
    assert made["revision"] == job.spec["model"]["commit"]
    wrong = client.post(clone, {"nonsense": 1}, content_type="application/json", headers=bearer(alice))
    assert wrong.json()["error"]["field"] == "nonsense"


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"memory_gb": 64}, "memory_gb", "at most 4 devices with 16 GB on one machine; ask for less or"),
        ({"devices": 9}, "devices", "No machine of the queue cpu has 9 devices"),
        ({"devices": 0}, "devices", "from 1 to"),
        ({"time_limit": 999_999}, "time_limit", "at most 21600 seconds"),
        ({"memory_gb": -1}, "memory_gb", "from 0 to"),
    ],
)  # fmt: skip
def test_it_refuses_what_no_machine_has(
    client: Client, alice: User, changes: dict[str, object], field: str, said: str
) -> None:
    make_evaluation(alice)
    devices = [{"kind": "cpu", "name": "x", "memory_bytes": 16_000_000_000, "count": 4}]
    compute.register_worker("cpu@here", queues=["cpu"], devices=devices, versions={})
    request = evaluation_request("alice", "alice/m", "alice/translation", **changes)
    answer = client.post("/api/v1/jobs", request, content_type="application/json", headers=bearer(alice))
    assert answer.status_code == 400
    assert answer.json()["error"]["field"] == field
    assert said in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("files", "settings", "accepted"),
    [
        # A repository begins with an empty commit; a job must not pin that one.
        ({}, {}, False),
        ({"data/test.parquet": "x", "training.txt": "x", "train/readme.md": "x"}, {}, False),
        ({"data/train-00000-of-00002.csv": "a"}, {}, True),
        ({"en/train/part.NDJSON": "{}"}, {}, True),
        ({"corpus.txt": "x"}, {"train_file": "corpus.txt"}, True),
        ({"corpus.txt": "x"}, {"train_file": "/corpus.txt"}, False),
        ({"data/train.parquet": "x"}, {"train_file": "gone.csv"}, True),
    ],
)
def test_it_trains_on_nothing_that_the_engine_would_not_find(
    client: Client, alice: User, files: dict[str, str], settings: dict[str, str], accepted: bool
) -> None:
    make_queues()
    make_repository(alice, "pairs", "dataset", files=files)
    body = {
        "kind": "fine-tune", "owner": "alice", "recipe": "causal", "init": {"architecture": "llama"},
        "dataset": "alice/pairs", "output": "alice/made", "settings": settings,
    }  # fmt: skip
    answer = client.post("/api/v1/jobs", body, content_type="application/json", headers=bearer(alice))
    if accepted:
        assert answer.status_code == 201, answer.json()
        return
    error = answer.json()["error"]
    assert (answer.status_code, error["field"]) == (400, "dataset")
    assert "nor a train split at commit" in error["message"]
