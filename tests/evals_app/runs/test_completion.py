"""What the end of a job sets in motion."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings

from evals_app.jobs import requests, services
from evals_app.jobs.exchange import Ending, Lease, Outcome
from evals_app.jobs.models import Job, JobState
from evals_app.runs import completion
from evals_app.runs.models import Run
from hub.accounts.models import AccessToken, User
from models_app.mirrors import selectors as mirrors
from tests.factories.accounts import actor_for, make_user
from tests.factories.jobs import evaluation_result, make_evaluation, make_queues, make_worker
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db

COMMIT = "c" * 40


@pytest.fixture
def alice() -> User:
    return make_user("alice")


def take() -> Lease:
    lease = services.lease_next(make_worker(), ["cpu"])
    assert lease is not None
    return lease


def end(lease: Lease, result: dict[str, Any]) -> Job:
    outcome = Outcome(Ending.SUCCEEDED, result=result, exit_code=0)
    assert completion.complete(lease.job_id, lease.lease, outcome)
    return Job.objects.get(pk=lease.job_id)


def pull(alice: User, monkeypatch: pytest.MonkeyPatch) -> Lease:
    monkeypatch.setattr(settings, "UPSTREAM_HUBS", ["https://huggingface.co"])
    make_queues()
    request = {"kind": "pull", "owner": "alice", "upstream": "https://huggingface.co", "source": "org/name"}
    services.submit(actor_for(alice), requests.parse({**request, "output": "alice/copy"}))
    return take()


def test_it_records_runs_together_with_the_end(alice: User) -> None:
    make_evaluation(alice)
    job = end(take(), evaluation_result())
    assert job.state == JobState.SUCCEEDED
    assert Run.objects.get().job == job


def test_it_fails_a_job_whose_result_cannot_be_recorded_and_keeps_none_of_it(alice: User) -> None:
    make_evaluation(alice)
    result = evaluation_result()
    result["tasks"][0]["values"] = [{"metric": "bleu", "value": 1.0}]
    job = end(take(), result)
    assert (job.state, job.error_code) == (JobState.FAILED, "result-invalid")
    assert "lacks chrf" in job.error_message
    assert job.result == {}
    assert not Run.objects.exists()
    assert not AccessToken.objects.filter(job_id=job.pk, revoked_at=None).exists()


def test_it_does_nothing_for_a_supervisor_that_lost_its_lease(alice: User) -> None:
    make_evaluation(alice)
    lease = take()
    outcome = Outcome(Ending.SUCCEEDED, result=evaluation_result())
    assert not completion.complete(lease.job_id, "other", outcome)
    assert not Run.objects.exists()


def test_it_remembers_where_a_pull_came_from(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    lease = pull(alice, monkeypatch)
    repository = make_repository(alice, "copy")
    job = end(lease, {"output": "alice/copy", "commit": COMMIT, "source_commit": "d" * 40})
    origin = mirrors.origin_of(repository)
    assert job.state == JobState.SUCCEEDED
    assert origin is not None
    assert (origin.endpoint, origin.source_id, origin.job_id) == (
        "https://huggingface.co",
        "org/name",
        job.pk,
    )


@pytest.mark.parametrize(
    "result", [{}, {"commit": COMMIT}, {"commit": COMMIT, "source_commit": "d" * 40}, {"tasks": []}]
)
def test_it_fails_a_pull_that_left_nothing_to_remember(
    alice: User, monkeypatch: pytest.MonkeyPatch, result: dict[str, Any]
) -> None:
    job = end(pull(alice, monkeypatch), result)
    assert (job.state, job.error_code) == (JobState.FAILED, "result-invalid")
