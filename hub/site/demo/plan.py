"""The demo's jobs, in order, and which of them may be submitted now. What was done is read from the
jobs themselves, so it does not matter how often, or after which accident, somebody asks.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from hub.site.demo.names import (
    CHINESE,
    DOCUMENTATION,
    FIRST_LINES,
    FRENCH,
    SMALL_CHINESE,
    SMALL_FRENCH,
    SMALL_LLAMA,
    SUMMARIES,
    SUMMARIZER,
    TEXTS,
    TINY_FRENCH,
    TINY_LLAMA,
    TO_CHINESE,
    TO_FRENCH,
)

QUEUE = "cpu"
FIRST = 5


@dataclass(frozen=True, slots=True)
class Step:
    """`request` is what `POST /api/v1/jobs` takes. `after` names the step that must have succeeded."""

    name: str
    request: dict[str, Any]
    after: str | None

    @property
    def identity(self) -> tuple[str, str, str]:
        """What tells this job from others, in words that its order holds too."""
        request = self.request
        if request["kind"] == "evaluate":
            return "evaluate", request["model"], request["benchmark"]
        return "fine-tune", request["output"], request["dataset"]


def identity_of(kind: str, spec: dict[str, Any]) -> tuple[str, str, str] | None:
    """The same for a job that exists; None for a kind that the demo does not use."""
    if kind == "evaluate":
        return kind, spec["model"]["id"], spec["benchmark"]["id"]
    return (kind, spec["output"], spec["dataset"]["id"]) if kind == "fine-tune" else None


def ready(
    submitted: Collection[tuple[str, str, str]], succeeded: Collection[tuple[str, str, str]]
) -> list[Step]:
    """Steps not submitted yet whose predecessor succeeded."""
    by_name = {step.name: step for step in STEPS}
    return [
        step
        for step in STEPS
        if step.identity not in submitted
        and (step.after is None or by_name[step.after].identity in succeeded)
    ]


def _train(
    name: str,
    output: str,
    dataset: str,
    recipe: str,
    init: dict[str, Any],
    after: str | None,
    **settings: Any,
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
    return Step(name, request, after)


def _evaluate(name: str, model: str, benchmark: str, after: str) -> Step:
    """Before the trainings that wait, so that each model is measured as soon as it is there."""
    request = {
        "kind": "evaluate",
        "owner": model.partition("/")[0],
        "queue": QUEUE,
        "model": model,
        "benchmark": benchmark,
        "priority": FIRST,
        "settings": {"batch_size": 16},
    }
    return Step(name, request, after)


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
TO_SUMMARIES = {**PAIRS, "source_prefix": "Summarize: ", "max_source_length": 192, "max_target_length": 48}
RUNNING_TEXT = {"batch_size": 8, "learning_rate": 0.004, "warmup_steps": 20, "block_size": 128, "seed": 0}

# Each evaluation and the next training become ready together; the evaluation is taken first.
STEPS: tuple[Step, ...] = (
    _train("french", SMALL_FRENCH, FRENCH, "seq2seq", T5, None, **TO_FRENCH_PAIRS, max_steps=600),
    _evaluate("french score", SMALL_FRENCH, TO_FRENCH, "french"),
    _train("tiny", TINY_FRENCH, FRENCH, "seq2seq", T5_TINY, "french", **TO_FRENCH_PAIRS, max_steps=300),
    _evaluate("tiny score", TINY_FRENCH, TO_FRENCH, "tiny"),
    _train("llama", SMALL_LLAMA, TEXTS, "causal", LLAMA, "tiny", **RUNNING_TEXT, max_steps=400),
    _evaluate("llama score", SMALL_LLAMA, DOCUMENTATION, "llama"),
    _train("tiny llama", TINY_LLAMA, TEXTS, "causal", LLAMA_TINY, "llama", **RUNNING_TEXT, max_steps=250),
    _evaluate("tiny llama score", TINY_LLAMA, DOCUMENTATION, "tiny llama"),
    _train("chinese", SMALL_CHINESE, CHINESE, "seq2seq", T5, "tiny llama", **TO_CHINESE_PAIRS, max_steps=500),
    _evaluate("chinese score", SMALL_CHINESE, TO_CHINESE, "chinese"),
    _train("summary", SUMMARIZER, SUMMARIES, "seq2seq", T5, "chinese", **TO_SUMMARIES, max_steps=300),
    _evaluate("summary score", SUMMARIZER, FIRST_LINES, "summary"),
)

# This evaluation is repeated by a schedule.
SCHEDULED_STEP = "french score"
NIGHTLY_NAME, NIGHTLY_CRON = "Nightly translation check", "0 3 * * *"
