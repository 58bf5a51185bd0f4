"""The life of a job, through the services that doors and supervisors call."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.db.models import Sum

from evals_app.compute.models import DeviceTime, Worker
from evals_app.jobs import requests, selectors, services, waiting
from evals_app.jobs.exchange import Ending, Environment, Lease, LogText, Metric, Outcome, Progress
from evals_app.jobs.failures import Failure, FailureCode
from evals_app.jobs.models import Job, JobMetric, JobState
from evals_app.runs import completion
from evals_app.runs.models import Run
from hub.accounts.models import AccessToken, Role, User
from hub.activity.models import Event
from hub.core.clock import now
from hub.core.errors import (
    Conflict,
    GatedRepository,
    HubError,
    InvalidInput,
    PermissionRefused,
    RepositoryNotFound,
)
from models_app.repositories import gating
from models_app.repositories import services as repositories
from tests.factories.accounts import actor_for, make_organization, make_user, token_actor
from tests.factories.jobs import (
    evaluation_request,
    evaluation_result,
    make_benchmark,
    make_evaluation,
    make_queues,
    make_worker,
)
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db

KILLED = Outcome(Ending.FAILED, failure=Failure(FailureCode.KILLED, "SIGKILL"), exit_code=-9)


@pytest.fixture
def alice() -> User:
    return make_user("alice")


def take(name: str = "cpu@here") -> Lease:
    lease = services.lease_next(make_worker(name), ["cpu"])
    assert lease is not None
    return lease


def test_it_pins_revisions_and_remembers_what_may_be_read_and_written(alice: User) -> None:
    job = make_evaluation(alice)
    assert job.state == JobState.QUEUED
    assert len(job.spec["model"]["commit"]) == 40
    assert job.spec["tasks"][0]["name"] == "en-fr"
    assert job.spec["settings"]["batch_size"] == 8
    assert job.reads == ["model:alice/m", "dataset:alice/translation"]
    assert job.writes == ["dataset:alice/m-evaluations"]


def test_it_gives_the_engine_a_token_for_exactly_its_repositories_until_the_end(alice: User) -> None:
    job = make_evaluation(alice)
    lease = take()
    token = AccessToken.objects.get(job_id=job.pk)
    assert {grant["on"] for grant in token.grants} == {
        "public",
        "repository:model:alice/m",
        "repository:dataset:alice/translation",
        "repository:dataset:alice/m-evaluations",
    }
    services.finish(lease.job_id, lease.lease, Outcome(Ending.SUCCEEDED, result={}))
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_it_never_leases_a_job_twice(alice: User) -> None:
    make_evaluation(alice)
    take("one@here")
    assert services.lease_next(make_worker("two@here"), ["cpu"]) is None


def test_it_records_what_the_engine_says(alice: User) -> None:
    job = make_evaluation(alice)
    lease = take()
    events = [
        LogText("loading\r\n"),
        Progress(0.5, "half"),
        Metric(1, {"loss": 2.0}),
        Metric(1, {"loss": 1.5}),
        Environment({"torch": "2.13.0"}),
    ]
    verdict = services.heartbeat(lease.job_id, lease.lease, events=events)
    job.refresh_from_db()
    assert verdict.alive
    assert not verdict.cancel
    assert (job.progress, job.progress_text, job.environment) == (0.5, "half", {"torch": "2.13.0"})
    assert [chunk.text for chunk in selectors.log_after(job)] == ["loading\n"]
    assert JobMetric.objects.get(name="loss").value == 1.5


def test_it_tells_a_supervisor_that_lost_its_lease_to_stop_and_keeps_nothing_of_it(alice: User) -> None:
    job = make_evaluation(alice)
    take()
    assert not services.heartbeat(job.pk, "another", events=[LogText("late")]).alive
    assert not services.finish(job.pk, "another", Outcome(Ending.SUCCEEDED, result={}))
    assert selectors.log_after(job) == []


def test_it_cuts_an_endless_log_with_a_notice(alice: User) -> None:
    job = make_evaluation(alice)
    lease = take()
    for _ in range(3):
        services.heartbeat(lease.job_id, lease.lease, events=[LogText("x" * 2_400_000)])
    text = "".join(chunk.text for chunk in selectors.log_after(job))
    assert 5_000_000 < len(text) < 5_000_200
    assert text.endswith("five million characters.]\n")


def test_it_puts_a_killed_job_back_until_its_attempts_are_used(alice: User) -> None:
    job = make_evaluation(alice)
    for attempt in (1, 2, 3):
        lease = take()
        assert lease.attempt == lease.spec["attempt"] == attempt
        services.finish(lease.job_id, lease.lease, KILLED)
        Job.objects.filter(pk=job.pk).update(not_before=None)
    job.refresh_from_db()
    assert (job.state, job.error_code, job.exit_code) == (JobState.FAILED, "killed", -9)


def test_it_does_not_retry_what_would_only_fail_again(alice: User) -> None:
    job = make_evaluation(alice)
    lease = take()
    failure = Failure(FailureCode.BAD_INPUT, "no such column")
    services.finish(lease.job_id, lease.lease, Outcome(Ending.FAILED, failure=failure, exit_code=1))
    job.refresh_from_db()
    assert (job.state, job.error_message) == (JobState.FAILED, "no such column")


def test_it_does_not_count_an_attempt_that_a_stopping_worker_gives_back(alice: User) -> None:
    job = make_evaluation(alice)
    lease = take()
    services.finish(lease.job_id, lease.lease, Outcome(Ending.GIVEN_BACK))
    job.refresh_from_db()
    assert (job.state, job.attempt, job.lease) == (JobState.QUEUED, 0, "")


def test_it_frees_jobs_of_lost_workers_and_fences_them_off(alice: User) -> None:
    job = make_evaluation(alice)
    lease = take()
    Job.objects.filter(pk=job.pk).update(lease_until=now() - timedelta(seconds=1))
    Worker.objects.update(heartbeat_at=now() - timedelta(minutes=1))
    services.sweep()
    job.refresh_from_db()
    assert (job.state, job.error_code) == (JobState.QUEUED, "lost-worker")
    assert not services.heartbeat(lease.job_id, lease.lease).alive


def test_it_tells_a_lost_hold_from_a_lost_worker(alice: User) -> None:
    job = make_evaluation(alice)
    take()
    Job.objects.filter(pk=job.pk).update(lease_until=now() - timedelta(seconds=1))
    services.sweep()
    job.refresh_from_db()
    assert (job.state, job.error_code) == (JobState.QUEUED, "lost-lease")


def test_it_waits_longer_after_each_failed_attempt_and_says_so(alice: User) -> None:
    job = make_evaluation(alice)
    pauses = []
    for _ in range(2):
        lease = take()
        services.finish(lease.job_id, lease.lease, KILLED)
        job.refresh_from_db()
        assert job.not_before is not None
        pauses.append(round((job.not_before - job.queued_at).total_seconds()))
        assert services.lease_next(make_worker(), ["cpu"]) is None
        told = waiting.waiting_reason(job)
        assert (told.code, told.place) == ("back-off", 1)
        assert "The engine was killed" in told.text
        Job.objects.filter(pk=job.pk).update(not_before=now())
    assert pauses == [5, 10]


def test_it_counts_a_result_once_however_late_a_second_report_comes(alice: User) -> None:
    """The first supervisor lost its lease; its report comes after, and again after, the second's."""
    job = make_evaluation(alice)
    first = take()
    Job.objects.filter(pk=job.pk).update(lease_until=now() - timedelta(seconds=1))
    services.sweep()
    Job.objects.filter(pk=job.pk).update(not_before=None)
    second = take("other@here")
    outcome = Outcome(Ending.SUCCEEDED, result=evaluation_result(), exit_code=0)
    assert not completion.complete(job.pk, first.lease, outcome)
    assert completion.complete(job.pk, second.lease, outcome)
    assert not completion.complete(job.pk, first.lease, outcome)
    assert not completion.complete(job.pk, second.lease, outcome)
    assert Run.objects.filter(job=job).count() == 1
    charged = DeviceTime.objects.filter(is_charged=True).aggregate(jobs=Sum("jobs"))
    assert charged == {"jobs": 1}
    assert [m.to_state for m in selectors.transitions_of(job)].count("succeeded") == 1


def test_it_cancels_a_waiting_job_at_once(alice: User) -> None:
    job = services.cancel(actor_for(alice), make_evaluation(alice))
    assert job.state == JobState.CANCELLED
    assert services.lease_next(make_worker(), ["cpu"]) is None
    with pytest.raises(Conflict):
        services.cancel(actor_for(alice), job)


def test_it_asks_the_supervisor_of_a_running_job_to_end_it(alice: User) -> None:
    job = make_evaluation(alice)
    lease = take()
    assert services.cancel(actor_for(alice), job).state == JobState.RUNNING
    assert services.heartbeat(lease.job_id, lease.lease).cancel
    services.finish(lease.job_id, lease.lease, Outcome(Ending.CANCELLED))
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED


def test_it_does_not_start_a_job_again_whose_worker_died_after_the_cancel(alice: User) -> None:
    job = make_evaluation(alice)
    take()
    services.cancel(actor_for(alice), job)
    Job.objects.filter(pk=job.pk).update(lease_until=now() - timedelta(seconds=1))
    services.sweep()
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED


def test_it_starts_the_only_job_of_one_before_the_many_of_another() -> None:
    crowd, single = make_organization("crowd"), make_organization("single")
    for _ in range(4):
        make_evaluation(crowd)
    take("one@here")
    alone = make_evaluation(single)
    assert take("two@here").job_id == alone.pk


def test_it_records_each_move_once_with_an_event(alice: User) -> None:
    job = make_evaluation(alice)
    lease = take()
    services.finish(lease.job_id, lease.lease, Outcome(Ending.SUCCEEDED, result={}))
    moves = [(move.from_state, move.to_state) for move in selectors.transitions_of(job)]
    assert moves == [("", "queued"), ("queued", "running"), ("running", "succeeded")]
    verbs = Event.objects.filter(thing_kind="job").order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["job.submitted", "job.running", "job.succeeded"]


def test_it_hides_private_models_of_others_as_if_they_did_not_exist(alice: User) -> None:
    bob = make_user("bob")
    make_queues()
    make_benchmark(bob)
    make_repository(alice, "secret", private=True)
    for model in ("alice/secret", "alice/missing"):
        request = evaluation_request("bob", model, "bob/translation")
        with pytest.raises(RepositoryNotFound):
            services.submit(actor_for(bob), requests.parse(request))
    assert not Job.objects.exists()


def test_it_measures_a_gated_model_only_for_those_who_were_let_in(alice: User) -> None:
    bob = make_user("bob")
    make_queues()
    make_benchmark(bob)
    gated = repositories.update_settings(actor_for(alice), make_repository(alice, "gated"), gating="manual")
    request = requests.parse(evaluation_request("bob", "alice/gated", "bob/translation"))
    with pytest.raises(GatedRepository) as refused:
        services.submit(actor_for(bob), request)
    assert refused.value.fields["field"] == "model"
    gating.grant(actor_for(alice), gated, bob)
    assert services.submit(actor_for(bob), request).spec["model"]["id"] == "alice/gated"


def test_it_makes_jobs_and_samples_of_private_models_private(alice: User) -> None:
    make_repository(alice, "secret", private=True)
    job = make_evaluation(alice, model="secret")
    assert job.is_private
    assert job.spec["private"]
    assert job.writes == ["dataset:alice/secret-evaluations-private"]


def test_it_refuses_unknown_tasks_and_names_the_known(alice: User) -> None:
    with pytest.raises(InvalidInput, match=r"no task “de-fr”. Tasks: en-fr") as caught:
        make_evaluation(alice, tasks=["de-fr"])
    assert caught.value.fields["field"] == "tasks"


def test_it_lets_only_writers_submit_for_an_organization(alice: User) -> None:
    reader = make_user("reader")
    acme = make_organization("acme", admin=alice, members={reader: Role.CONTRIBUTOR})
    make_evaluation(acme)
    request = requests.parse(evaluation_request("acme", "acme/m", "acme/translation"))
    with pytest.raises(PermissionRefused):
        services.submit(actor_for(reader), request)
    with pytest.raises(PermissionRefused):
        services.submit(token_actor(alice, "read"), request)
    services.submit(token_actor(alice, "write"), request)


def test_it_refuses_outputs_where_one_may_not_create(alice: User) -> None:
    make_queues()
    make_repository(alice, "pairs", "dataset", files={"train.jsonl": "{}"})
    make_organization("acme")
    request = {
        "kind": "fine-tune",
        "owner": "alice",
        "recipe": "seq2seq",
        "init": {"architecture": "t5"},
        "dataset": "alice/pairs",
        "output": "acme/stolen",
    }
    with pytest.raises(PermissionRefused):
        services.submit(actor_for(alice), requests.parse(request))
    job = services.submit(actor_for(alice), requests.parse({**request, "output": "alice/tuned"}))
    assert job.spec["init"]["hidden"] == 128
    assert job.writes == ["model:alice/tuned"]


def test_it_pulls_only_from_listed_hubs(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "UPSTREAM_HUBS", ["https://huggingface.co"])
    make_queues()
    request = {"kind": "pull", "owner": "alice", "source": "org/name", "output": "alice/name"}
    with pytest.raises(InvalidInput, match="not allowed here"):
        services.submit(actor_for(alice), requests.parse({**request, "upstream": "http://169.254.169.254"}))
    job = services.submit(
        actor_for(alice), requests.parse({**request, "upstream": "https://huggingface.co/"})
    )
    assert job.spec["upstream"] == "https://huggingface.co"


def test_it_repeats_a_job_at_the_same_commits(alice: User) -> None:
    job = make_evaluation(alice)
    again = services.rerun(actor_for(alice), job)
    assert again.rerun_of == job
    assert again.spec["model"] == job.spec["model"]
    assert again.spec["tasks"] == job.spec["tasks"]


def test_it_shows_private_jobs_to_members_only(alice: User) -> None:
    make_repository(alice, "secret", private=True)
    job = make_evaluation(alice, model="secret")
    stranger = actor_for(make_user("eve"))
    assert list(selectors.jobs_visible_to(stranger)) == []
    assert list(selectors.jobs_visible_to(actor_for(alice))) == [job]
    assert selectors.get_job_for(actor_for(alice), job.pk) == job
    for missing in (job.pk, uuid4(), "nonsense"):
        with pytest.raises(Exception, match="There is no job"):
            selectors.get_job_for(stranger, missing)


def test_it_leases_with_few_queries(alice: User, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    for _ in range(5):
        make_evaluation(alice)
    worker = make_worker()
    with django_assert_max_num_queries(25):
        services.lease_next(worker, ["cpu"])


class TestModelsThatCannotBeMeasured:
    @pytest.mark.parametrize(
        ("files", "sentence"),
        [
            (
                {"config.json": "{}", "pytorch_model.bin": "x"},
                "call save_pretrained, and upload the model.safetensors",
            ),
            ({"config.json": "{}", "model.safetensors": "x"}, "m has no tokenizer. Upload the files"),
            (
                {"adapter_config.json": "{}", "adapter_model.safetensors": "x"},
                "names no base model of this hub",
            ),
            (
                {
                    "adapter_config.json": '{"base_model_name_or_path": "alice/absent"}',
                    "adapter_model.safetensors": "x",
                },
                "There is no model alice/absent",
            ),
        ],
    )
    def test_it_says_why_before_there_is_a_job(self, files: dict[str, str], sentence: str) -> None:
        alice = make_user("alice")
        make_repository(alice, "m", files=files)
        with pytest.raises(HubError) as caught:
            make_evaluation(alice)
        assert sentence in caught.value.message
        assert caught.value.fields["field"] == "model"

    def test_it_pins_the_base_of_an_adapter_and_hides_with_it(self) -> None:
        alice = make_user("alice")
        base = make_repository(alice, "base", "model", True, {"config.json": "{}"})
        base.refresh_from_db()
        config = '{"base_model_name_or_path": "alice/base"}'
        make_repository(alice, "m", files={"adapter_config.json": config, "adapter_model.safetensors": "x"})
        job = make_evaluation(alice)
        assert job.spec["base_model"] == {"id": "alice/base", "commit": base.head}
        assert "model:alice/base" in job.reads
        assert job.is_private
