"""Settings of a training, checked before anything is loaded."""

from __future__ import annotations

import re

import pytest

from evals_app.catalog import recipes
from evals_app.engines.failures import Failure
from evals_app.engines.fine_tune import settings


def test_it_reads_all_that_the_recipes_offer_with_the_same_defaults() -> None:
    for recipe in recipes.RECIPES.values():
        offered = recipes.check_settings(recipe, {})
        read = settings.read(offered)
        assert {name: getattr(read, name) for name in offered} == offered


def test_it_reads_every_beginning_that_the_recipes_offer() -> None:
    for recipe in recipes.RECIPES.values():
        offered = recipes.check_init(recipe, {"architecture": recipe.architectures[0]})
        read = settings.read_beginning(offered, recipe.name)
        assert {name: getattr(read, name) for name in offered} == offered


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"max_steps": 0}, "`max_steps` must lie between 1 and 1e+07, not be 0."),
        ({"learning_rate": "fast"}, "`learning_rate` must be a float, not 'fast'."),
        ({"scheduler": "cubic"}, "`scheduler` must be one of linear"),
    ],
)
def test_it_names_the_setting_that_is_wrong(given: dict[str, object], sentence: str) -> None:
    with pytest.raises(Failure, match=re.escape(sentence)):
        settings.read(given)


def test_it_refuses_heads_that_do_not_divide_the_width() -> None:
    with pytest.raises(Failure, match="multiple of `heads`"):
        settings.read_beginning({"hidden": 100, "heads": 3}, "seq2seq")


def test_it_refuses_an_architecture_that_the_recipe_cannot_train() -> None:
    with pytest.raises(Failure, match="begins with a t5, not a llama"):
        settings.read_beginning({"architecture": "llama"}, "seq2seq")
