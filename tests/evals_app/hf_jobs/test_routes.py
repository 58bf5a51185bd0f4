"""/api/jobs and /api/scheduled-jobs in the protocol's form."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from evals_app.jobs import following, services
from evals_app.jobs.exchange import Ending, Environment, LogText, Metric, Outcome
from evals_app.jobs.models import Job
from hub.accounts.models import User
from tests.factories.accounts import make_token, make_user
from tests.factories.jobs import make_evaluation, make_worker
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db
SPEC = {
    "dockerImage": "llmos/evaluate",
    "command": ["--model=alice/m", "--benchmark=alice/translation"],
    "arguments": [],
    "environment": {"LIMIT": "2"},
    "flavor": "cpu-basic",
    "labels": {"name": "nightly", "team": "a__b"},
}


@pytest.fixture
def alice() -> User:
    user = make_user("alice")
    make_evaluation(user)
    Job.objects.all().delete()
    return user


@pytest.fixture
def call(client: Client, alice: User) -> Any:
    headers = {"Authorization": f"Bearer {make_token(alice)}"}

    def call(method: str, path: str, body: Any = None, status: int = 200) -> Any:
        send = getattr(client, method.lower())
        given = {"data": body, "content_type": "application/json"} if body is not None else {}
        answer = send(path, headers=headers, **given)
        assert answer.status_code == status, answer.content
        return answer

    return call


def test_an_engine_is_run_by_its_image(call: Any) -> None:
    told = call("POST", "/api/jobs/alice", SPEC).json()
    assert told["status"]["stage"] == "SCHEDULING"
    assert "No worker serves" in told["status"]["message"]
    assert (told["flavor"], told["dockerImage"], told["labels"]["name"]) == (
        "cpu",
        "llmos/evaluate",
        "nightly",
    )
    job = Job.objects.get(pk=told["id"])
    assert (job.spec["limit"], job.labels) == (2, SPEC["labels"])
    assert call("GET", f"/api/jobs/alice/{job.pk}").json()["owner"]["type"] == "user"


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"dockerImage": "python:3.12"}, 501, "container runtime"),
        ({"secrets": {"A": "b"}}, 501, "secrets"),
        ({"volumes": [{"type": "bucket"}]}, 501, "volumes"),
        ({"dockerImage": None, "spaceId": "a/b"}, 501, "spaceId"),
        ({"flavor": "h200"}, 400, "no queue"),
        ({"command": ["--tusks=3"]}, 400, "tusks"),
        ({"command": "x"}, 400, "list of texts"),
        ({"command": ["--model=alice/none", "--benchmark=alice/translation"]}, 400, "alice/none"),
        ({"labels": {"a b": "c"}}, 400, "label"),
        ({"labels": {f"k{n}": "v" for n in range(33)}}, 400, "32"),
    ],
)
def test_what_cannot_be_run_is_refused_with_a_sentence(
    call: Any, changes: dict[str, Any], status: int, words: str
) -> None:
    answer = call("POST", "/api/jobs/alice", {**SPEC, **changes}, status)
    assert words in answer.json()["error"]
    assert not Job.objects.exists()


def test_lists_are_filtered_and_paged(call: Any, alice: User, django_assert_max_num_queries: Any) -> None:
    ids = [call("POST", "/api/jobs/alice", SPEC).json()["id"] for _ in range(3)]
    call("PUT", f"/api/jobs/alice/{ids[0]}/labels", {"labels": {"name": "other"}})
    with django_assert_max_num_queries(6):
        first = call("GET", "/api/jobs/alice?limit=2")
    assert [row["id"] for row in first.json()] == [ids[2], ids[1]]
    rest = call("GET", first.headers["Link"].partition(">")[0][1:].partition("testserver")[2])
    assert [row["id"] for row in rest.json()] == [ids[0]]
    assert "Link" not in rest.headers
    for query, count in (
        ("stage=RUNNING", 0),
        ("stage=SCHEDULING&stage=RUNNING", 3),
        ("stage=DELETED", 0),
        ("label=name=nightly&label=team=a__b", 2),
        ("label=name=other", 1),
        ("label=a__contains=x", 0),
    ):
        assert len(call("GET", f"/api/jobs/alice?{query}").json()) == count, query
    call("GET", "/api/jobs/alice?cursor=x", status=400)
    call("GET", "/api/jobs/alice?label=x", status=400)


def test_logs_are_lines_that_come_again_the_same(call: Any) -> None:
    job_id = call("POST", "/api/jobs/alice", SPEC).json()["id"]
    lease = services.lease_next(make_worker(), ["cpu"])
    assert lease is not None
    for text in ("one\ntw", "o\nthree"):
        services.heartbeat(lease.job_id, lease.lease, events=[LogText(text)])
    services.finish(lease.job_id, lease.lease, Outcome(Ending.CANCELLED))

    def lines(query: str = "") -> list[str]:
        body = b"".join(call("GET", f"/api/jobs/alice/{job_id}/logs{query}").streaming_content).decode()
        return [line[6:] for line in body.splitlines() if line.startswith("data: ")]

    assert [json.loads(line)["data"] for line in lines()] == ["one", "two", "three"]
    assert lines() == lines()
    assert [json.loads(line)["data"] for line in lines("?tail=1")] == ["two", "three"]
    assert "finishedAt" in call("GET", f"/api/jobs/alice/{job_id}").json()


def test_metrics_are_what_was_seen_last(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "LOOK_SECONDS", 0.05)
    job_id = call("POST", "/api/jobs/alice", SPEC).json()["id"]
    lease = services.lease_next(make_worker(), ["cpu"])
    assert lease is not None
    machine = {"cores": 4, "memory_bytes": 800, "gpu_memory_bytes": 80}
    seen = {
        "system/cpu_percent": 200.0,
        "system/memory_bytes": 400,
        "system/gpu0_percent": 70,
        "system/gpu0_memory_bytes": 8,
    }
    services.heartbeat(lease.job_id, lease.lease, events=[Environment({"machine": machine}), Metric(9, seen)])
    stream = iter(call("GET", f"/api/jobs/alice/{job_id}/metrics").streaming_content)
    head, data = next(stream).decode().splitlines()[:2]
    told = json.loads(data[6:])
    assert head == "event: metric"
    assert (told["cpu_usage_pct"], told["memory_used_bytes"], told["memory_total_bytes"]) == (50.0, 400, 800)
    assert told["gpus"] == {"0": {"utilization": 70, "memory_used_bytes": 8, "memory_total_bytes": 80}}
    services.finish(lease.job_id, lease.lease, Outcome(Ending.CANCELLED))
    assert list(stream) == []
    call("GET", f"/api/jobs/alice/{job_id}/metrics", status=406)


def test_jobs_are_cancelled_repeated_and_labelled(call: Any, client: Client) -> None:
    job_id = call("POST", "/api/jobs/alice", SPEC).json()["id"]
    assert call("POST", f"/api/jobs/alice/{job_id}/cancel").json()["status"]["stage"] == "CANCELED"
    call("POST", f"/api/jobs/alice/{job_id}/cancel")
    again = call("POST", f"/api/jobs/alice/{job_id}/duplicate").json()
    assert (again["initiator"]["type"], again["labels"]) == ("duplicated-job", SPEC["labels"])
    call("GET", f"/api/jobs/bob/{job_id}", status=404)
    call("GET", "/api/jobs/alice/no-id", status=404)
    call("PUT", f"/api/jobs/alice/{job_id}/expose", {}, status=501)
    assert client.post(f"/api/jobs/alice/{again['id']}/cancel").status_code in (401, 403)


def test_private_jobs_are_missing_to_others(call: Any, client: Client, alice: User) -> None:
    make_repository(alice, "secret", private=True)
    hidden = call(
        "POST",
        "/api/jobs/alice",
        {**SPEC, "command": ["--model=alice/secret", "--benchmark=alice/translation"]},
    )
    assert client.get("/api/jobs/alice").json() == []
    assert client.get(f"/api/jobs/alice/{hidden.json()['id']}").status_code == 404


def test_hardware_is_that_of_the_queues(call: Any, settings: Any) -> None:
    settings.QUEUE_PRICES = {"cpu": (6, "USD"), "gpu": (5, "EUR")}
    make_worker()
    rows = {row["name"]: row for row in call("GET", "/api/jobs/hardware").json()}
    assert set(rows) == {"cpu", "gpu"}
    assert (rows["cpu"]["unitCostMicroUSD"], rows["gpu"]["unitCostUSD"]) == (100_000, 0)


def test_schedules_live_their_whole_life(call: Any) -> None:
    made = call("POST", "/api/scheduled-jobs/alice", {"jobSpec": SPEC, "schedule": "@daily"}).json()
    url = f"/api/scheduled-jobs/alice/{made['id']}"
    assert (made["schedule"], made["suspend"], made["jobSpec"]["labels"]["name"]) == (
        "0 0 * * *",
        False,
        "nightly",
    )
    assert call("POST", f"{url}/schedule", {"schedule": "0 9 * * 1"}).json()["schedule"] == "0 9 * * 1"
    call("POST", f"{url}/schedule", {"schedule": "often"}, 400)
    assert call("POST", f"{url}/suspend").json()["suspend"] is True
    assert call("POST", f"{url}/resume").json()["status"]["nextJobRunAt"]
    job = call("POST", f"{url}/run").json()
    assert job["initiator"] == {"type": "scheduled-job", "id": made["id"]}
    assert call("GET", url).json()["status"]["lastJob"]["id"] == job["id"]
    assert call("PUT", f"{url}/labels", {"labels": {"name": "weekly"}}).json()["jobSpec"]["labels"] == {
        "name": "weekly"
    }
    assert len(call("GET", "/api/scheduled-jobs/alice?label=name=weekly").json()) == 1
    assert call("GET", "/api/scheduled-jobs/alice?label=name=nightly").json() == []
    call("GET", f"/api/scheduled-jobs/bob/{made['id']}", status=404)
    call("DELETE", url)
    call("GET", url, status=404)
    call("POST", "/api/scheduled-jobs/alice", {"schedule": "@daily"}, 400)
