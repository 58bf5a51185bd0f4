"""Runs with the per-sample scores that an engine publishes, for boards and comparisons."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from evals_app.catalog import endpoints
from evals_app.jobs import requests
from evals_app.jobs import services as jobs
from evals_app.jobs.models import Job
from evals_app.leaderboards import services as leaderboards
from evals_app.runs import services as runs
from evals_app.runs.models import Run
from hub.accounts.models import User
from models_app.repositories.models import Repository
from tests.factories.accounts import actor_for
from tests.factories.jobs import make_benchmark, make_endpoint, make_evaluation, make_queues
from tests.factories.repositories import commit_files, make_repository

QUESTIONS = """\
title: Questions
version: 1
tasks:
- name: questions
  kind: question-answering
  data: {file: data/test.jsonl}
  prompt: "{{en}}"
  target: "{{fr}}"
  metrics: [{name: exact_match, primary: true}, {name: chrf}]
  decoding: {max_new_tokens: 8}
"""


def samples_file(right: Sequence[float], questions: str = "q") -> bytes:
    """As the evaluation engine writes it: a mean metric as a column, a corpus metric as statistics."""
    number = len(right)
    table = pa.table(
        {
            "sample": list(range(number)),
            "prompt": [f"{questions} {at}" for at in range(number)],
            "prompt_hash": [f"{questions}{at}" for at in range(number)],
            "references": [[f"answer {at}"] for at in range(number)],
            "response": [f"answer {at}" if value else "no idea" for at, value in enumerate(right)],
            "exact_match": [float(value) for value in right],
            "chrf_statistics": [[10.0, 10.0, 10.0 if value else 3.0] * 6 for value in right],
        }
    )
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


def chrf_of(right: Sequence[float]) -> float:
    share = sum(10.0 if value else 3.0 for value in right) / (10.0 * len(right))
    return 100 * share


def measured_run(
    owner: User,
    model: str,
    right: Sequence[float],
    *,
    questions: str = "q",
    private_samples: bool = False,
    settings: dict[str, Any] | None = None,
    api: str = "",
) -> Run:
    """A run over `right`, its samples in a dataset repository, its boards refreshed; with `api`, of a model
    behind another address."""
    names = set(Repository.objects.filter(namespace=owner.namespace).values_list("name", flat=True))
    if "questions" not in names:
        make_benchmark(owner, "questions", text=QUESTIONS)
    repository = f"{model}-samples"
    if repository not in names:
        make_repository(owner, repository, "dataset", private_samples)
    samples = Repository.objects.get(namespace=owner.namespace, name=repository)
    files = {"runs/questions.parquet": samples_file(right, questions)}
    commit = commit_files(samples, owner, files).commit
    if api:
        job = _asked_elsewhere(owner, model, api)
    else:
        job = make_evaluation(owner, model=model, benchmark="questions")
    mean = sum(right) / len(right)
    error = (mean * (1 - mean) / (len(right) - 1)) ** 0.5
    result = {
        "harness": "lm-evaluation-harness",
        "harness_version": "0.4.13",
        "model": {"endpoint": {"api": api}} if api else {},
        "tasks": [
            {
                "task": "questions",
                "task_version": "1",
                "sample_count": len(right),
                "duration_seconds": 2.0,
                "settings": {"dtype": "float32", **(settings or {})},
                "values": [
                    {"metric": "exact_match", "value": mean, "stderr": error},
                    {"metric": "chrf", "value": chrf_of(right), "stderr": 70 * error},
                ],
                "samples": {
                    "repository": samples.full_id,
                    "commit": commit,
                    "path": "runs/questions.parquet",
                },
            }
        ],
    }
    (run,) = runs.record(job, result)
    leaderboards.refresh_for_run(run.pk)
    leaderboards.catch_up()
    return run


def _asked_elsewhere(owner: User, name: str, api: str) -> Job:
    actor, full_id = actor_for(owner), f"{owner.username}/{name}"
    if full_id not in [one.full_id for one in endpoints.visible_to(actor)]:
        make_endpoint(owner, owner.username, name=name, api=api)
    make_queues()
    request = {"kind": "evaluate", "owner": owner.username, "endpoint": full_id}
    return jobs.submit(actor, requests.parse({**request, "benchmark": f"{owner.username}/questions"}))
