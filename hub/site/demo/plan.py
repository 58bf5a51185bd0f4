"""The demo's jobs, in order, and which of them may be submitted now. What was done is read from the
jobs themselves, so it does not matter how often, or after which accident, somebody asks.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from hub.site.demo.names import (
    ANSWERS,
    CHINESE,
    CHOICES,
    DOCUMENTATION,
    FIRST_LINES,
    FRENCH,
    PROGRAMS,
    SMALL_CHINESE,
    SMALL_FRENCH,
    SMALL_LLAMA,
    STEREOTYPES,
    SUMMARIES,
    SUMMARIZER,
    TEXTS,
    TINY_FRENCH,
    TINY_LLAMA,
    TO_CHINESE,
    TO_FRENCH,
    TONE,
    UNSEEN,
)

QUEUE = "cpu"


Identity = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Step:
    """`request` is what `POST /api/v1/jobs` takes. It waits for the end of the step named by `after`, and
    an evaluation for its success: without the model there is nothing to measure."""

    request: dict[str, Any]
    after: str | None
    needs_success: bool

    @property
    def identity(self) -> Identity:
        """What tells this job from others, in words that its order holds too."""
        request = self.request
        if request["kind"] == "evaluate":
            return "evaluate", request["model"], request["benchmark"]
        return "fine-tune", request["output"], request["dataset"]


def identity_of(kind: str, spec: dict[str, Any]) -> Identity | None:
    """The same for a job that exists; None for a kind that the demo does not use."""
    if kind == "evaluate":
        return kind, spec["model"]["id"], spec["benchmark"]["id"]
    return (kind, spec["output"], spec["dataset"]["id"]) if kind == "fine-tune" else None


@dataclass(frozen=True, slots=True)
class Standing:
    """What the demo's jobs are at: known at all, ended in any way, ended well."""

    submitted: Collection[Identity]
    ended: Collection[Identity]
    succeeded: Collection[Identity]


def ready(standing: Standing) -> dict[str, Step]:
    """Steps that are not submitted yet and have nothing to wait for."""
    return {
        name: step
        for name, step in STEPS.items()
        if step.identity not in standing.submitted and _may_start(step, standing)
    }


def _may_start(step: Step, standing: Standing) -> bool:
    if step.after is None:
        return True
    before = STEPS[step.after]
    return before.identity in standing.succeeded if step.needs_success else _is_over(before, standing)


def _is_over(step: Step, standing: Standing) -> bool:
    """Ended, or never to be: an evaluation whose training failed does not hold up what follows."""
    if step.identity in standing.ended:
        return True
    if step.after is None or not step.needs_success:
        return False
    before = STEPS[step.after].identity
    return before in standing.ended and before not in standing.succeeded


def _train(
    output: str, dataset: str, recipe: str, init: dict[str, Any], after: str | None, **settings: Any
) -> Step:
    request = {
        "kind": "fine-tune",
        "owner": output.partition("/")[0],
        "queue": QUEUE,
        "recipe": recipe,
        "init": init,
        "dataset": dataset,
        "output": output,
        "settings": settings,
    }
    return Step(request, after, needs_success=False)


def _evaluate(model: str, benchmark: str, after: str) -> Step:
    request = {
        "kind": "evaluate",
        "owner": model.partition("/")[0],
        "queue": QUEUE,
        "model": model,
        "benchmark": benchmark,
        "settings": {"batch_size": 16},
    }
    return Step(request, after, needs_success=True)


# What a causal model is asked beside its own benchmark.
TOURED = (ANSWERS, PROGRAMS, CHOICES, STEREOTYPES, TONE, UNSEEN)


def _tour(name: str, model: str, trained: str) -> dict[str, Step]:
    """All wait for the training alone, so that one that fails holds up none of the others."""
    return {
        f"{name} {number}": _evaluate(model, benchmark, trained)
        for number, benchmark in enumerate(TOURED, start=1)
    }


T5 = {
    "architecture": "t5",
    "vocabulary": 2000,
    "hidden": 128,
    "layers": 2,
    "heads": 4,
    "feed_forward": 512,
    "context": 256,
}
T5_TINY = {**T5, "vocabulary": 1500, "hidden": 64, "feed_forward": 256}
LLAMA = {**T5, "architecture": "llama", "layers": 3, "feed_forward": 384}
LLAMA_TINY = {**LLAMA, "vocabulary": 1000, "hidden": 64, "layers": 2, "feed_forward": 192}

PAIRS = {"batch_size": 16, "learning_rate": 0.03, "warmup_steps": 20, "seed": 0}
TO_FRENCH_PAIRS = {**PAIRS, "source_prefix": "Translate this sentence into French: "}
TO_CHINESE_PAIRS = {**PAIRS, "source_prefix": "Translate this sentence into Chinese: "}
TO_SUMMARIES = {
    **PAIRS,
    "source_prefix": "Summarize: ",
    "max_source_length": 128,
    "max_target_length": 48,
}
RUNNING_TEXT = {"batch_size": 8, "learning_rate": 0.004, "warmup_steps": 20, "block_size": 128, "seed": 0}

# One after the other: an evaluation follows its training at once, so that each model has its scores before
# the next is trained.
STEPS: dict[str, Step] = {
    "french": _train(SMALL_FRENCH, FRENCH, "seq2seq", T5, None, **TO_FRENCH_PAIRS, max_steps=500),
    "french score": _evaluate(SMALL_FRENCH, TO_FRENCH, "french"),
    "tiny": _train(TINY_FRENCH, FRENCH, "seq2seq", T5_TINY, "french score", **TO_FRENCH_PAIRS, max_steps=300),
    "tiny score": _evaluate(TINY_FRENCH, TO_FRENCH, "tiny"),
    "llama": _train(SMALL_LLAMA, TEXTS, "causal", LLAMA, "tiny score", **RUNNING_TEXT, max_steps=400),
    "llama score": _evaluate(SMALL_LLAMA, DOCUMENTATION, "llama"),
    "tiny llama": _train(
        TINY_LLAMA, TEXTS, "causal", LLAMA_TINY, "llama score", **RUNNING_TEXT, max_steps=250
    ),
    "tiny llama score": _evaluate(TINY_LLAMA, DOCUMENTATION, "tiny llama"),
    **_tour("llama tour", SMALL_LLAMA, "llama"),
    **_tour("tiny tour", TINY_LLAMA, "tiny llama"),
    "chinese": _train(
        SMALL_CHINESE, CHINESE, "seq2seq", T5, f"tiny tour {len(TOURED)}", **TO_CHINESE_PAIRS, max_steps=400
    ),
    "chinese score": _evaluate(SMALL_CHINESE, TO_CHINESE, "chinese"),
    "summary": _train(SUMMARIZER, SUMMARIES, "seq2seq", T5, "chinese score", **TO_SUMMARIES, max_steps=300),
    "summary score": _evaluate(SUMMARIZER, FIRST_LINES, "summary"),
}

# This evaluation is repeated by a schedule.
SCHEDULED_STEP = "french score"
NIGHTLY_NAME, NIGHTLY_CRON = "Nightly translation check", "0 3 * * *"
