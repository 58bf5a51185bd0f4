"""From runs of others, and words of people, to the state that stands beside a score."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from evals_app.compute import lending
from evals_app.jobs import requests
from evals_app.jobs import services as jobs
from evals_app.jobs.models import Job
from evals_app.leaderboards import services as leaderboards
from evals_app.runs import services as runs
from evals_app.runs.models import Run, ScoreState
from evals_app.trust import selectors, services
from evals_app.trust.models import Dispute, DisputeStatus
from evals_app.worker import telling
from hub.accounts.actors import ANONYMOUS
from hub.accounts.models import Role, TokenScope, User
from hub.activity.models import Event
from hub.core.errors import Conflict, InvalidInput, PermissionRefused, Unauthenticated
from hub.inbox import selectors as inbox
from tests.factories.accounts import actor_for, make_organization, make_user, token_actor
from tests.factories.jobs import evaluation_request, evaluation_result, make_evaluation

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return make_user("alice")


@pytest.fixture
def bob() -> User:
    return make_user("bob")


def first_run(alice: User) -> Run:
    return settled(make_evaluation(alice))


def again(user: User, bleu: float = 12.5, **changes: Any) -> Run:
    """The same measured for somebody else."""
    request = evaluation_request(user.username, "alice/m", "alice/translation")
    return settled(jobs.submit(actor_for(user), requests.parse(request)), bleu, **changes)


def settled(job: Job, bleu: float = 12.5, **settings: Any) -> Run:
    result = evaluation_result(bleu)
    result["tasks"][0]["settings"] |= settings
    (run,) = runs.record(job, result)
    services.settle(run.pk)
    run.refresh_from_db()
    return run


def state(run: Run) -> str:
    run.refresh_from_db()
    return run.state


def test_a_run_of_somebody_else_that_agrees_reproduces_both(alice: User, bob: User) -> None:
    first = first_run(alice)
    assert first.state == ScoreState.MEASURED
    assert state(again(bob)) == ScoreState.REPRODUCED
    assert state(first) == ScoreState.REPRODUCED


def test_ones_own_second_run_reproduces_nothing(alice: User) -> None:
    first = first_run(alice)
    again(alice)
    assert state(first) == ScoreState.MEASURED


def test_a_colleague_reproduces_nothing(alice: User, bob: User) -> None:
    acme = make_organization("acme", admin=alice, members={bob: Role.WRITE})
    first = settled(make_evaluation(acme))
    request = evaluation_request("bob", "acme/m", "acme/translation")
    settled(jobs.submit(actor_for(bob), requests.parse(request)))
    assert state(first) == ScoreState.MEASURED


def test_the_same_job_on_a_machine_that_others_lend_reproduces(alice: User, bob: User) -> None:
    first = first_run(alice)
    beta = make_organization("beta", admin=bob)
    issued = lending.issue(bob, "lent", ["cpu"], lender=beta, approved=True)
    job = make_evaluation(alice)
    Job.objects.filter(pk=job.pk).update(worker=lending.register(issued.worker_pass, {"name": "box"}))
    job.refresh_from_db()
    settled(job)
    assert state(first) == ScoreState.REPRODUCED


def test_other_settings_are_another_recipe_and_another_pace_is_not(alice: User, bob: User) -> None:
    first = first_run(alice)
    again(bob, dtype="bfloat16")
    assert state(first) == ScoreState.MEASURED
    again(bob, batch_size=1)
    assert state(first) == ScoreState.REPRODUCED


def test_a_contradiction_disputes_both_and_shows_both_numbers(alice: User, bob: User, client: Client) -> None:
    first = first_run(alice)
    second = again(bob, 20.0)
    (dispute,) = Dispute.objects.all()
    assert (dispute.run, dispute.against, dispute.opened_by) == (first, second, None)
    (gap,) = dispute.gaps
    assert (gap["metric"], gap["value"], gap["other"]) == ("bleu", 12.5, 20.0)
    assert state(first) == state(second) == ScoreState.DISPUTED
    services.settle(second.pk)
    assert Dispute.objects.count() == 1
    page = client.get(second.get_absolute_url()).content.decode()
    assert "12.5" in page
    assert "contradict" in page


def test_a_dismissed_contradiction_leaves_what_else_is_known(alice: User, bob: User) -> None:
    first, second = first_run(alice), again(bob, 20.0)
    again(make_user("carol"))
    assert state(first) == ScoreState.DISPUTED
    for dispute in Dispute.objects.all():
        services.resolve(actor_for(alice), dispute, "dismiss", "A broken machine.")
    assert (state(first), state(second)) == (ScoreState.REPRODUCED, ScoreState.MEASURED)


def test_a_private_run_says_nothing_about_public_ones(alice: User, bob: User) -> None:
    first = first_run(alice)
    second = again(bob, 20.0)
    Dispute.objects.all().delete()
    Run.objects.filter(pk=second.pk).update(is_private=True)
    services.settle(second.pk)
    services.settle(first.pk)
    assert state(first) == ScoreState.MEASURED


def test_a_dispute_is_opened_answered_and_decided_and_each_is_told(alice: User, bob: User) -> None:
    carol = make_user("carol")
    run = first_run(alice)
    dispute = services.open_dispute(actor_for(bob), run, "  The prompt leaks the answer. ")
    assert state(run) == ScoreState.DISPUTED
    services.answer(actor_for(alice), dispute, "It does not.")
    services.resolve(actor_for(alice), dispute, "uphold", "It does.")
    dispute.refresh_from_db()
    assert (dispute.reason, dispute.answer) == ("The prompt leaks the answer.", "It does not.")
    assert (dispute.status, dispute.resolved_by) == (DisputeStatus.UPHELD, alice)
    assert state(run) == ScoreState.DISPUTED
    for event in Event.objects.filter(verb__startswith="dispute."):
        telling.notify(event.pk)
    told = {user: inbox.notifications_of(actor_for(user)).count() for user in (alice, bob, carol)}
    assert told == {alice: 1, bob: 2, carol: 0}


def test_who_opened_it_may_withdraw(alice: User, bob: User) -> None:
    run = first_run(alice)
    dispute = services.open_dispute(actor_for(bob), run, "No.")
    with pytest.raises(PermissionRefused):
        services.resolve(actor_for(make_user("carol")), dispute, "withdraw")
    services.resolve(actor_for(bob), dispute, "withdraw")
    assert state(run) == ScoreState.MEASURED
    dispute.refresh_from_db()
    with pytest.raises(Conflict):
        services.answer(actor_for(alice), dispute, "Late.")


def test_texts_are_bounded_and_each_person_doubts_once(alice: User, bob: User) -> None:
    run, actor = first_run(alice), actor_for(bob)
    for text in ("", "   ", "x" * 2001):
        with pytest.raises(InvalidInput):
            services.open_dispute(actor, run, text)
    services.open_dispute(actor, run, "No.")
    with pytest.raises(Conflict):
        services.open_dispute(actor, run, "No again.")
    with pytest.raises(Unauthenticated):
        services.open_dispute(ANONYMOUS, run, "No.")
    with pytest.raises(PermissionRefused):
        services.open_dispute(token_actor(bob, TokenScope.READ), run, "No.")


def test_only_the_owner_answers_and_only_the_benchmark_decides(alice: User, bob: User) -> None:
    run = first_run(alice)
    dispute = services.open_dispute(actor_for(bob), run, "No.")
    for act in (
        lambda: services.answer(actor_for(bob), dispute, "Yes."),
        lambda: services.resolve(actor_for(bob), dispute, "dismiss", "Yes."),
    ):
        with pytest.raises(PermissionRefused):
            act()


def test_boards_and_their_files_say_the_state_and_filter_by_it(
    alice: User, bob: User, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    run = first_run(alice)
    services.open_dispute(actor_for(bob), run, "No.")
    leaderboards.refresh_for_run(run.pk)
    leaderboards.catch_up()
    (board,) = leaderboards.ensure_boards(run.benchmark_version.benchmark)
    address = board.get_absolute_url()
    assert "badge-bad" in client.get(address).content.decode()
    assert "alice/m" in client.get(f"{address}?state=disputed").content.decode()
    assert "Compare alice/m" not in client.get(f"{address}?state=reproduced").content.decode()
    found = client.get(f"/api/v1/leaderboards/{board.slug}?state=disputed").json()["entries"]
    assert [entry["state"] for entry in found] == ["disputed"]
    assert [cell["state"] for cell in found[0]["cells"].values()] == ["disputed"] * 2
    assert client.get(f"/api/v1/leaderboards/{board.slug}?state=measured").json()["entries"] == []
    assert b"disputed" in b"".join(client.get(f"{address}/export.csv"))
    assert client.get("/api/v1/runs?state=disputed").json()["results"][0]["state"] == "disputed"
    with django_assert_num_queries(1):
        selectors.marking([run.pk])
