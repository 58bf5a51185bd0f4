"""Benchmarks, queues and jobs for tests, made through the services that the site uses."""

from __future__ import annotations

from typing import Any

from evals_app.catalog import endpoints, suite_services
from evals_app.catalog import services as catalog
from evals_app.catalog.endpoints import Wish
from evals_app.catalog.models import Benchmark, ExternalEndpoint, Suite
from evals_app.compute import services as compute
from evals_app.compute.models import Queue, Worker
from evals_app.jobs import requests, services
from evals_app.jobs.models import Job
from hub.accounts.models import Namespace, User
from tests.factories.accounts import actor_for
from tests.factories.repositories import actor_of, make_repository

BENCHMARK_YAML = """\
title: English to French
version: 1
licence: mit
tasks:
- name: en-fr
  kind: translation
  data: {file: data/test.jsonl}
  prompt: "Translate to French: {{en}}"
  target: "{{fr}}"
  metrics: [{name: bleu, primary: true}, chrf]
  decoding: {max_new_tokens: 64}
  source_language: en
  target_language: fr
"""
ROWS = '{"en": "Hello", "fr": "Bonjour"}\n{"en": "Thank you", "fr": "Merci"}\n'


def make_queues() -> list[Queue]:
    return compute.ensure_default_queues()


def make_worker(name: str = "cpu@here", queues: tuple[str, ...] = ("cpu",)) -> Worker:
    return compute.register_worker(name, queues=queues, devices=[], versions={})


def make_benchmark(
    owner: User | Namespace, name: str = "translation", *, text: str = BENCHMARK_YAML, private: bool = False
) -> Benchmark:
    repository = make_repository(
        owner, name, "dataset", private, {"benchmark.yaml": text, "data/test.jsonl": ROWS}
    )
    repository.refresh_from_db()
    benchmark = catalog.index_benchmark(repository)
    assert benchmark is not None
    return benchmark


def evaluation_request(owner: str, model: str, benchmark: str, **changes: Any) -> dict[str, Any]:
    return {"kind": "evaluate", "owner": owner, "model": model, "benchmark": benchmark, **changes}


def make_evaluation(
    owner: User | Namespace, *, model: str = "m", benchmark: str = "translation", **changes: Any
) -> Job:
    """A queued evaluation, with whatever it needs that is not there yet."""
    from models_app.repositories.models import Repository

    make_queues()
    namespace = owner.namespace if isinstance(owner, User) else owner
    have = set(Repository.objects.filter(namespace=namespace).values_list("name", flat=True))
    if model not in have:
        make_repository(owner, model, "model", changes.pop("private", False), {"config.json": "{}"})
    if benchmark not in have:
        make_benchmark(owner, benchmark)
    request = evaluation_request(
        namespace.name, f"{namespace.name}/{model}", f"{namespace.name}/{benchmark}", **changes
    )
    return services.submit(actor_of(owner), requests.parse(request))


def evaluation_result(bleu: float = 12.5, stderr: float | None = 1.0) -> dict[str, Any]:
    """What an engine would say about the task of `BENCHMARK_YAML`."""
    return {
        "harness": "lm-evaluation-harness",
        "harness_version": "0.4.13",
        "hardware": {"device": "cpu"},
        "environment": {"packages": {"lm_eval": "0.4.13"}},
        "tasks": [
            {
                "task": "en-fr",
                "task_version": "1",
                "sample_count": 2,
                "duration_seconds": 1.5,
                "settings": {"batch_size": 8},
                "seeds": {"random": 0},
                "values": [
                    {"metric": "bleu", "value": bleu, "stderr": stderr, "signature": "nrefs:1"},
                    {"metric": "chrf", "value": 30.0, "stderr": None},
                ],
                "samples": {
                    "repository": "alice/m-evaluations",
                    "commit": "0" * 40,
                    "path": "runs/x.parquet",
                },
            }
        ],
    }


def make_endpoint(user: User, owner: str, **changes: Any) -> ExternalEndpoint:
    wish = {
        "owner": owner,
        "name": "judge",
        "base_url": "https://api.example.org/v1",
        "model": "m",
        **changes,
    }
    return endpoints.create(actor_for(user), Wish(**wish))


def make_suite(
    owner: User | Namespace, name: str = "tour", *, text: str = "", private: bool = False
) -> Suite:
    own = owner.namespace.name if isinstance(owner, User) else owner.name
    text = text or f"title: Tour\nversion: 1\nbenchmarks:\n- {{benchmark: {own}/translation, weight: 2}}\n"
    made = suite_services.index_suite(make_repository(owner, name, "dataset", private, {"suite.yaml": text}))
    assert made is not None
    return made
