"""Questions become a task of lm-evaluation-harness that only names columns, and are run."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evals_app.engines import failures, lifetime
from evals_app.engines.evaluate import prompts
from evals_app.engines.evaluate.declared import DeclaredTask
from evals_app.engines.evaluate.prompts import Question
from evals_app.engines.failures import Failure
from evals_app.metrics.catalogue import CHOICE_KINDS, CODE_KINDS, LIKELIHOOD_KINDS, PAIR_KINDS
from evals_app.metrics.samples import Sample

HARNESS = "lm-evaluation-harness"
SEEDS = ("random", "numpy", "torch", "few_shot")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model said to one question, and what the metrics need of it. `likelihoods` are those of
    the choices; `programs` and `endings` those of every drawn program."""

    response: str
    sample: Sample
    likelihoods: Sequence[float] = ()
    programs: Sequence[str] = ()
    endings: Sequence[str] = ()


def seal() -> None:
    """The harness renders templates without a sandbox; ours never reach it, and if one did, this holds.
    It also asks git for the commit of the working directory, which is nobody's here, and talks much."""
    import lm_eval.evaluator
    import lm_eval.utils

    lm_eval.utils.env = prompts.environment()
    lm_eval.evaluator.get_git_commit_hash = lambda: None
    logging.getLogger("lm_eval").setLevel(logging.ERROR)


def run(
    model: Any, task: DeclaredTask, questions: Sequence[Question], seed: int, *, chat: bool
) -> list[Answer]:
    """Ask the model everything, in order; with `chat` as turns of a conversation. Raises Stopped, and
    Failure(out-of-memory, upstream)."""
    from lm_eval import simple_evaluate
    from lm_eval.tasks import TaskManager

    try:
        report = simple_evaluate(
            model=model,
            tasks=[_configuration(task, questions)],
            task_manager=TaskManager(include_defaults=False),
            num_fewshot=0,
            apply_chat_template=chat,
            bootstrap_iters=0,
            log_samples=True,
            random_seed=seed,
            numpy_random_seed=seed,
            torch_random_seed=seed,
            fewshot_random_seed=seed,
        )
    except MemoryError as error:
        raise Failure(
            failures.OUT_OF_MEMORY, "The machine ran out of memory; try a smaller batch."
        ) from error
    except RuntimeError as error:
        if "out of memory" in str(error):
            raise Failure(
                failures.OUT_OF_MEMORY, "The GPU ran out of memory; try a smaller batch."
            ) from error
        raise
    except (OSError, KeyError, TypeError, AttributeError) as error:
        if model.backend != "external":
            raise
        message = f"The external model did not answer as expected: {type(error).__name__}: {error}"
        raise Failure(failures.UPSTREAM, message[:1000]) from error
    lifetime.check()
    samples = sorted(report["samples"][task.name], key=lambda sample: sample["doc_id"])
    return [_answer(task, question, sample) for question, sample in zip(questions, samples, strict=True)]


def _configuration(task: DeclaredTask, questions: Sequence[Question]) -> dict[str, Any]:
    from datasets import Dataset

    columns = {
        "prompt": [question.prompt for question in questions],
        "target": [_target(question) for question in questions],
        "choices": [question.choices for question in questions],
        # A pair has no right answer; the harness wants one, and what it makes of it is not used.
        "answer": [max(0, question.answer) for question in questions],
    }
    dataset = Dataset.from_dict(columns)
    common = {
        "task": task.name,
        "custom_dataset": lambda **_: {"test": dataset},
        "test_split": "test",
        "target_delimiter": task.delimiter,
        "metadata": {"version": task.version},
    }
    if task.kind in LIKELIHOOD_KINDS:
        return common | {
            "output_type": "loglikelihood_rolling",
            "doc_to_text": "",
            "doc_to_target": "target",
            "metric_list": [{"metric": "bits_per_byte"}],
        }
    if task.kind in CHOICE_KINDS | PAIR_KINDS:
        return common | {
            "output_type": "multiple_choice",
            "doc_to_text": "prompt",
            "doc_to_choice": "choices",
            "doc_to_target": "answer",
            "metric_list": [{"metric": "acc"}, {"metric": "acc_norm"}],
        }
    return common | {
        "output_type": "generate_until",
        "doc_to_text": "prompt",
        "doc_to_target": "target",
        "generation_kwargs": _generation(task),
        "process_results": _no_scores,
        "metric_list": [{"metric": "length", "aggregation": _mean, "higher_is_better": True}],
    }


def _target(question: Question) -> str:
    """The harness shows one target a sample; with several references the first stands for them."""
    return question.references[0] if question.references else ""


def _generation(task: DeclaredTask) -> dict[str, Any]:
    common = {"until": list(task.stop), "max_gen_toks": task.max_new_tokens}
    if task.draws == 1:
        return common | {"do_sample": False}
    return common | {"do_sample": True, "temperature": task.temperature, "top_p": task.top_p}


def _no_scores(_row: Any, results: Sequence[str]) -> dict[str, float]:
    """The harness asks and records; scores come from `evals_app.metrics`, which knows languages."""
    return {"length": float(len(results[0]))}


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _answer(task: DeclaredTask, question: Question, sample: dict[str, Any]) -> Answer:
    if task.kind in LIKELIHOOD_KINDS:
        return _likelihood(question, float(sample["filtered_resps"][0]))
    if task.kind in CHOICE_KINDS | PAIR_KINDS:
        likelihoods = [float(value) for value, _ in sample["filtered_resps"]]
        chosen = question.choices[max(range(len(likelihoods)), key=likelihoods.__getitem__)]
        if task.kind in PAIR_KINDS:
            return Answer(chosen, Sample(pair_difference=likelihoods[0] - likelihoods[1]), likelihoods)
        measured = Sample(
            correct=bool(sample["acc"]),
            correct_normalized=bool(sample["acc_norm"]),
            chosen=chosen,
            answer=question.choices[question.answer],
        )
        return Answer(chosen, measured, likelihoods)
    text = str(sample["filtered_resps"][0])
    if task.kind in CODE_KINDS:
        # White space at the beginning is part of a program.
        return Answer(text, Sample(output=text, references=question.references))
    return Answer(text.strip(), Sample(output=text.strip(), references=question.references))


def _likelihood(question: Question, value: float) -> Answer:
    text = _target(question)
    # Words as the harness counts them: what white space separates.
    sample = Sample(log_likelihood=value, byte_count=len(text.encode()), word_count=max(1, len(text.split())))
    return Answer("", sample)
