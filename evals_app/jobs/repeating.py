"""The request that a job came from, so that it can be made once more."""

from __future__ import annotations

from dataclasses import replace

from evals_app.compute.requirements import GIGABYTE
from evals_app.jobs import containers, evaluation, requests
from evals_app.jobs.models import Job, JobKind
from evals_app.jobs.requests import ContainerRequest, JobRequest
from hub.accounts.actors import Actor


def request_of(job: Job) -> JobRequest:
    """The request that makes this job once more, at the same commits; without its secrets."""
    spec = job.spec
    common = {
        "kind": job.kind,
        "owner": job.owner.name,
        "queue": job.queue.slug,
        "priority": job.priority,
        "devices": job.needs_devices,
        "memory_gb": job.needs_memory_bytes / GIGABYTE,
        "time_limit": job.time_limit_seconds,
        "attempts": spec.get("attempts"),
        "labels": job.labels,
    }
    match job.kind:
        case JobKind.EVALUATE:
            specific = {
                **evaluation.asked_for(spec),
                "benchmark": spec["benchmark"]["id"],
                "benchmark_revision": spec["benchmark"]["commit"],
                "tasks": [task["name"] for task in spec["tasks"]],
                "settings": spec["settings"],
                "limit": spec["limit"],
            }
        case JobKind.FINE_TUNE:
            base = spec["base_model"]
            specific = {
                "recipe": spec["recipe"],
                **(
                    {"base_model": base["id"], "revision": base["commit"]} if base else {"init": spec["init"]}
                ),
                "dataset": spec["dataset"]["id"],
                "dataset_revision": spec["dataset"]["commit"],
                "output": spec["output"],
                "private": spec["private"],
                "settings": spec["settings"],
            }
        case JobKind.CONTAINER:
            specific = containers.asked_for(spec)
        case _:
            names_ = ("upstream", "source", "source_type", "source_revision", "output", "private")
            specific = {name: spec[name] for name in names_}
    return requests.parse({**common, **specific})


def request_by(actor: Actor, job: Job) -> JobRequest:
    """The same with its secrets. PermissionRefused when they are another person's."""
    request = request_of(job)
    if not isinstance(request, ContainerRequest):
        return request
    return replace(request, secrets=containers.secrets_for(actor, job.submitted_by_id, job.secrets))
