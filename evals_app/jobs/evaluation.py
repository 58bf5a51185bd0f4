"""Rules of an evaluation's order, on plain values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from evals_app.catalog.models import EndpointApi
from evals_app.metrics.catalogue import CHOICE_KINDS, LIKELIHOOD_KINDS, PAIR_KINDS
from hub.core.errors import InvalidInput

# Tasks that need likelihoods of given texts.
SCORED_KINDS = CHOICE_KINDS | LIKELIHOOD_KINDS | PAIR_KINDS


def inputs_of(tasks: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, dict[str, str]]]:
    """Repositories beside the benchmark that tasks read, with their types: data, and models of metrics."""
    for task in tasks:
        if "repository" in task["data"]:
            yield "dataset", {"id": task["data"]["repository"], "commit": task["data"]["commit"]}
        for metric in task["metrics"]:
            if metric.get("model"):
                yield "model", metric["model"]


def refuse_unscored(entrant: Mapping[str, Any], tasks: Sequence[Mapping[str, Any]]) -> None:
    """InvalidInput for tasks that compare likelihoods, where a server does not tell them."""
    endpoint = entrant.get("endpoint")
    scored = [task["name"] for task in tasks if task["kind"] in SCORED_KINDS]
    if not endpoint or not scored:
        return
    if endpoint["api"] != EndpointApi.COMPLETIONS or not endpoint["tokenizer"]:
        raise InvalidInput(
            f"{', '.join(scored)} compares likelihoods of given texts, which {endpoint['id']} does not tell. "
            "That needs an endpoint with the completions API (with `echo` and `logprobs`) and the name of "
            "its tokenizer on this hub; or choose tasks where the model writes.",
            field="endpoint",
        )


def through_the_hub(spec: dict[str, Any], job_id: UUID) -> dict[str, Any]:
    """Engines reach an endpoint by the job's own address here: the key and the guard stay in the hub."""
    if "endpoint" not in spec:
        return spec
    return {**spec, "endpoint": {**spec["endpoint"], "through": f"/api/v1/jobs/{job_id}/endpoint"}}


def asked_for(spec: Mapping[str, Any]) -> dict[str, str]:
    """The part of a request that says what is measured."""
    if "endpoint" in spec:
        return {"endpoint": spec["endpoint"]["id"]}
    return {"model": spec["model"]["id"], "revision": spec["model"]["commit"]}
