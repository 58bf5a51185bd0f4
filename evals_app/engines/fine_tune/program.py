"""Fine-tune: data and base model at their commits, train, publish weights, tokenizer and card."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals_app import splits
from evals_app.engines import channel, hub_client, lifetime, surroundings, tables
from evals_app.engines.failures import bad_input
from evals_app.engines.fine_tune import examples
from evals_app.engines.fine_tune import settings as parameters
from evals_app.engines.fine_tune.examples import Texts
from evals_app.engines.fine_tune.settings import Beginning, Settings
from evals_app.engines.workplace import Reference, Workplace, write_json

if TYPE_CHECKING:
    from evals_app.engines.fine_tune.card import Origin

# Written when training is over, so that an attempt which was killed while uploading only uploads.
DONE = "trained.json"
NEVER_PUBLISHED = ("*.bin", "*.pt", "*.pth", "*.pkl")


def run(place: Workplace) -> dict[str, Any]:
    """Raises Failure with a name, and Stopped after a checkpoint from which another attempt continues."""
    done = place.path(DONE)
    if not done.exists():
        write_json(done, _train(place))
    facts: dict[str, Any] = json.loads(done.read_text(encoding="utf-8"))
    lifetime.check()
    channel.progress(0, None, "Uploading the model")
    output = place.text("output")
    commit = hub_client.upload_folder(
        place.folder / "output",
        output,
        "model",
        private=place.is_private,
        message=f"Model of job {place.job}",
    )
    return {"output": output, "commit": commit, **facts}


def _train(place: Workplace) -> dict[str, Any]:
    recipe = place.text("recipe")
    if recipe not in parameters.RECIPES:
        raise bad_input(f"There is no recipe {recipe!r}; there are {', '.join(parameters.RECIPES)}.")
    settings = parameters.read(place.settings)
    beginning = _beginning(place, recipe)
    data = place.reference("dataset")
    channel.progress(0, None, "Reading the data set")
    files = _files(data, settings.train_file, splits.TRAIN)
    if not files:
        raise bad_input(f"{data.id} holds neither {settings.train_file} nor a train split at that commit.")
    train = examples.texts(tables.read(data, files), settings, recipe)
    validation = _validation(data, files, settings, recipe)
    data_card = hub_client.card(data, "dataset")

    channel.progress(0, None, "Loading the libraries")
    from evals_app.engines.fine_tune.card import Origin

    base = place.reference("base_model") if beginning is None else None
    origin = Origin(recipe, base, beginning, data, files, data_card)
    return _train_on(place, origin, settings, train, validation)


def _train_on(
    place: Workplace, origin: Origin, settings: Settings, train: Texts, validation: Texts
) -> dict[str, Any]:
    from evals_app.engines.fine_tune import card, training

    device = surroundings.device(settings.device)
    model, tokens = _begin(origin, settings, train)
    surroundings.use_given_threads(model.num_parameters())
    environment = surroundings.describe()
    channel.environment(environment)
    lifetime.check()
    encoded = examples.encode(train, tokens, settings, origin.recipe)
    outcome = training.train(
        model,
        tokens,
        encoded,
        examples.encode(validation, tokens, settings, origin.recipe) if validation.sources else [],
        settings,
        recipe=origin.recipe,
        from_scratch=origin.beginning is not None,
        folder=place.path("checkpoints", "x").parent,
        device=device,
    )
    facts = {
        "metrics": {
            "train_loss": outcome.losses[-1][1] if outcome.losses else None,
            "validation_loss": outcome.validation_loss,
        },
        "losses": outcome.losses,
        "parameters": model.num_parameters(),
        "train_examples": len(encoded),
        "train_files": origin.files,
        "train_seconds": round(outcome.duration, 3),
        "settings": asdict(settings),
        "init": asdict(origin.beginning) if origin.beginning else None,
        "seeds": {"training": settings.seed, "data": settings.seed},
        "hardware": surroundings.hardware(device),
        "environment": environment,
    }
    _save(place.folder / "output", model, tokens, card.write(place, origin, settings, outcome, facts))
    return facts


def _beginning(place: Workplace, recipe: str) -> Beginning | None:
    """None where the job begins from a model that exists."""
    if place.spec.get("base_model"):
        return None
    given = place.spec.get("init")
    if not isinstance(given, dict):
        raise bad_input("Name a `base_model`, or say with `init` what to begin with.")
    return parameters.read_beginning(given, recipe)


def _validation(data: Reference, trained_on: list[str], settings: Settings, recipe: str) -> Texts:
    """Having none is no mistake: many data sets lack a validation split."""
    files = _files(data, settings.validation_file, "validation")
    if not settings.validation_samples or not files or set(files) & set(trained_on):
        return Texts([], [])
    return examples.texts(tables.read(data, files, limit=settings.validation_samples), settings, recipe)


def _files(data: Reference, named: str, split: str) -> list[str]:
    return splits.named_or_split(hub_client.file_names(data, "dataset"), named, split)


def _begin(origin: Origin, settings: Settings, train: Texts) -> tuple[Any, Any]:
    from transformers import set_seed

    set_seed(settings.seed)
    if origin.base_model:
        return _load(origin.base_model, origin.recipe)
    from evals_app.engines.fine_tune import scratch

    assert origin.beginning
    channel.progress(0, None, "Training the tokenizer")
    tokens = scratch.tokenizer(origin.beginning, train.all())
    return scratch.model(origin.beginning, tokens), tokens


def _load(base: Reference, recipe: str) -> tuple[Any, Any]:
    from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoTokenizer

    folder = str(hub_client.download_model(base))
    loader = AutoModelForSeq2SeqLM if recipe == "seq2seq" else AutoModelForCausalLM
    try:
        tokens = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
        model = loader.from_pretrained(folder, use_safetensors=True, trust_remote_code=False, dtype="float32")
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise bad_input(f"{base.id} cannot be loaded for the recipe {recipe}: {error}") from error
    if tokens.pad_token is None:
        tokens.pad_token = tokens.eos_token
    return model, tokens


def _save(folder: Path, model: Any, tokens: Any, card: str) -> None:
    from evals_app.engines.fine_tune import scratch

    shutil.rmtree(folder, ignore_errors=True)
    # The trainer switches it off for itself; who generates with the model wants it.
    model.config.use_cache = True
    model.save_pretrained(folder)
    tokens.save_pretrained(folder)
    scratch.make_readable_by_older_clients(folder)
    for pattern in NEVER_PUBLISHED:
        for path in folder.glob(pattern):
            path.unlink()
    (folder / "README.md").write_text(card, encoding="utf-8")
