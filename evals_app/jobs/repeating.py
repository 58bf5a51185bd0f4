"""The request that a job came from, so that it can be made once more."""

from __future__ import annotations

from evals_app.compute.requirements import GIGABYTE
from evals_app.jobs import evaluation, requests
from evals_app.jobs.models import Job, JobKind
from evals_app.jobs.requests import JobRequest


def request_of(job: Job) -> JobRequest:
    """The request that makes this job once more, at the same commits."""
    spec = job.spec
    common = {
        "kind": job.kind,
        "owner": job.owner.name,
        "queue": job.queue.slug,
        "priority": job.priority,
        "devices": job.needs_devices,
        "memory_gb": job.needs_memory_bytes / GIGABYTE,
        "time_limit": job.time_limit_seconds,
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
        case _:
            names_ = ("upstream", "source", "source_type", "source_revision", "output", "private")
            specific = {name: spec[name] for name in names_}
    return requests.parse({**common, **specific})
