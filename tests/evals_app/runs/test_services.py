"""What was measured, written down once."""

from __future__ import annotations

from typing import Any

import pytest

from evals_app.jobs.models import Job
from evals_app.runs import selectors, services
from evals_app.runs.models import Run
from hub.accounts.actors import ANONYMOUS
from hub.accounts.models import User
from hub.core.errors import InvalidInput
from models_app.repositories import services as repositories
from tests.factories.accounts import actor_for, make_user
from tests.factories.jobs import evaluation_result, make_evaluation
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db


@pytest.fixture
def job() -> Job:
    return make_evaluation(make_user("alice"))


def test_it_keeps_everything_a_number_depends_on(job: Job) -> None:
    (run,) = services.record(job, evaluation_result())
    assert run.model_commit == job.spec["model"]["commit"]
    assert run.dataset_commit == job.spec["benchmark"]["commit"]
    assert run.benchmark_version.fingerprint == job.spec["benchmark"]["fingerprint"]
    assert (run.harness, run.harness_version, run.task_version) == ("lm-evaluation-harness", "0.4.13", "1")
    values = {value.metric: (value.value, value.stderr, value.unit) for value in run.values.all()}
    assert values == {"bleu": (12.5, 1.0, "points"), "chrf": (30.0, None, "points")}


def broken(**changes: Any) -> dict[str, Any]:
    result = evaluation_result()
    result["tasks"][0] |= changes
    return result


@pytest.mark.parametrize(
    "result",
    [
        {},
        {"harness": "x", "harness_version": "1", "tasks": []},
        broken(task="another"),
        broken(values=[]),
        broken(values=[{"metric": "bleu", "value": 1.0}]),
        broken(values=[{"metric": "bleu", "value": float("nan")}, {"metric": "chrf", "value": 1.0}]),
        broken(sample_count=0),
        broken(duration_seconds="long"),
    ],
)
def test_it_refuses_results_that_are_not_what_was_asked(job: Job, result: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        services.record(job, result)
    assert not Run.objects.exists()


def test_it_shows_runs_only_as_long_as_their_model_may_be_read(job: Job) -> None:
    alice = User.objects.get(username="alice")
    (run,) = services.record(job, evaluation_result())
    assert list(selectors.runs_visible_to(ANONYMOUS)) == [run]
    assert run.model is not None
    repositories.update_settings(actor_for(alice), run.model, visibility="private")
    assert list(selectors.runs_visible_to(ANONYMOUS)) == []
    assert list(selectors.runs_visible_to(actor_for(alice))) == [run]


def test_it_keeps_runs_of_private_models_private() -> None:
    alice = make_user("ann")
    make_repository(alice, "secret", private=True)
    (run,) = services.record(make_evaluation(alice, model="secret"), evaluation_result())
    assert run.is_private
    assert list(selectors.runs_visible_to(ANONYMOUS)) == []


def test_it_keeps_the_names_when_the_model_is_deleted(job: Job) -> None:
    alice = User.objects.get(username="alice")
    (run,) = services.record(job, evaluation_result())
    assert run.model is not None
    repositories.delete(actor_for(alice), run.model)
    run.refresh_from_db()
    assert (run.model, run.model_name) == (None, "alice/m")


def test_it_lists_in_few_queries(job: Job, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    services.record(job, evaluation_result())
    with django_assert_max_num_queries(2):
        assert [len(run.values.all()) for run in selectors.runs_visible_to(ANONYMOUS)] == [2]
