"""What can be set in fine-tuning and evaluation, and which models can begin from nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_noop as _

from evals_app.catalog import parameters
from evals_app.catalog.parameters import Parameter, Value
from hub.core.errors import InvalidInput

# A model to begin from nothing is for teaching and testing; real ones begin from a repository.
MAX_INIT_PARAMETERS = 200_000_000
DEVICES = ("auto", "cpu", "cuda")
DTYPES = ("float32", "bfloat16", "float16")
SCHEDULERS = ("linear", "cosine", "constant", "constant_with_warmup")


@dataclass(frozen=True, slots=True)
class Recipe:
    name: str
    title: str
    description: str
    architectures: tuple[str, ...]
    parameters: tuple[Parameter, ...]


COMMON = (
    Parameter("max_steps", "int", 200, _("Optimizer steps."), 1, 1_000_000),
    Parameter("batch_size", "int", 16, _("Samples a step."), 1, 4096),
    Parameter("gradient_accumulation", "int", 1, _("Batches added up for one step."), 1, 4096),
    Parameter("learning_rate", "float", 5e-4, _("Peak learning rate."), 1e-9, 1.0),
    Parameter("warmup_steps", "int", 20, _("Steps until the peak learning rate."), 0, 1_000_000),
    Parameter("weight_decay", "float", 0.01, _("Weight decay of AdamW."), 0.0, 1.0),
    Parameter("scheduler", "choice", "linear", _("How the learning rate falls."), choices=SCHEDULERS),
    Parameter("seed", "int", 0, _("Seed of weights, order and dropout."), 0, 2**32 - 1),
    Parameter("save_steps", "int", 50, _("Steps between checkpoints."), 1, 1_000_000),
    Parameter("logging_steps", "int", 10, _("Steps between reported losses."), 1, 1_000_000),
    Parameter("device", "choice", "auto", _("Where to compute."), choices=DEVICES),
    Parameter("train_file", "text", "data/train.parquet", _("File of the data set to train on."), most=400),
    Parameter(
        "validation_file", "text", "data/validation.parquet", _("File to validate on, if there."), most=400
    ),
    Parameter("validation_samples", "int", 200, _("Samples to validate on."), 0, 100_000),
    Parameter("licence", "text", "", _("Licence of the model, for its card."), most=60),
    Parameter("language", "text", "", _("Language or languages of the model, for its card."), most=100),
    Parameter("pipeline_tag", "text", "", _("What the model is for, for its card."), most=60),
)

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            "causal",
            _("Language model"),
            _("Continues text: learns to predict the next token of a text column."),
            ("llama",),
            (
                *COMMON,
                Parameter("text_column", "text", "text", _("Column that holds the text."), most=100),
                Parameter("block_size", "int", 256, _("Tokens of running text in a sample."), 8, 131_072),
            ),
        ),
        Recipe(
            "seq2seq",
            _("Sequence to sequence"),
            _("Turns one text into another: translation, summarization."),
            ("t5",),
            (
                *COMMON,
                Parameter("source_column", "text", "source", _("Column that holds the input."), most=100),
                Parameter("target_column", "text", "target", _("Column that holds the output."), most=100),
                Parameter("source_prefix", "text", "", _("Put before each input."), most=400),
                Parameter(
                    "max_source_length", "int", 128, _("Tokens of an input that are used."), 4, 131_072
                ),
                Parameter(
                    "max_target_length", "int", 128, _("Tokens of an output that are used."), 4, 131_072
                ),
            ),
        ),
    )
}

INIT = (
    Parameter("architecture", "choice", None, _("Family of the model."), choices=("t5", "llama")),
    Parameter("vocabulary", "int", 4000, _("Tokens of the tokenizer that is trained along."), 300, 65_536),
    Parameter("hidden", "int", 128, _("Width of the model."), 8, 2048),
    Parameter(
        "layers", "int", 2, _("Layers (of the encoder and of the decoder each, where there are two)."), 1, 64
    ),
    Parameter("heads", "int", 4, _("Attention heads; they divide the width."), 1, 64),
    Parameter("feed_forward", "int", 512, _("Width of the feed-forward layers."), 8, 8192),
    Parameter("context", "int", 512, _("Longest input, in tokens."), 16, 8192),
)

EVALUATION_SETTINGS = (
    Parameter(
        "backend",
        "choice",
        "transformers",
        _("The library that runs the model; vLLM only on workers that have it."),
        choices=("transformers", "vllm"),
    ),
    Parameter("chat_template", "bool", False, _("Put prompts through the chat template of the tokenizer.")),
    Parameter("batch_size", "int", 8, _("Requests computed together."), 1, 1024),
    Parameter(
        "dtype",
        "choice",
        "float32",
        _("Number format of the weights."),
        choices=DTYPES,
    ),
    Parameter("device", "choice", "auto", _("Where to compute."), choices=DEVICES),
    Parameter("seed", "int", 0, _("Seed of everything random."), 0, 2**31 - 1),
    Parameter("bootstrap", "int", 1000, _("Resamplings for standard errors of corpus metrics."), 100, 10_000),
)


def get_recipe(name: str) -> Recipe:
    if name not in RECIPES:
        raise InvalidInput(
            f"There is no recipe {name!r:.60}. Recipes: {', '.join(sorted(RECIPES))}.", field="recipe"
        )
    return RECIPES[name]


def check_settings(recipe: Recipe, given: object) -> dict[str, Value]:
    return parameters.check(recipe.parameters, given, field="settings")


def check_evaluation_settings(given: object) -> dict[str, Value]:
    return parameters.check(EVALUATION_SETTINGS, given, field="settings")


def check_init(recipe: Recipe, given: Mapping[str, Any]) -> dict[str, Value]:
    """The description of a model to begin from nothing; InvalidInput when it cannot be or is too large."""
    init = parameters.check(INIT, given, field="init")
    if init["architecture"] not in recipe.architectures:
        raise InvalidInput(
            f"`init.architecture` must be {' or '.join(recipe.architectures)} for the recipe {recipe.name}.",
            field="init.architecture",
        )
    if _whole(init["hidden"]) % _whole(init["heads"]):
        raise InvalidInput("`init.heads` must divide `init.hidden`.", field="init.heads")
    size = estimate_parameters(init)
    if size > MAX_INIT_PARAMETERS:
        raise InvalidInput(
            f"The model would have about {size / 1e6:.0f} million parameters; at most "
            f"{MAX_INIT_PARAMETERS / 1e6:.0f} million can begin from nothing.",
            field="init",
        )
    return init


def estimate_parameters(init: Mapping[str, Value]) -> int:
    """Embeddings, attention (four squares of the width) and feed-forward (three matrices) of all layers."""
    hidden, inner = _whole(init["hidden"]), _whole(init["feed_forward"])
    layer = 4 * hidden * hidden + 3 * hidden * inner
    if init["architecture"] == "t5":
        layer = 2 * layer + 4 * hidden * hidden
    return 2 * _whole(init["vocabulary"]) * hidden + _whole(init["layers"]) * layer


def _whole(value: Value) -> int:
    assert isinstance(value, int)
    return value
