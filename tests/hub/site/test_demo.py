"""The content of a first start, without the workers that train its models."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from evals_app.catalog import recipes
from evals_app.jobs import requests
from evals_app.jobs import selectors as jobs
from evals_app.jobs.models import Job, JobState
from evals_app.schedules import selectors as schedules
from hub.site.demo import content, corpora, people, plan, progress, sign_in
from hub.site.demo.plan import STEPS, Standing
from models_app.discussions import selectors as discussions
from models_app.repositories import access

MODULES = {"argparse", "textwrap", "logging", "email.message", "email.headerregistry", "tarfile", "zipfile"}
FRENCH, FRENCH_SCORE = STEPS["french"], STEPS["french score"]


def standing(*, submitted: list[Any] = [], ended: list[Any] = [], succeeded: list[Any] = []) -> Standing:  # noqa: B006
    every = [*submitted, *ended, *succeeded]
    return Standing(
        submitted={step.identity for step in every},
        ended={step.identity for step in [*ended, *succeeded]},
        succeeded={step.identity for step in succeeded},
    )


@pytest.fixture(scope="module")
def pairs() -> list[corpora.Pair]:
    return corpora.catalogue_pairs("fr")


@pytest.fixture
def small_library(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Documentation of a few modules: reading the whole library takes seconds."""
    kept = [source for source in corpora.library_sources() if source[0] in MODULES]
    monkeypatch.setattr(corpora, "library_sources", lambda: kept)
    corpora._docstrings.cache_clear()
    yield
    corpora._docstrings.cache_clear()


class TestCorpora:
    def test_it_reads_django_s_translations(self, pairs: list[corpora.Pair]) -> None:
        found = {pair.source: pair.target for pair in pairs}
        assert found["Enter a valid date."] == "Saisissez une date valide."
        assert len(pairs) > 500

    def test_it_keeps_no_text_of_the_training_data_for_the_test(self, pairs: list[corpora.Pair]) -> None:
        parts = corpora.split(pairs, test=100, validation=50)
        sources = [{pair.source.casefold() for pair in part} for part in parts.values()]
        assert [len(part) for part in sources][:2] == [100, 50]
        assert not sources[0] & sources[1] | sources[0] & sources[2] | sources[1] & sources[2]

    def test_it_splits_alike_whatever_else_there_is(self, pairs: list[corpora.Pair]) -> None:
        test = corpora.split(pairs, test=100, validation=50)["test"]
        assert corpora.split([*reversed(pairs)], test=100, validation=50)["test"] == test

    def test_it_takes_documentation_apart(self, small_library: None) -> None:
        found = {pair.origin: pair for pair in corpora.docstring_pairs()}
        pair = found["textwrap.shorten"]
        assert pair.target == "Collapse and truncate the given text to fit in the given width."
        assert pair.source.startswith("The text first has its whitespace collapsed.")


class TestPlan:
    def test_it_begins_with_the_first_training_alone(self) -> None:
        assert list(plan.ready(standing())) == ["french"]

    def test_it_measures_a_model_before_it_trains_the_next(self) -> None:
        assert list(plan.ready(standing(submitted=[FRENCH]))) == []
        assert list(plan.ready(standing(succeeded=[FRENCH]))) == ["french score"]
        assert list(plan.ready(standing(succeeded=[FRENCH], submitted=[FRENCH_SCORE]))) == []
        assert list(plan.ready(standing(succeeded=[FRENCH], ended=[FRENCH_SCORE]))) == ["tiny"]

    def test_it_goes_on_without_a_model_that_could_not_be_trained(self) -> None:
        assert list(plan.ready(standing(ended=[FRENCH]))) == ["tiny"]

    def test_it_is_done_when_everything_was_submitted(self) -> None:
        assert plan.ready(standing(ended=list(STEPS.values()))) == {}

    def test_it_asks_for_nothing_that_a_recipe_does_not_know(self) -> None:
        for step in STEPS.values():
            requests.parse(step.request)
            if step.request["kind"] == "fine-tune":
                recipe = recipes.get_recipe(step.request["recipe"])
                recipes.check_settings(recipe, step.request["settings"])
                recipes.check_init(recipe, step.request["init"])


@pytest.mark.django_db
def test_it_makes_what_a_first_start_shows_and_again_changes_nothing(
    small_library: None, settings: Any, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path
    call_command("compute_setup", verbosity=0)
    call_command("demo", stdout=StringIO())
    actor = people.actor()
    ids = [full_id for corpus in content.CORPORA for full_id in (corpus.full_id, corpus.benchmark_id)]
    heads = {full_id: access.get_repository_for(actor, "dataset", full_id).head for full_id in ids}
    assert len(discussions.list_for(access.get_repository_for(actor, "dataset", content.FRENCH))) == 1
    assert [job.title for job in jobs.jobs_visible_to(actor)] == [
        "Fine-tune llmos/t5-small-en-fr on llmos/django-en-fr"
    ]

    call_command("demo", stdout=StringIO())
    assert {full_id: access.get_repository_for(actor, "dataset", full_id).head for full_id in ids} == heads
    assert jobs.jobs_visible_to(actor).count() == 1


@pytest.mark.django_db
def test_it_waits_for_the_data_of_a_training(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    call_command("compute_setup", verbosity=0)
    people.ensure()
    content.repositories.create(people.actor(), "dataset", content.CORPORA[0].full_id)
    assert progress.advance() == []
    content.ensure(content.CORPORA[0])
    assert progress.advance() == ["french"]


@pytest.mark.django_db
class TestProgress:
    @pytest.fixture(autouse=True)
    def _first_step(self, settings: Any, tmp_path: Path) -> None:
        settings.DATA_DIR = tmp_path
        call_command("compute_setup", verbosity=0)
        people.ensure()
        content.ensure(content.CORPORA[0])
        assert progress.advance() == ["french"]

    def test_it_lets_only_the_demo_user_sign_in(self) -> None:
        assert people.accounts.get_user("demo").check_password(sign_in.password())
        assert sign_in.password() in sign_in.sign_in_hint()
        assert not people.accounts.get_user("ines").has_usable_password()

    def test_it_submits_the_evaluation_and_its_schedule_once_the_model_is_there(self) -> None:
        actor = people.actor()
        self._pretend_that_the_model_was_trained()
        assert progress.advance() == ["french score"]
        assert progress.advance() == []
        [schedule] = schedules.schedules_visible_to(actor)
        assert (schedule.name, schedule.cron) == (plan.NIGHTLY_NAME, plan.NIGHTLY_CRON)

    def test_it_leaves_an_order_that_is_refused_for_another_time(self) -> None:
        Job.objects.update(state=JobState.SUCCEEDED)
        assert progress.advance() == []

    def test_it_does_nothing_where_no_demo_is_wanted(self, settings: Any) -> None:
        self._pretend_that_the_model_was_trained()
        settings.DEMO = False
        assert progress.advance() == []

    @staticmethod
    def _pretend_that_the_model_was_trained() -> None:
        content.repositories.create(people.actor(), "model", "llmos/t5-small-en-fr")
        Job.objects.update(state=JobState.SUCCEEDED)
