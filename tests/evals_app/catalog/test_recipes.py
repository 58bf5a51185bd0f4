"""Settings of recipes, and models that begin from nothing."""

from __future__ import annotations

from typing import Any

import pytest

from evals_app.catalog import recipes
from hub.core.errors import InvalidInput


def test_it_fills_in_defaults() -> None:
    settings = recipes.check_settings(recipes.get_recipe("seq2seq"), {"max_steps": 5, "learning_rate": 1})
    assert (settings["max_steps"], settings["learning_rate"], settings["source_column"]) == (5, 1.0, "source")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"max_steps": 0}, "settings.max_steps"),
        ({"max_steps": 1.5}, "settings.max_steps"),
        ({"max_steps": True}, "settings.max_steps"),
        ({"learning_rate": float("nan")}, "settings.learning_rate"),
        ({"device": "tpu"}, "settings.device"),
        ({"text_column": 3}, "settings.text_column"),
        ({"source_column": "x"}, "settings.source_column"),
        ([], "settings"),
    ],
)
def test_it_names_the_setting_that_is_wrong(given: Any, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        recipes.check_settings(recipes.get_recipe("causal"), given)
    assert caught.value.fields["field"] == field


def test_it_names_the_recipes_there_are() -> None:
    with pytest.raises(InvalidInput, match="Recipes: causal, seq2seq"):
        recipes.get_recipe("magic")


@pytest.mark.parametrize(
    "init",
    [
        {"architecture": "llama"},
        {},
        {"architecture": "t5", "heads": 3},
        {"architecture": "t5", "hidden": 2048, "layers": 32, "feed_forward": 8192},
        {"architecture": "t5", "surprise": 1},
    ],
)
def test_it_refuses_models_that_cannot_be(init: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        recipes.check_init(recipes.get_recipe("seq2seq"), init)
