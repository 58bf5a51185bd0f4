"""The card of a trained model: what it was made from, how, and what is not known about it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evals_app.engines.fine_tune.settings import Beginning, Settings
from evals_app.engines.fine_tune.training import Outcome
from evals_app.engines.workplace import Reference, Workplace

# What a recipe's model can be for; the first where the data do not say.
PIPELINES = {
    "seq2seq": ("text2text-generation", "translation", "summarization"),
    "causal": ("text-generation",),
}
LOSS_ROWS = 12


@dataclass(frozen=True, slots=True)
class Origin:
    """What the model was made from. `data_card` is the front matter of the training data's card."""

    recipe: str
    base_model: Reference | None
    beginning: Beginning | None
    dataset: Reference
    files: list[str]
    data_card: Mapping[str, Any]


def write(
    place: Workplace, origin: Origin, settings: Settings, outcome: Outcome, facts: Mapping[str, Any]
) -> str:
    sections = [
        f"# {place.text('output').partition('/')[2]}",
        _summary(origin, facts),
        _use(place, origin, settings),
        _training(place, origin, settings, outcome, facts),
        _losses(outcome),
        _limits(origin, settings, outcome),
    ]
    return _front_matter(origin, settings) + "\n\n".join(sections) + "\n"


def _front_matter(origin: Origin, settings: Settings) -> str:
    """YAML without a YAML library: JSON texts and lists of them are YAML too."""
    values = {
        "library_name": "transformers",
        "pipeline_tag": settings.pipeline_tag or _pipeline(origin),
        "license": settings.licence or origin.data_card.get("license"),
        **({} if settings.licence else _named_licence(origin)),
        "language": settings.language.replace(",", " ").split() or origin.data_card.get("language"),
        "datasets": [origin.dataset.id],
        "base_model": origin.base_model and origin.base_model.id,
        "base_model_relation": origin.base_model and "finetune",
        "tags": [origin.recipe] + ([] if origin.base_model else ["from-scratch"]),
    }
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in values.items() if value]
    return "\n".join(["---", *lines, "---", "", ""])


def _named_licence(origin: Origin) -> dict[str, Any]:
    """A licence `other` is told by its name and address."""
    return {name: origin.data_card.get(name) for name in ("license_name", "license_link")}


def _pipeline(origin: Origin) -> str:
    named = origin.data_card.get("task_categories") or []
    offered = PIPELINES[origin.recipe]
    return next((task for task in named if task in offered), offered[0])


def _summary(origin: Origin, facts: Mapping[str, Any]) -> str:
    kind = {"seq2seq": "A sequence-to-sequence model", "causal": "A causal language model"}[origin.recipe]
    size = f"{kind} of {facts['parameters'] / 1e6:.1f} million parameters"
    if origin.base_model:
        base = origin.base_model
        return f"{size}, trained further from [{base.id}](/{base.id}) at commit `{base.commit}`."
    assert origin.beginning
    shape = {"t5": "T5", "llama": "Llama"}[origin.beginning.architecture]
    return (
        f"{size}, shaped like {shape} and trained from random weights, with a tokenizer of its own "
        "trained on the same data."
    )


def _use(place: Workplace, origin: Origin, settings: Settings) -> str:
    name = place.text("output")
    loader = "AutoModelForSeq2SeqLM" if origin.recipe == "seq2seq" else "AutoModelForCausalLM"
    text = f"{settings.source_prefix}..." if origin.recipe == "seq2seq" else "Return the"
    return f"""## Use

```python
from transformers import {loader}, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained({json.dumps(name)})
model = {loader}.from_pretrained({json.dumps(name)})
inputs = tokenizer({json.dumps(text)}, return_tensors="pt")
outputs = model.generate(**inputs, max_new_tokens=64)
print(tokenizer.decode(outputs[0], skip_special_tokens=True))
```"""


def _training(
    place: Workplace, origin: Origin, settings: Settings, outcome: Outcome, facts: Mapping[str, Any]
) -> str:
    data, surroundings, hardware = origin.dataset, facts["environment"], facts["hardware"]
    job = place.spec.get("job_url")
    batch = settings.batch_size * settings.gradient_accumulation
    rows = {
        "Job": f"[{place.job}]({job})" if job else f"`{place.job}`",
        "Data": f"[{data.id}](/datasets/{data.id}) at commit `{data.commit}`: "
        + ", ".join(f"`{file}`" for file in origin.files),
        "Examples": f"{facts['train_examples']:,}",
        "Steps": f"{settings.max_steps:,}, each of {batch} examples",
        "Optimizer": f"{_optimizer(origin)}, weight decay {settings.weight_decay:g}",
        "Learning rate": f"{settings.learning_rate:g}, {settings.scheduler}",
        "Warm-up": f"{settings.warmup_steps} steps",
        "Seed": f"{settings.seed} (weights, order of the data)",
        "Last training loss": f"{outcome.losses[-1][1]:.4f}" if outcome.losses else "not reported",
        "Validation loss": "no validation data"
        if outcome.validation_loss is None
        else f"{outcome.validation_loss:.4f}",
        "Time": f"{facts['train_seconds']:.0f} s",
        "Hardware": f"{hardware.get('gpu') or hardware['cpu']}, {surroundings['threads']} CPU thread(s)",
        "Python": surroundings["python"],
        "Packages": ", ".join(f"{name} {version}" for name, version in surroundings["packages"].items()),
    }
    table = [f"| {name} | {value} |" for name, value in rows.items()]
    return "\n".join(["## Training", "", "| | |", "| --- | --- |", *table])


def _optimizer(origin: Origin) -> str:
    return "Adafactor with parameter scaling" if origin.beginning and origin.recipe == "seq2seq" else "AdamW"


def _losses(outcome: Outcome) -> str:
    stride = max(1, -(-len(outcome.losses) // LOSS_ROWS))
    rows = [f"| {step} | {loss:.4f} |" for step, loss in outcome.losses[stride - 1 :: stride]]
    return "\n".join(["| step | training loss |", "| ---: | ---: |", *rows])


def _limits(origin: Origin, settings: Settings, outcome: Outcome) -> str:
    sentences = [
        "This card was written by the training job from what it knows.",
        "Nobody has reviewed what the model writes; its evaluations show measured quality.",
    ]
    if outcome.validation_loss is None:
        sentences.append("No held-out data were looked at during training.")
    if origin.data_card.get("license") and not settings.licence:
        sentences.append("The licence is that of the training data.")
    return "## Limits\n\n" + " ".join(sentences)
