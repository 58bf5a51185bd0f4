"""/api/v1: runs, benchmarks, leaderboards, schedules, compute."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from evals_app.leaderboards import services as leaderboards
from evals_app.runs import services as runs
from evals_app.runs.models import Run
from hub.accounts.models import User
from tests.factories.accounts import make_token, make_user
from tests.factories.jobs import evaluation_request, evaluation_result, make_evaluation, make_worker

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return make_user("alice")


@pytest.fixture
def run(alice: User) -> Run:
    run = runs.record(make_evaluation(alice), evaluation_result())[0]
    leaderboards.refresh_for_run(run.pk)
    leaderboards.catch_up()
    return run


def bearer(user: User, scope: str = "write") -> dict[str, str]:
    return {"Authorization": f"Bearer {make_token(user, scope)}"}


def test_it_traces_a_number_on_a_board_to_its_run(client: Client, run: Run) -> None:
    (row,) = client.get("/api/v1/leaderboards").json()
    (entry,) = client.get(f"/api/v1/leaderboards/{row['slug']}").json()["entries"]
    assert (entry["model"], entry["rank"], entry["value"]) == ("alice/m", 1, 12.5)
    assert entry["interval"] == [10.54, 14.46]
    found = client.get(f"/api/v1/runs/{entry['run']}").json()
    assert found["model_commit"] == entry["model_commit"] == run.model_commit
    assert found["values"][0]["signature"] == "nrefs:1"


def test_it_filters_runs(client: Client, run: Run) -> None:
    def count(query: str) -> int:
        return len(client.get(f"/api/v1/runs?{query}").json()["results"])

    assert count("") == count("model=Alice/M") == count("benchmark=alice/translation&task=en-fr") == 1
    assert count("model=alice/other") == count("task=x") == 0


def test_it_tells_a_benchmark_with_its_declaration(client: Client, run: Run) -> None:
    (row,) = client.get("/api/v1/benchmarks").json()
    found = client.get(f"/api/v1/benchmarks/{row['id']}").json()
    assert found["current"]["declaration"]["tasks"][0]["name"] == "en-fr"
    assert client.get("/api/v1/benchmarks/alice/none").json()["error"]["code"] == "RepoNotFound"


def test_it_keeps_schedules(client: Client, run: Run, alice: User) -> None:
    headers = bearer(alice)
    body = {
        "name": "nightly",
        "cron": "0 3 * * *",
        "time_zone": "Europe/Paris",
        "request": evaluation_request("alice", "alice/m", "alice/translation"),
    }

    def send(method: str, path: str, data: object = None) -> tuple[int, dict[str, object]]:
        url, text = f"/api/v1/schedules{path}", json.dumps(data) if data else ""
        answer = client.generic(method, url, text, content_type="application/json", headers=headers)
        return answer.status_code, answer.json() if answer.content else {}

    status, made = send("POST", "", body)
    assert (status, made["owner"], made["paused"]) == (201, "alice", False)
    path = f"/{made['id']}"
    assert send("POST", f"{path}/pause")[1]["paused"] is True
    assert send("POST", f"{path}/resume")[1]["paused"] is False
    assert send("PATCH", path, {"name": "weekly", "cron": "0 3 * * 1"})[1]["name"] == "weekly"
    assert send("POST", f"{path}/run")[1]["schedule"] == made["id"]
    assert send("GET", path)[1]["last_job"]
    assert send("DELETE", path)[0] == 204
    assert send("GET", path)[0] == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "x"}, "request"),
        ({"name": 3, "cron": "0 3 * * *", "request": {}}, "name"),
        ({"name": "x", "cron": "never", "request": {}}, "cron"),
        ({"name": "x", "cron": "0 3 * * *", "request": {}, "colour": "red"}, "colour"),
        ({"name": "x", "cron": "0 3 * * *", "request": {"kind": "dance"}}, "kind"),
        ({"name": "x", "cron": "0 3 * * *", "time_zone": "Mars", "request": {}}, "time_zone"),
    ],
)
def test_it_names_what_is_wrong_with_a_schedule(
    client: Client, alice: User, body: dict[str, object], field: str
) -> None:
    answer = client.post("/api/v1/schedules", body, content_type="application/json", headers=bearer(alice))
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, field)


def test_it_tells_queues_and_workers(client: Client, run: Run) -> None:
    make_worker()
    assert [row["slug"] for row in client.get("/api/v1/queues").json()] == ["cpu", "gpu"]
    (worker,) = client.get("/api/v1/workers").json()
    assert (worker["name"], worker["alive"]) == ("cpu@here", True)
