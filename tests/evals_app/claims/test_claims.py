"""What cards say, beside what was measured; and how a measurement comes to a card."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from django.conf import settings
from django.test import Client

from evals_app.claims import matching, publishing, selectors, services
from evals_app.claims.models import Claim, Publication
from evals_app.leaderboards import services as leaderboards
from evals_app.runs import services as runs
from evals_app.runs.models import Run, ScoreState
from evals_app.worker import indexing
from hub.accounts.actors import ANONYMOUS
from hub.accounts.models import User
from hub.activity.models import Event
from hub.core.errors import Conflict, InvalidInput, Unauthenticated
from models_app.cards import claims as cards
from models_app.cards import evaluations
from models_app.discussions import pull_requests
from models_app.repositories import selectors as repositories
from models_app.repositories.models import Repository
from tests.factories.accounts import actor_for, make_token, make_user
from tests.factories.jobs import evaluation_result, make_benchmark, make_evaluation
from tests.factories.repositories import commit_files, make_repository

pytestmark = pytest.mark.django_db

METRICS = [{"name": "acc", "primary": True, "range": [0, 1]}, {"name": "bleu", "primary": False}]
TASK = {"name": "t", "metrics": METRICS}
FILE = ".eval_results/alice-translation.yaml"
CARD = """---
model-index:
- name: m
  results:
  - task: {{type: translation}}
    dataset: {{type: alice/translation, name: Ours}}
    metrics: [{{type: bleu, value: {value}}}]
---
"""


@pytest.fixture
def alice() -> User:
    return make_user("alice")


def claiming(owner: User, value: float, name: str = "m") -> Repository:
    files = {"README.md": CARD.format(value=value), "config.json": "{}"}
    model = make_repository(owner, name, files=files)
    follow(model)
    return model


def follow(model: Repository) -> None:
    """As the worker does with the event of the newest commit."""
    indexing.import_claims(Event.objects.filter(verb="commit", thing_id=str(model.pk)).latest("pk").pk)
    model.refresh_from_db()


def measured(owner: User) -> Run:
    (run,) = runs.record(make_evaluation(owner), evaluation_result())
    return run


def model_m() -> Repository:
    return Repository.objects.select_related("namespace").get(name="m")


def entries(model: Repository) -> list[Any]:
    model.refresh_from_db()
    found: list[Any] = yaml.safe_load(repositories.read_small(model, model.head, FILE) or b"")
    return found


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (("d", "t", "acc", 0.9), ("t", "acc", 0.9)),
        (("d", "", "Accuracy", 90.0), ("t", "acc", 0.9)),
        (("d", "", "", 0.9), ("t", "acc", 0.9)),
        (("d", "t", "sacreBLEU", 30.0), ("t", "bleu", 30.0)),
        (("d", "t", "f1", 0.9), None),
        (("d", "t", "acc", None), None),
    ],
)
def test_names_and_scales_are_matched(claim: tuple[str, str, str, float | None], expected: object) -> None:
    dataset, task, metric, number = claim
    found = matching.match(cards.Claim(dataset, task, metric, "x", number), [TASK])
    assert (found and (found.task, found.metric, found.scaled)) == expected


def test_a_commit_brings_its_claims_and_takes_those_that_the_card_drops(alice: User, client: Client) -> None:
    benchmark = make_benchmark(alice)
    model = claiming(alice, 55.0)
    (claim,) = Claim.objects.all()
    assert (claim.benchmark, claim.matched_task, claim.matched_metric) == (benchmark, "en-fr", "bleu")
    assert (claim.scaled, claim.commit) == (55.0, model.head)
    assert "Reported by the author" in client.get("/alice/m").text
    commit_files(model, alice, {"README.md": "# Nothing"})
    follow(model)
    assert not Claim.objects.exists()
    assert "Reported by the author" not in client.get("/alice/m").text


def test_a_benchmark_that_comes_later_finds_its_claims(alice: User) -> None:
    claiming(alice, 55.0)
    assert Claim.objects.get().benchmark is None
    benchmark = make_benchmark(alice)
    services.match_again(benchmark)
    assert Claim.objects.get().benchmark == benchmark


@pytest.mark.parametrize(("value", "told"), [(55.0, True), (13.0, False)])
def test_a_measurement_that_contradicts_a_claim_is_said_so(
    alice: User, client: Client, value: float, told: bool
) -> None:
    make_benchmark(alice)
    claiming(alice, value)
    measured(alice)
    assert ("contradicted" in client.get("/alice/m").text) is told


def test_boards_show_claims_only_to_those_who_ask_and_never_rank_them(alice: User, client: Client) -> None:
    make_benchmark(alice)
    run = measured(alice)
    claiming(alice, 99.0, "boaster")
    claiming(alice, 98.0, "shy")
    Repository.objects.filter(name="shy").update(visibility="private")
    leaderboards.refresh_for_run(run.pk)
    leaderboards.catch_up()
    (board,) = leaderboards.ensure_boards(run.benchmark_version.benchmark)
    assert "boaster" not in client.get(board.get_absolute_url()).text
    page = client.get(f"{board.get_absolute_url()}?claims").text
    assert "alice/boaster" in page
    assert "alice/shy" not in page
    answer = client.get(f"/api/v1/leaderboards/{board.slug}?claims=true").json()
    assert [entry["model"] for entry in answer["entries"]] == ["alice/m"]
    assert [(claim["model"], claim["value"], claim["state"]) for claim in answer["claims"]] == [
        ("alice/boaster", 99.0, "claimed")
    ]
    assert "claims" not in client.get(f"/api/v1/leaderboards/{board.slug}").json()


def test_a_score_is_published_once_and_known_again_when_merged(alice: User, client: Client) -> None:
    run = measured(alice)
    headers = {"Authorization": f"Bearer {make_token(make_user('bob'))}"}
    assert client.post(f"/api/v1/runs/{run.pk}/publish", headers=headers).status_code == 201
    assert client.post(f"/api/v1/runs/{run.pk}/publish", headers=headers).status_code == 409
    discussion = Publication.objects.get().discussion
    assert discussion is not None
    pull_requests.merge(actor_for(alice), discussion)
    model = model_m()
    (entry,) = entries(model)
    assert entry["dataset"] == {"id": "alice/translation", "task_id": "en-fr", "revision": run.dataset_commit}
    assert entry["value"] == 12.5
    assert entry["source"]["url"] == f"{settings.PUBLIC_URL}/runs/{run.pk}"
    follow(model)
    assert Claim.objects.get().run == run
    assert selectors.told_by(ANONYMOUS, model) == []
    assert "Pull request" in client.get(run.get_absolute_url()).text


def test_an_entry_that_names_our_run_with_another_number_stays_a_claim(alice: User) -> None:
    run = measured(alice)
    model = model_m()
    entry = publishing.entry_of(run) | {"value": 99.0}
    commit_files(model, alice, {".eval_results/x.yaml": yaml.safe_dump([entry])})
    follow(model)
    claim = Claim.objects.get()
    assert (claim.run, claim.value, claim.matched_metric) == (None, 99.0, "bleu")


def verified(client: Client, **headers: str) -> list[bool]:
    """As clients are told, of one model and in a list."""
    info = client.get("/api/models/alice/m?expand=evalResults", headers=headers).json()
    (row,) = client.get("/api/models?author=alice&expand=evalResults", headers=headers).json()
    assert row["evalResults"] == info["evalResults"]
    return [entry["verified"] for entry in info["evalResults"]]


def test_clients_are_told_which_results_the_hub_measured(
    alice: User, client: Client, django_assert_num_queries: Any
) -> None:
    run = measured(alice)
    model = model_m()
    ours = publishing.entry_of(run)
    theirs = {"dataset": {"id": "x/y", "task_id": "z"}, "value": 1}
    other_revision = ours | {"dataset": {**ours["dataset"], "revision": "f" * 40}}
    other_number = ours | {"value": ours["value"] + 0.01}
    elsewhere = ours | {"source": {"url": ours["source"]["url"].replace("http://", "http://evil.")}}
    other_task = ours | {"dataset": {**ours["dataset"], "task_id": "fr-en"}}
    entries = [ours, theirs, other_revision, other_number, elsewhere, other_task]
    commit_files(model, alice, {FILE: yaml.safe_dump(entries)})
    assert verified(client) == [True, False, False, False, False, False]
    model.refresh_from_db()
    with django_assert_num_queries(2):
        evaluations.told(ANONYMOUS, [model])
    elsewhere_model = make_repository(alice, "copy", files={FILE: yaml.safe_dump([ours])})
    told = evaluations.told(ANONYMOUS, [model, elsewhere_model])
    assert [entry["verified"] for entry in told[elsewhere_model.pk]] == [False]


@pytest.mark.parametrize(
    "columns", [{"sample_limit": 1}, {"state": ScoreState.DISPUTED}, {"is_private": True}]
)
def test_what_would_not_be_published_is_not_verified(
    alice: User, client: Client, columns: dict[str, object]
) -> None:
    run = measured(alice)
    commit_files(model_m(), alice, {FILE: yaml.safe_dump([publishing.entry_of(run)])})
    Run.objects.filter(pk=run.pk).update(**columns)
    assert verified(client) == [False]
    # A private run is known to its owner.
    told = verified(client, Authorization=f"Bearer {make_token(alice)}")
    assert told == ["is_private" in columns]


def test_the_entries_of_others_stay_and_an_older_one_of_ours_goes(alice: User) -> None:
    make_benchmark(alice)
    first, second = measured(alice), measured(alice)
    model = model_m()
    theirs = {"dataset": {"id": "x/y", "task_id": "z"}, "value": 1}
    commit_files(model, alice, {FILE: yaml.safe_dump([theirs, publishing.entry_of(first)])})
    pull_requests.merge(actor_for(alice), publishing.publish(actor_for(alice), second))
    found = entries(model)
    assert found[0] == theirs
    assert [entry["source"]["url"] for entry in found[1:]] == [f"{settings.PUBLIC_URL}/runs/{second.pk}"]


@pytest.mark.parametrize(
    "columns", [{"sample_limit": 1}, {"state": ScoreState.DISPUTED}, {"is_private": True}, {"model": None}]
)
def test_what_nobody_should_read_on_a_card_is_not_published(alice: User, columns: dict[str, object]) -> None:
    run = measured(alice)
    for name, value in columns.items():
        setattr(run, name, value)
    with pytest.raises(InvalidInput):
        publishing.publish(actor_for(alice), run)
    assert not Publication.objects.exists()


def test_a_broken_file_of_results_is_not_overwritten(alice: User) -> None:
    run = measured(alice)
    commit_files(model_m(), alice, {FILE: "not: a list"})
    with pytest.raises(Conflict):
        publishing.publish(actor_for(alice), run)
    with pytest.raises(Unauthenticated):
        publishing.publish(ANONYMOUS, run)
