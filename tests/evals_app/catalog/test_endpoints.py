"""Models behind other addresses: who registers them, what they are asked, and where their key is not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from evals_app.catalog import endpoints
from evals_app.jobs import requests, services
from evals_app.jobs.models import Job
from evals_app.runs import reproduce
from evals_app.runs import services as runs
from hub.accounts.models import User
from hub.core.errors import Conflict, InvalidInput, NotFound, PermissionRefused
from tests.factories.accounts import actor_for, make_organization, make_user
from tests.factories.jobs import evaluation_result, make_benchmark, make_endpoint, make_queues, make_worker
from tests.factories.repositories import make_repository
from tests.model_server import KEY, ModelServer, serving

pytestmark = pytest.mark.django_db

CHOICE = """\
title: Choice
version: 1
tasks:
- {name: c, kind: multiple-choice, data: {file: data/test.jsonl}, prompt: "{{en}}", target: "{{fr}}", \
choices: [Bonjour, Merci], metrics: [acc]}
"""


@pytest.fixture
def alice() -> User:
    return make_user("alice")


@pytest.fixture
def server(settings: Any) -> Iterator[ModelServer]:
    with serving() as found:
        settings.OUTGOING_ALLOWED_HOSTS = [found.host]
        yield found


def evaluation(alice: User, **changes: Any) -> Job:
    make_queues()
    request = {
        "kind": "evaluate",
        "owner": "alice",
        "endpoint": "alice/judge",
        "benchmark": "alice/translation",
    }
    return services.submit(actor_for(alice), requests.parse({**request, **changes}))


def test_it_seals_the_key(alice: User) -> None:
    made = make_endpoint(alice, "alice", key=KEY)
    with connection.cursor() as cursor:
        cursor.execute("SELECT key FROM evals_app_externalendpoint")
        [stored] = cursor.fetchone()
    assert KEY not in stored
    assert endpoints.get_for(actor_for(alice), "alice/judge").key == KEY
    assert made.full_id == "alice/judge"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"base_url": "http://127.0.0.1/v1"}, "base_url"),
        ({"base_url": "file:///etc/passwd"}, "base_url"),
        ({"name": "No Spaces"}, "name"),
        ({"api": "grpc"}, "api"),
        ({"key": "two\nlines"}, "key"),
        ({"tokenizer": "plain"}, "tokenizer"),
        ({"context": 1}, "context"),
        ({"model": ""}, "model"),
    ],
)
def test_it_names_what_is_wrong(alice: User, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        make_endpoint(alice, "alice", **changes)
    assert caught.value.fields["field"] == field


def test_only_those_who_may_write_see_and_use_it(alice: User) -> None:
    eve = make_user("eve")
    organization = make_organization("acme", admin=alice)
    make_endpoint(alice, "acme")
    assert [e.full_id for e in endpoints.visible_to(actor_for(alice))] == ["acme/judge"]
    with pytest.raises(NotFound):
        endpoints.get_for(actor_for(eve), "acme/judge")
    with pytest.raises(PermissionRefused):
        make_endpoint(eve, "acme", name="other")
    with pytest.raises(Conflict):
        make_endpoint(alice, "acme")
    assert organization.name == "acme"


def test_its_runs_are_external_and_no_order_holds_the_key(alice: User, client: Client) -> None:
    make_benchmark(alice)
    make_endpoint(alice, "alice", key=KEY)
    job = evaluation(alice)
    assert KEY not in json.dumps(job.spec)
    assert job.spec["endpoint"]["through"] == f"/api/v1/jobs/{job.pk}/endpoint"
    [run] = runs.record(job, evaluation_result())
    assert (run.is_external, run.model, run.model_name) == (True, None, "alice/judge")
    page = client.get(f"/runs/{run.pk}").content.decode()
    assert "External" in page
    assert "through" not in json.dumps(reproduce.order_of(run))
    assert client.get(f"/jobs/{job.pk}").status_code == 200
    assert services.rerun(actor_for(alice), job).spec["endpoint"]["id"] == "alice/judge"


def test_likelihoods_need_a_server_that_tells_them(alice: User) -> None:
    make_benchmark(alice, text=CHOICE)
    make_endpoint(alice, "alice")
    with pytest.raises(InvalidInput, match="c compares likelihoods of given texts"):
        evaluation(alice)
    make_repository(alice, "tok", "model", files={"tokenizer.json": "{}"})
    make_endpoint(alice, "alice", name="scorer", api="completions", tokenizer="alice/tok")
    job = evaluation(alice, endpoint="alice/scorer")
    assert job.spec["endpoint"]["tokenizer"]["id"] == "alice/tok"
    assert "model:alice/tok" in job.reads


def test_it_is_either_a_model_or_an_endpoint(alice: User) -> None:
    make_benchmark(alice)
    with pytest.raises(InvalidInput, match="Give either `model`"):
        evaluation(alice, endpoint="")


class TestCalls:
    BODY = {"messages": [{"role": "user", "content": "Hello"}], "model": "another-one"}

    def test_a_running_job_asks_with_its_own_token(
        self, alice: User, client: Client, server: ModelServer
    ) -> None:
        make_benchmark(alice)
        make_endpoint(alice, "alice", base_url=server.base_url, key=KEY)
        job = evaluation(alice)
        lease = services.lease_next(make_worker(), ["cpu"])
        assert lease
        address = f"/api/v1/jobs/{job.pk}/endpoint/chat/completions"
        headers = {"Authorization": f"Bearer {lease.token}"}
        answer = client.post(address, self.BODY, content_type="application/json", headers=headers)
        assert answer.status_code == 200
        assert answer.json()["choices"][0]["message"]["content"].startswith("Bonjour")
        [(path, asked)] = server.calls
        assert path == "/v1/chat/completions"
        assert asked["model"] == "m"
        assert client.post(address, self.BODY, content_type="application/json").status_code == 404
        wrong = address.replace("chat/completions", "completions")
        assert (
            client.post(wrong, self.BODY, content_type="application/json", headers=headers).status_code == 400
        )

    def test_an_address_that_became_private_is_not_called(
        self, alice: User, server: ModelServer, settings: Any
    ) -> None:
        made = make_endpoint(alice, "alice", base_url=server.base_url)
        settings.OUTGOING_ALLOWED_HOSTS = []
        with pytest.raises(InvalidInput, match="private network"):
            endpoints.call(made, "chat", b"{}")
        assert server.calls == []

    @pytest.mark.parametrize("body", [b"[]", b"{", b'{"stream": true}'])
    def test_it_sends_on_plain_questions_only(self, alice: User, body: bytes) -> None:
        with pytest.raises(InvalidInput):
            endpoints.call(make_endpoint(alice, "alice"), "chat", body)


def test_a_person_registers_and_deletes_one_on_a_page(alice: User, client: Client) -> None:
    client.force_login(alice)
    form = {
        "owner": "alice", "name": "judge", "base_url": "https://api.example.org/v1", "model": "m",
        "api": "chat", "key": KEY, "context": "4096",
    }  # fmt: skip
    assert client.post("/endpoints", {**form, "base_url": "http://10.0.0.1/v1"}).status_code == 422
    assert client.post("/endpoints", form).status_code == 302
    page = client.get("/endpoints").content.decode()
    assert "alice/judge" in page
    assert KEY not in page
    assert client.post("/endpoints/alice/judge").status_code == 302
    assert "alice/judge" not in client.get("/endpoints").content.decode()
