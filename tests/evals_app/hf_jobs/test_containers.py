"""Containers as the hub sees them: who may have them, what is told of them, and where their secrets go."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from evals_app.compute.models import Worker
from evals_app.jobs import containers, services
from evals_app.jobs.exchange import Ending, Outcome
from evals_app.jobs.failures import Failure, FailureCode
from evals_app.jobs.models import Job
from evals_app.schedules import due
from evals_app.schedules.models import Schedule
from hub.accounts import services as accounts
from hub.accounts.models import Role, User
from hub.core.clock import now
from hub.core.errors import InvalidInput
from tests.factories.accounts import make_organization, make_token, make_user
from tests.factories.jobs import make_queues, make_worker

pytestmark = pytest.mark.django_db
SECRET = "s3cret-value"
SPEC = {
    "dockerImage": "ubuntu:22.04",
    "command": ["echo", "hello"],
    "arguments": [],
    "environment": {"A": 1},
    "secrets": {"KEY": SECRET},
    "flavor": "cpu-basic",
    "timeoutSeconds": 600,
    "labels": {"name": "x"},
}


@pytest.fixture(autouse=True)
def offered(settings: Any) -> None:
    settings.CONTAINER_RUNTIME = "podman"
    make_queues()


@pytest.fixture
def alice() -> User:
    user = make_user("alice")
    make_organization("acme", admin=user)
    return user


def call(user: User | None, method: str, path: str, body: Any = None, status: int = 200) -> Any:
    headers = {"Authorization": f"Bearer {make_token(user)}"} if user else {}
    given = {"data": body, "content_type": "application/json"} if body is not None else {}
    answer = getattr(Client(), method.lower())(path, headers=headers, **given)
    assert answer.status_code == status, answer.content
    return answer


def run(user: User, status: int = 200, owner: str = "acme", **changes: Any) -> Any:
    return call(user, "POST", f"/api/jobs/{owner}", {**SPEC, **changes}, status).json()


def test_a_container_is_a_job_that_shows_no_secret(alice: User) -> None:
    told = run(alice)
    assert (told["dockerImage"], told["command"]) == ("docker.io/library/ubuntu:22.04", ["echo", "hello"])
    assert (told["environment"], told["secrets"], told["flavor"]) == ({"A": "1"}, {"KEY": ""}, "cpu")
    job = Job.objects.get(pk=told["id"])
    assert (job.kind, job.is_private, job.time_limit_seconds) == ("container", True, 600)
    assert (job.reads, job.writes) == ([], [])
    for path in (f"/api/jobs/acme/{job.pk}", "/api/jobs/acme", f"/api/v1/jobs/{job.pk}", "/api/v1/jobs"):
        assert SECRET not in call(alice, "GET", path).content.decode()
    page = Client()
    page.force_login(alice)
    for path in (f"/jobs/{job.pk}", f"/jobs/new?clone={job.pk}"):
        text = page.get(path).content.decode()
        assert SECRET not in text
        assert "docker.io/library/ubuntu:22.04" in text
    call(None, "GET", f"/api/jobs/acme/{job.pk}", status=404)


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"volumes": [{"type": "bucket"}]}, 501, "volumes"),
        ({"ssh": {"enabled": True}}, 501, "ssh"),
        ({"expose": {"ports": [80], "portsPublic": []}}, 501, "expose"),
        ({"dockerImage": "--privileged"}, 400, "no name of an image"),
        ({"dockerImage": "dir:/etc"}, 400, "no name of an image"),
        ({"dockerImage": "llmos/other", "secrets": {}}, 501, "no engine"),
        ({"secrets": {"A": "b\nC=d"}}, 400, "one line"),
        ({"environment": {"A B": "c"}}, 400, "names"),
        ({"flavor": "h200"}, 400, "no queue"),
    ],
)
def test_what_cannot_be_run_is_refused(alice: User, changes: dict[str, Any], status: int, words: str) -> None:
    assert words in run(alice, status, **changes)["error"]
    assert not Job.objects.exists()


def test_the_operator_says_whether_who_and_what(alice: User, settings: Any) -> None:
    settings.CONTAINER_OWNERS, settings.CONTAINER_IMAGES = ["acme"], ["docker.io/library/*", "ghcr.io/a/b:*"]
    run(alice)
    run(alice, dockerImage="ghcr.io/a/b:1")
    assert "acme" not in run(alice, 403, owner="alice")["error"]
    assert "It allows: docker.io/library/*" in run(alice, 400, dockerImage="ghcr.io/a/c")["error"]
    settings.CONTAINER_RUNTIME = ""
    answer = call(alice, "POST", "/api/jobs/acme", {**SPEC, "secrets": {}}, 501)
    assert answer.headers["X-Error-Code"] == "NotImplemented"
    assert "switch on a container runtime" in answer.json()["error"]
    body = {"kind": "container", "owner": "acme", "image": "ubuntu"}
    assert "switched on" in call(alice, "POST", "/api/v1/jobs", body, 501).json()["error"]["message"]


@pytest.mark.parametrize(
    ("image", "whole"),
    [
        ("ubuntu", "docker.io/library/ubuntu:latest"),
        ("a/b:1", "docker.io/a/b:1"),
        ("localhost/x", "localhost/x:latest"),
        ("host:5000/a/b/c", "host:5000/a/b/c:latest"),
        ("ghcr.io/a/b:1@sha256:" + "0" * 64, "ghcr.io/a/b:1@sha256:" + "0" * 64),
    ],
)
def test_images_have_one_name(image: str, whole: str) -> None:
    assert containers.image_name(image) == whole


@pytest.mark.parametrize("image", ["", "A", "a//b", "oci-archive:/etc/x", "a/../b", "a b", "a:", "-v", "/a"])
def test_what_is_no_image_is_refused(image: str) -> None:
    with pytest.raises(InvalidInput):
        containers.image_name(image)


def test_only_a_worker_with_a_runtime_takes_it(alice: User) -> None:
    told = run(alice)
    plain = make_worker()
    assert services.lease_next(plain, ["cpu"]) is None
    waits = call(alice, "GET", f"/api/v1/jobs/{told['id']}").json()["waiting"]
    assert (waits["code"], "runs containers" in waits["text"]) == ("no-fitting-worker", True)
    Worker.objects.filter(pk=plain.pk).update(container_runtime="podman version 4")
    assert call(alice, "GET", f"/api/v1/jobs/{told['id']}").json()["waiting"]["code"] == "starting"
    plain.refresh_from_db()
    lease = services.lease_next(plain, ["cpu"])
    assert lease is not None
    assert lease.spec["secret_values"] == {"KEY": SECRET}
    assert SECRET not in json.dumps(Job.objects.get().spec)


def test_a_command_that_fails_is_run_as_often_as_was_asked_for(alice: User) -> None:
    def end(ending: Ending = Ending.FAILED) -> str:
        lease = services.lease_next(worker, ["cpu"])
        assert lease is not None
        failure = Failure(FailureCode.COMMAND_FAILED, "Status 1.") if ending == Ending.FAILED else None
        services.finish(lease.job_id, lease.lease, Outcome(ending, failure=failure, exit_code=1))
        # Its pause before the next attempt is over.
        Job.objects.filter(pk=lease.job_id).update(not_before=None)
        return Job.objects.get(pk=lease.job_id).state

    make_worker()
    Worker.objects.update(container_runtime="podman version 4")
    worker = Worker.objects.get()
    assert run(alice)["retry"] == 2
    assert end() == "failed"
    told = run(alice, attempts=2)
    assert told["retry"] == 1
    assert (end(), end()) == ("queued", "failed")
    moves = call(alice, "GET", f"/api/v1/jobs/{told['id']}").json()["transitions"]
    assert "command-failed, attempt 1 of 2" in [move["reason"] for move in moves]
    again = call(alice, "POST", f"/api/jobs/acme/{told['id']}/duplicate").json()
    assert again["retry"] == 1
    assert (end(), end(Ending.SUCCEEDED)) == ("queued", "succeeded")
    run(alice, attempts=1)
    assert end() == "failed"


@pytest.mark.parametrize("attempts", [0, 11, "2", True])
def test_attempts_are_bounded(alice: User, attempts: Any) -> None:
    assert "from 1 to 10" in run(alice, status=400, attempts=attempts)["error"]


def test_secrets_stay_with_who_gave_them(alice: User) -> None:
    bob = make_user("bob")
    accounts.set_member(None, make_organization("other", admin=bob), alice, Role.WRITE)
    told = run(alice, owner="other")
    job, url = told["id"], "/api/v1/jobs"
    assert "another person" in call(bob, "POST", f"{url}/{job}/rerun", status=403).json()["error"]["message"]
    call(bob, "POST", f"{url}/{job}/clone", {"owner": "bob", "command": ["env"]}, 403)
    own = call(bob, "POST", f"{url}/{job}/clone", {"secrets": {}}, 201).json()["id"]
    assert Job.objects.get(pk=own).secrets == ""
    again = call(alice, "POST", f"/api/jobs/other/{job}/duplicate").json()["id"]
    changed = call(alice, "POST", f"{url}/{job}/clone", {"command": ["true"]}, 201).json()["id"]
    for pk in (again, changed):
        assert json.loads(Job.objects.get(pk=pk).secrets) == {"KEY": SECRET}


def test_schedules_give_their_runs_the_secrets(alice: User) -> None:
    made = call(alice, "POST", "/api/scheduled-jobs/acme", {"jobSpec": SPEC, "schedule": "@daily"}).json()
    url = f"/api/scheduled-jobs/acme/{made['id']}"
    assert made["jobSpec"]["dockerImage"] == "ubuntu:22.04"
    assert SECRET not in call(alice, "GET", url).content.decode()
    assert SECRET not in json.dumps(Schedule.objects.get().request)
    call(alice, "PUT", f"{url}/labels", {"labels": {"name": "y"}})
    Schedule.objects.update(next_run_at=now())
    assert due.submit_due() == 1
    assert json.loads(Job.objects.get().secrets) == {"KEY": SECRET}
    bob = make_user("bob")
    accounts.set_member(None, Schedule.objects.get().owner, bob, Role.WRITE)
    call(bob, "POST", f"{url}/run", status=403)
    call(bob, "PUT", f"{url}/labels", {"labels": {}}, status=403)
    assert call(alice, "POST", f"{url}/run").json()["secrets"] == {"KEY": ""}


def test_events_are_the_stages_of_its_life(alice: User) -> None:
    job = run(alice)["id"]
    call(alice, "POST", f"/api/jobs/acme/{job}/cancel")
    body = b"".join(call(alice, "GET", f"/api/jobs/acme/{job}/events").streaming_content).decode()
    told = [json.loads(line[6:])["stage"] for line in body.splitlines() if line.startswith("data: ")]
    assert told == ["SCHEDULING", "CANCELED"]


def test_the_form_asks_for_one(alice: User, settings: Any) -> None:
    page = Client()
    page.force_login(alice)
    form = {
        "owner": "acme",
        "queue": "cpu",
        "image": "busybox",
        "command": "sh -c 'echo \"a b\"'",
        "environment": "A=1\nB=x=y",
        "secrets": f"KEY={SECRET}",
        "private": "true",
        "attempts": "4",
    }
    assert page.post("/jobs/new?kind=container", {**form, "environment": "A"}).status_code == 422
    assert page.post("/jobs/new?kind=container", form).status_code == 302
    job = Job.objects.get()
    assert job.max_attempts == 4
    assert job.spec["command"] == ["sh", "-c", 'echo "a b"']
    assert (job.spec["environment"], containers.opened(job.secrets)) == (
        {"A": "1", "B": "x=y"},
        {"KEY": SECRET},
    )
    text = page.get(f"/jobs/new?clone={job.pk}").content.decode()
    assert "echo &quot;a b&quot;" in text
    assert "B=x=y" in text
    assert "kind=container" in text
    settings.CONTAINER_RUNTIME = ""
    assert "kind=container" not in page.get("/jobs/new").content.decode()
