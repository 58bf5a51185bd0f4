"""Evaluations on held-out benchmarks: who gets what, asked as an attacker would, over HTTP.

A word stands in the items and in whatever an engine may say of them. Nobody but the benchmark's owner ever
gets it, on no route.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from django.test import Client
from django.urls import get_resolver

from evals_app.catalog import services as catalog
from evals_app.compute.models import Queue, WorkerPass
from evals_app.jobs import requests, services, waiting
from evals_app.jobs.exchange import Ending, Environment, Lease, LogText, Metric, Outcome, Progress
from evals_app.jobs.failures import Failure, FailureCode
from evals_app.jobs.models import Job, JobState
from evals_app.leaderboards import services as leaderboards
from evals_app.runs.completion import complete
from evals_app.runs.models import Run
from evals_app.worker import indexing
from hub.accounts.models import Namespace, Role, TokenScope, User
from hub.core.clock import now
from hub.core.errors import Conflict, InvalidInput, NotFound
from models_app.repositories import services as repositories
from models_app.repositories.models import Repository
from tests.factories.accounts import actor_for, make_organization, make_token, make_user
from tests.factories.jobs import BENCHMARK_YAML, make_endpoint, make_queues, make_worker
from tests.factories.repositories import commit_files, make_repository
from tests.rules.permissions import close, walk

pytestmark = pytest.mark.django_db

CANARY = "heronfeather"
DECLARATION = BENCHMARK_YAML.replace("version: 1\n", "version: 1\nheld_out: true\nsubmissions_per_day: 2\n")
DECLARATION = DECLARATION.replace("Translate to French", f"{CANARY}: translate")
ROWS = f'{{"en": "The {CANARY} is mine", "fr": "{CANARY} est à moi"}}\n{{"en": "b", "fr": "{CANARY}"}}\n'
ITEMS = "/datasets/lab/hidden/resolve/main/data/test.jsonl"
ANSWERS = "lab/hidden-held-out-answers"


@dataclass
class World:
    """`lab` holds items out; `acme` submits; the rest look on."""

    owner: User
    submitter: User
    member: User
    stranger: User
    items: Repository


@pytest.fixture
def world() -> World:
    owner, submitter = make_user("owner"), make_user("submitter")
    member, stranger = make_user("member"), make_user("stranger")
    lab = make_organization("lab", admin=owner)
    acme = make_organization("acme", admin=submitter, members={member: Role.READ})
    make_queues()
    files = {"benchmark.yaml": DECLARATION, "data/test.jsonl": ROWS, "README.md": f"# {CANARY}\n"}
    items = make_repository(lab, "hidden", "dataset", private=True, files=files)
    items.refresh_from_db()
    benchmark = catalog.index_benchmark(items)
    assert benchmark
    leaderboards.ensure_boards(benchmark)
    for name in ("m", "n"):
        make_repository(acme, name, files={"config.json": "{}"})
    return World(owner, submitter, member, stranger, items)


def submit(user: User, *, owner: str = "acme", model: str = "acme/m", **changes: Any) -> Job:
    request = {"kind": "evaluate", "owner": owner, "model": model, "benchmark": "lab/hidden", **changes}
    return services.submit(actor_for(user), requests.parse(request))


def take() -> Lease:
    lease = services.lease_next(make_worker(), ["cpu"])
    assert lease is not None
    return lease


def bearer(secret: str) -> dict[str, Any]:
    return {"headers": {"Authorization": f"Bearer {secret}"}}


def upload(client: Client, lease: Lease, path: str, content: str) -> str:
    """As an engine does: with the job's token, by the public path. The commit."""
    lines = [
        {"key": "header", "value": {"summary": "Samples"}},
        {"key": "file", "value": {"path": path, "content": content, "encoding": "utf-8"}},
    ]
    body = "\n".join(json.dumps(line) for line in lines)
    address = f"/api/datasets/{lease.spec['samples_repository']}/commit/main"
    answer = client.post(address, body, content_type="application/x-ndjson", **bearer(lease.token))
    assert answer.status_code == 200, answer.content
    return str(answer.json()["commitOid"])


def result(lease: Lease, commit: str, bleu: float = 12.345678) -> dict[str, Any]:
    """Of an engine that lets the word slip wherever it could."""
    samples = {"repository": lease.spec["samples_repository"], "commit": commit, "path": "runs/x.jsonl"}
    return {
        "harness": "lm-evaluation-harness",
        "harness_version": "0.4.13",
        "note": CANARY,
        "model": {**lease.spec["model"], "architecture": "t5", "said": CANARY},
        "dataset": {"file": CANARY},
        "tasks": [
            {
                "task": "en-fr",
                "sample_count": 2,
                "duration_seconds": 1.5,
                "prompt_hash": CANARY,
                "dataset": {"file": f"data/{CANARY}"},
                "examples": [CANARY],
                "values": [
                    {"metric": "bleu", "value": bleu, "stderr": 1.2345678, "note": CANARY},
                    {"metric": "chrf", "value": 30.0, "stderr": None},
                ],
                "samples": samples,
            }
        ],
    }


EVENTS = [
    LogText(f"asked: {CANARY}\n"),
    Progress(0.5, f"{CANARY}, 1 of 2"),
    Metric(1, {"requests_per_second": 2.0, CANARY: 1.0, f"system/{CANARY} x": 1.0}),
    Environment({"python": "3.11", CANARY: "x", "note": CANARY}),
]


def run_to_its_end(client: Client, bleu: float = 12.345678) -> Run:
    lease = take()
    services.heartbeat(lease.job_id, lease.lease, events=EVENTS)
    commit = upload(client, lease, "runs/x.jsonl", ROWS)
    assert complete(lease.job_id, lease.lease, Outcome(Ending.SUCCEEDED, result=result(lease, commit, bleu)))
    return Run.objects.get(job=lease.job_id)


def run_to_its_failure() -> UUID:
    lease = take()
    services.heartbeat(lease.job_id, lease.lease, events=EVENTS)
    failure = Failure(FailureCode.ENGINE_ERROR, f"ValueError: no token for {CANARY!r}")
    services.finish(lease.job_id, lease.lease, Outcome(Ending.FAILED, failure=failure, exit_code=1))
    return lease.job_id


# --- Every route ------------------------------------------------------------------------------------


PLACES = (("lab", "hidden"), ("lab", ANSWERS.partition("/")[2]), ("acme", "m"))


def addresses(jobs: list[Job], run: Run, head: str) -> Iterator[str]:
    """Every route of the site with every value that could lead to the items, the jobs or the run."""
    known: dict[str, list[str]] = {
        "job_id": [str(job.pk) for job in jobs],
        "run_id": [str(run.pk)],
        "owner": ["lab"],
        "username": ["submitter"],
        "repo_type": ["datasets"],
        "prefix": ["datasets/"],
        "rest": ["main/data/test.jsonl", "main/runs/x.jsonl", f"{head}/benchmark.yaml"],
        "revision": ["main"],
        "slug": ["lab-hidden-en-fr"],
        "config": ["default"],
        "split": ["test"],
        "format": ["csv", "json"],
        "commit_id": [head],
        "branch": ["main"],
        "path": ["data/test.jsonl"],
        "topic": ["jobs"],
        "number": ["1"],
        "tail": ["x"],
    }
    for place, _name in walk(get_resolver().url_patterns, "", ""):
        if "(?:" in place or "[^" in place or "\\d" in place:
            continue
        for namespace, name in PLACES:
            values = {**known, "namespace": [namespace], "name": [name]}
            names = re.findall(r"<(?:\w+:)?(\w+)>", place)
            if set(names) <= values.keys():
                for chosen in itertools.product(*(values[name] for name in names)):
                    address = place.strip("^$")
                    for value in chosen:
                        address = re.sub(r"<[^>]+>", value, address, count=1)
                    yield f"/{address}"
    yield from (f"/?q={CANARY}", f"/search?q={CANARY}", "/compare?model=acme/m&model=acme/n&show=first")
    yield "/api/v1/compare?model=acme/m&model=acme/n"
    for full_id in ("lab/hidden", ANSWERS):
        yield f"/datasets/{full_id}.git/info/refs?service=git-upload-pack"
        yield f"/rows?dataset={quote(full_id)}&config=default&split=test"
        yield f"/api/datasets/{full_id}?blobs=true"
    for job in jobs:
        yield f"/api/v1/jobs/{job.pk}/logs?search={CANARY[:4]}"
        yield f"/api/v1/jobs/{job.pk}/logs?follow=1"
        yield f"/jobs/{job.pk}/log/find?text={CANARY[:4]}"
        yield f"/jobs/new?clone={job.pk}"
        for client_route in ("", "/logs", "/metrics", "/events"):
            yield f"/api/jobs/acme/{job.pk}{client_route}"


def body_of(answer: Any) -> str:
    pieces = answer.streaming_content if answer.streaming else [answer.content]
    return b"".join(itertools.islice(pieces, 2000)).decode("utf-8", "replace")


@pytest.mark.slow
def test_nobody_else_is_told_of_items_and_answers_on_any_route(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit(world.submitter)
    submit(world.submitter, model="acme/n")
    failed = run_to_its_failure()
    run = run_to_its_end(client)
    leaderboards.refresh_for_run(run.pk)
    leaderboards.catch_up()
    jobs = list(Job.objects.all())
    assert {job.pk for job in jobs} == {failed, run.job_id}
    client.raise_request_exception = False
    told: list[tuple[str, str]] = []
    seen: list[str] = []
    asked = list(dict.fromkeys(addresses(jobs, run, world.items.head)))
    # Of others only what concerns these jobs and places: the submitter sees more than they do elsewhere.
    concerned = [
        at for at in asked if "hidden" in at or any(str(one) in at for one in (failed, *run_ids(run)))
    ]
    for person, list_ in ((world.submitter, asked), (world.stranger, concerned), (None, concerned)):
        client.logout()
        if person:
            client.force_login(person)
        for address in list_:
            answer = client.get(address)
            body = body_of(answer)
            close(answer)
            if answer.status_code == 200:
                seen.append(address)
            # What somebody searches for stands in the page that answers.
            if CANARY in body and (CANARY not in address or "is mine" in body or "est à moi" in body):
                told.append((person.username if person else "nobody", address))
    assert not told
    assert len(seen) > 100
    client.force_login(world.owner)
    assert CANARY in client.get(f"/jobs/{failed}/withheld").content.decode()


def run_ids(run: Run) -> tuple[UUID, UUID]:
    return run.pk, run.job_id


# --- Who gets what ----------------------------------------------------------------------------------


def test_the_jobs_token_reads_the_items_and_its_submitter_does_not(world: World, client: Client) -> None:
    submit(world.submitter)
    lease = take()
    assert lease.spec["tasks"][0]["prompt"].startswith(CANARY)
    assert lease.spec["samples_repository"] == ANSWERS
    assert CANARY in body_of(client.get(ITEMS, **bearer(lease.token)))
    assert client.get(ITEMS, **bearer(make_token(world.submitter))).status_code == 404
    # The token writes answers, and nothing else of the lab.
    upload(client, lease, "runs/x.jsonl", ROWS)
    lines = '{"key": "header", "value": {"summary": "x"}}'
    address = "/api/datasets/lab/hidden/commit/main"
    answer = client.post(address, lines, content_type="application/x-ndjson", **bearer(lease.token))
    assert answer.status_code == 403
    services.finish(lease.job_id, lease.lease, Outcome(Ending.CANCELLED))
    assert client.get(ITEMS, **bearer(lease.token)).status_code == 401


def test_a_person_cannot_make_a_token_that_is_lent_something(world: World) -> None:
    with pytest.raises(InvalidInput, match="A grant is on"):
        make_token(
            world.submitter,
            TokenScope.FINE_GRAINED,
            grants=[{"on": "lent:dataset:lab/hidden", "may": ["read"]}],
        )


def test_the_submitter_gets_scores_and_the_owner_everything(world: World, client: Client) -> None:
    job = submit(world.submitter)
    assert not job.is_private
    run = run_to_its_end(client)
    client.force_login(world.submitter)
    told = client.get(f"/api/v1/runs/{run.pk}").json()
    assert [(value["value"], value["stderr"]) for value in told["values"]] == [(12.35, 1.235), (30.0, None)]
    assert (told["held_out"], told["private"], told["samples_repository"]) == (True, False, "")
    page = client.get(f"/runs/{run.pk}").content.decode()
    assert "Held out" in page
    assert "Only the owner of the benchmark can repeat this run" in page
    script = client.get(f"/runs/{run.pk}/reproduce.sh")
    assert (script.status_code, b"only its owner can repeat" in script.content) == (403, True)
    assert client.get(f"/api/v1/jobs/{job.pk}/withheld").status_code == 404
    log = client.get(f"/jobs/{job.pk}/log.txt")
    assert body_of(log) == "[The log is withheld: the benchmark holds its items out.]\n"
    client.force_login(world.owner)
    assert CANARY in client.get(f"/runs/{run.pk}/reproduce.sh").content.decode()
    withheld = client.get(f"/api/v1/jobs/{job.pk}/withheld").json()
    assert withheld["log"] == f"asked: {CANARY}\n"
    assert withheld["result"]["tasks"][0]["values"][0]["value"] == 12.345678
    assert client.get(f"/api/v1/runs/{run.pk}").json()["samples_repository"] == ANSWERS
    assert CANARY in body_of(client.get(f"/datasets/{ANSWERS}/resolve/main/runs/x.jsonl"))
    assert f"/jobs/{job.pk}/withheld" in client.get("/benchmarks/lab/hidden").content.decode()


def test_the_score_stands_on_the_public_board(world: World, client: Client) -> None:
    submit(world.submitter)
    leaderboards.refresh_for_run(run_to_its_end(client).pk)
    leaderboards.catch_up()
    board = client.get("/api/v1/leaderboards/lab-hidden-en-fr").json()
    assert [entry["model"] for entry in board["entries"]] == ["acme/m"]
    assert "Held out" in client.get("/leaderboards/lab-hidden-en-fr").content.decode()


def test_a_failure_keeps_its_name_and_loses_its_words(world: World, client: Client) -> None:
    submit(world.submitter)
    job = Job.objects.get(pk=run_to_its_failure())
    assert (job.state, job.error_code, job.error_message) == (JobState.FAILED, "engine-error", "")
    assert job.progress_text == ""
    assert job.environment == {"python": "3.11"}
    client.force_login(world.owner)
    assert CANARY in client.get(f"/api/v1/jobs/{job.pk}/withheld").json()["error_message"]


def test_answers_of_a_private_model_go_to_the_owner_and_the_run_to_nobody_else(
    world: World, client: Client
) -> None:
    acme = Namespace.objects.get(name="acme")
    make_repository(acme, "quiet", private=True, files={"config.json": "{}"})
    job = submit(world.submitter, model="acme/quiet")
    assert job.is_private
    run = run_to_its_end(client)
    for person, status in ((world.owner, 404), (world.stranger, 404), (world.member, 200)):
        client.force_login(person)
        assert client.get(f"/runs/{run.pk}").status_code == status
    client.force_login(world.owner)
    assert client.get(f"/jobs/{job.pk}/withheld").status_code == 200


# --- What is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"limit": 1}, "a score of only the first samples would tell of single ones"),
        ({"model": "", "endpoint": "acme/judge"}, "an external model would be sent them"),
        ({"benchmark_revision": "draft"}, "is measured as it is declared now"),
        ({"model": "acme/code"}, "names code of its own"),
        ({"model": "acme/adapter"}, "names code of its own"),
    ],
)
def test_what_would_carry_items_out_is_refused(world: World, changes: dict[str, Any], message: str) -> None:
    acme = Namespace.objects.get(name="acme")
    make_endpoint(world.submitter, "acme")
    make_repository(acme, "code", files={"config.json": '{"auto_map": {"AutoModel": "m.M"}}'})
    adapter = '{"base_model_name_or_path": "acme/code"}'
    make_repository(acme, "adapter", files={"adapter_config.json": adapter})
    with pytest.raises(InvalidInput, match=message):
        submit(world.submitter, **changes)


def test_repeated_submissions_have_an_end_for_owner_and_person(world: World, client: Client) -> None:
    submit(world.submitter)
    run_to_its_failure()
    submit(world.submitter)
    last = submit(world.submitter, owner="submitter")
    client.force_login(world.submitter)
    request = {"kind": "evaluate", "owner": "acme", "model": "acme/m", "benchmark": "lab/hidden"}
    refused = client.post(
        "/api/v1/jobs", request, content_type="application/json", **bearer(make_token(world.submitter))
    )
    assert refused.status_code == 409
    assert "takes 2 submissions in 24 hours" in refused.json()["error"]["message"]
    with pytest.raises(Conflict):
        services.rerun(actor_for(world.submitter), last)
    services.cancel(actor_for(world.submitter), last)
    submit(world.submitter, model="acme/n")
    with pytest.raises(Conflict):
        submit(world.submitter)
    # Others have submissions of their own, and the owner of the items no limit.
    submit(world.stranger, owner="stranger")
    for _ in range(4):
        submit(world.owner, owner="lab")


def test_only_machines_of_the_hub_itself_work_on_it(world: World) -> None:
    job = submit(world.submitter)
    worker = make_worker("lent@there")
    lender = Namespace.objects.get(name="acme")
    worker.worker_pass = lent_by(lender, world.submitter, is_trusted=True)
    worker.save(update_fields=["worker_pass"])
    assert services.lease_next(worker, ["cpu"]) is None
    told = waiting.waiting_reason(job)
    assert told.code == "no-own-worker"
    assert "only machines of this hub itself" in told.text
    assert take().job_id == job.pk


def lent_by(lender: Namespace, user: User, *, is_trusted: bool) -> WorkerPass:
    from hub.accounts.models import AccessToken

    make_token(user)
    token = AccessToken.objects.latest("pk")
    return WorkerPass.objects.create(
        token=token, lender=lender, is_trusted=is_trusted, queues=["cpu"], approved_at=now()
    )


# --- What becomes of it -----------------------------------------------------------------------------


def test_items_that_become_public_take_no_more_and_leave_the_answers_where_they_are(
    world: World, client: Client, follow: Callable[[], None]
) -> None:
    submit(world.submitter)
    run = run_to_its_end(client)
    owner = actor_for(world.owner)
    repositories.update_settings(owner, world.items, visibility="public")
    follow()
    with pytest.raises(InvalidInput, match="needs a private repository"):
        submit(world.submitter, model="acme/n")
    client.force_login(world.submitter)
    assert client.get(ITEMS).status_code == 200
    assert client.get(f"/jobs/{run.job_id}/withheld").status_code == 404
    assert client.get(f"/api/v1/runs/{run.pk}").json()["samples_repository"] == ""
    assert client.get(f"/datasets/{ANSWERS}").status_code == 404
    assert "has shown them since" in client.get(f"/runs/{run.pk}").content.decode()
    # Without the word it is a benchmark like others, and no column holds scores of before and after.
    before = run.benchmark_version.fingerprint
    commit_files(
        world.items,
        world.owner,
        {"benchmark.yaml": DECLARATION.replace("held_out: true\nsubmissions_per_day: 2\n", "")},
    )
    world.items.refresh_from_db()
    catalog.index_benchmark(world.items)
    job = submit(world.submitter, model="acme/n")
    assert not job.is_held_out
    assert job.spec["benchmark"]["fingerprint"] != before


@pytest.fixture
def follow() -> Callable[[], None]:
    from hub.activity.models import Event

    def follow() -> None:
        indexing.follow_visibility(Event.objects.filter(verb="repository.settings").latest("pk").pk)

    return follow


def test_it_cannot_be_deleted_under_what_was_submitted_to_it(world: World) -> None:
    job = submit(world.submitter)
    with pytest.raises(Conflict, match="cannot be deleted"):
        repositories.delete(actor_for(world.owner), world.items)
    job.refresh_from_db()
    assert Queue.objects.filter(jobs=job).exists()


def test_a_public_place_for_answers_takes_none(world: World) -> None:
    lab = Namespace.objects.get(name="lab")
    make_repository(lab, ANSWERS.partition("/")[2], "dataset")
    with pytest.raises(InvalidInput, match="no private place"):
        submit(world.submitter)


def test_a_disabled_one_is_not_there(world: World) -> None:
    Repository.objects.filter(pk=world.items.pk).update(is_disabled=True)
    with pytest.raises(NotFound):
        submit(world.submitter)
