"""From a recorded run to the flag beside its score."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from django.test import Client

from evals_app.contamination import selectors, services
from evals_app.contamination.models import CheckState, OverlapCheck
from evals_app.contamination.selectors import Flag
from evals_app.leaderboards import services as leaderboards
from evals_app.runs import services as runs
from evals_app.runs.models import Run
from hub.accounts.actors import ANONYMOUS, Actor
from hub.accounts.models import User
from models_app.repositories import services as repositories
from models_app.viewer import services as viewer
from tests.factories.accounts import actor_for, make_user
from tests.factories.jobs import BENCHMARK_YAML, evaluation_result, make_evaluation
from tests.factories.repositories import commit_files, make_repository

pytestmark = pytest.mark.django_db

SOURCE = random.Random(1)
ITEMS = [" ".join(SOURCE.choices([f"w{n}" for n in range(900)], k=12)) for _ in range(20)]


def lines(texts: list[str]) -> str:
    return "".join(json.dumps({"en": text, "fr": f"fr {text}"}) + "\n" for text in texts)


@pytest.fixture
def alice() -> User:
    """Whose benchmark has 20 items, five of which stand in her training data."""
    alice = make_user("alice")
    files = {"benchmark.yaml": BENCHMARK_YAML, "data/test.jsonl": lines(ITEMS)}
    make_repository(alice, "translation", "dataset", files=files)
    make_corpus(alice, "corpus", ITEMS[:5])
    return alice


def make_corpus(owner: User, name: str, texts: list[str], *, private: bool = False) -> None:
    others = [" ".join(SOURCE.choices([f"v{n}" for n in range(900)], k=12)) for _ in range(50)]
    files = {"data/train.jsonl": lines(others + texts), "data/test.jsonl": lines(ITEMS)}
    viewer.refresh(make_repository(owner, name, "dataset", private, files).pk)


def measured(owner: User, model: str, card: str) -> Run:
    make_repository(owner, model, files={"README.md": f"---\n{card}\n---\n", "config.json": "{}"})
    (run,) = runs.record(make_evaluation(owner, model=model), evaluation_result())
    services.follow_run(run.pk)
    for check in OverlapCheck.objects.filter(state=CheckState.WAITING):
        services.check(check.pk)
    return run


def flags(run: Run, actor: Actor = ANONYMOUS) -> list[Flag]:
    return selectors.flags_of_run(actor, run)


def test_it_counts_the_items_in_the_training_split_and_not_those_in_others(alice: User) -> None:
    (flag,) = flags(measured(alice, "m", "datasets: [alice/corpus]"))
    assert (flag.check.items, flag.check.found_items, flag.check.short_items) == (20, 5, 0)
    assert flag.check.found_rows == [0, 1, 2, 3, 4]
    assert (flag.share, flag.through, flag.check.is_partial) == (0.25, None, False)


def test_a_model_fine_tuned_twice_from_a_contaminated_one_shows_the_flag(alice: User) -> None:
    measured(alice, "base", "datasets: [alice/corpus]")
    measured(alice, "first", "base_model: alice/base\ndatasets: [alice/nowhere]")
    (flag,) = flags(measured(alice, "second", "base_model: alice/first"))
    assert flag.share == 0.25
    assert flag.through is not None
    assert (flag.through.full_id, flag.distance) == ("alice/base", 2)
    assert OverlapCheck.objects.count() == 1


def test_cards_that_name_each_other_end(alice: User) -> None:
    measured(alice, "hen", "base_model: alice/egg")
    assert flags(measured(alice, "egg", "base_model: alice/hen\ndatasets: [alice/corpus]"))


def test_data_and_ancestors_that_one_may_not_see_are_not_named(alice: User) -> None:
    make_corpus(alice, "secret", ITEMS[:10], private=True)
    run = measured(alice, "m", "datasets: [alice/secret]")
    assert flags(run) == []
    assert [flag.share for flag in flags(run, actor_for(alice))] == [0.5]
    hidden = make_repository(alice, "hidden", files={"README.md": "---\ndatasets: [alice/corpus]\n---\n"})
    child = measured(alice, "child", "base_model: alice/hidden")
    assert len(flags(child)) == 1
    repositories.update_settings(actor_for(alice), hidden, visibility="private")
    assert flags(child) == []


def test_it_reads_long_texts_to_their_end(alice: User) -> None:
    text = f"{'filler ' * 200_000}{ITEMS[7]} {'filler ' * 200}"
    viewer.refresh(make_repository(alice, "book", "dataset", files={"train.jsonl": lines([text])}).pk)
    (flag,) = flags(measured(alice, "m", "datasets: [alice/book]"))
    assert flag.check.found_rows == [7]


def test_it_waits_for_data_that_are_still_being_converted(alice: User) -> None:
    make_repository(alice, "late", "dataset", files={"data/train.jsonl": lines(ITEMS)})
    run = measured(alice, "m", "datasets: [alice/late]")
    (check,) = OverlapCheck.objects.all()
    assert (check.state, check.leased_until) == (CheckState.WAITING, None)
    viewer.refresh(check.dataset_id)
    assert services.sweep() == 1
    services.check(check.pk)
    assert [flag.share for flag in flags(run)] == [1.0]


def test_it_says_why_data_cannot_be_compared(alice: User) -> None:
    make_repository(alice, "empty", "dataset", files={"README.md": "nothing here"})
    viewer.refresh(OverlapCheck._meta.get_field("dataset").related_model.objects.get(name="empty").pk)
    (flag,) = flags(measured(alice, "m", "datasets: [alice/empty]"))
    assert (flag.check.state, flag.share) == (CheckState.FAILED, None)
    assert flag.check.problem


def test_a_changed_dataset_is_checked_again_with_the_next_run(alice: User) -> None:
    run = measured(alice, "m", "datasets: [alice/corpus]")
    corpus = flags(run)[0].check.dataset
    commit_files(corpus, alice, {"data/train.jsonl": lines(ITEMS)})
    viewer.refresh(corpus.pk)
    services.follow_run(run.pk)
    services.sweep()
    for check in OverlapCheck.objects.filter(state=CheckState.WAITING):
        services.check(check.pk)
    assert [flag.share for flag in flags(run)] == [1.0]


def test_one_worker_does_a_check(alice: User, django_assert_num_queries: Any) -> None:
    run = measured(alice, "m", "datasets: [alice/corpus]")
    (check,) = OverlapCheck.objects.all()
    assert not services.check(check.pk)
    with django_assert_num_queries(1):
        flags(run)


def test_pages_tell_of_it_beside_the_score(alice: User, client: Client) -> None:
    run = measured(alice, "m", "datasets: [alice/corpus]")
    page = client.get(run.get_absolute_url()).content.decode()
    assert "alice/corpus" in page
    assert "5 / 20" in page
    leaderboards.refresh_for_run(run.pk)
    leaderboards.catch_up()
    board = client.get("/leaderboards/alice-translation-en-fr").content.decode()
    assert f"{run.get_absolute_url()}#overlap" in board
