"""Jobs, schedules and hardware in the form of the ecosystem's clients."""

from __future__ import annotations

from typing import Any

from evals_app.compute import selectors as compute
from evals_app.compute.models import DeviceClass, Queue, Worker
from evals_app.hf_jobs import images
from evals_app.jobs import accounting, repeating, requests, states
from evals_app.jobs.models import Job, JobState, JobTransition
from evals_app.jobs.waiting import waiting_reason
from evals_app.schedules.models import Schedule
from hub.accounts.models import Namespace, NamespaceKind
from hub.core import clock

STAGES = {
    JobState.QUEUED: "SCHEDULING",
    JobState.RUNNING: "RUNNING",
    JobState.SUCCEEDED: "COMPLETED",
    JobState.FAILED: "ERROR",
    JobState.CANCELLED: "CANCELED",
}
STATES = {stage: state for state, stage in STAGES.items()}


def job_row(job: Job, *, message: str = "") -> dict[str, Any]:
    """No query, when owner, queue and submitter came along."""
    initiator = {"type": "user", "id": str(job.submitted_by_id), "name": job.submitted_by.username}
    if job.schedule_id:
        initiator = {"type": "scheduled-job", "id": str(job.schedule_id)}
    elif job.rerun_of_id:
        initiator = {"type": "duplicated-job", "id": str(job.rerun_of_id)}
    return {
        "id": str(job.pk),
        "createdAt": clock.iso_millis(job.created_at),
        "startedAt": clock.iso_millis(job.started_at) if job.started_at else None,
        "finishedAt": clock.iso_millis(job.finished_at) if job.finished_at else None,
        **images.shown(requests.as_json(repeating.request_of(job))),
        # Their names; what they hold is nobody's to read.
        "secrets": dict.fromkeys(job.spec.get("secrets") or [], ""),
        "flavor": job.queue.slug,
        "labels": job.labels,
        "owner": owner_row(job.owner),
        "status": {"stage": STAGES[JobState(job.state)], "message": message or job.error_message or None},
        "durations": _durations(job),
        "initiator": initiator,
        "retry": job.max_attempts - 1,
    }


def job_with_reason(job: Job) -> dict[str, Any]:
    """The same, and why it waits if it does."""
    return job_row(job, message=waiting_reason(job).text)


def owner_row(owner: Namespace) -> dict[str, str]:
    kind = "user" if owner.kind == NamespaceKind.USER else "org"
    return {"id": f"{owner.pk:024x}", "name": owner.name, "type": kind}


def _durations(job: Job) -> dict[str, int | None]:
    end = job.finished_at or clock.now()
    running = (end - job.started_at).total_seconds() if job.started_at else None
    waited = ((job.started_at or end) - job.created_at).total_seconds()
    return {
        "schedulingSecs": int(waited) if job.started_at or job.state in states.FINAL else None,
        "runningSecs": None if running is None else int(running),
        "totalSecs": int((end - job.created_at).total_seconds()),
    }


def hardware_rows() -> list[dict[str, Any]]:
    """One for each queue, with what its best live worker has. Two queries."""
    workers = compute.live_workers()
    return [_hardware(queue, [w for w in workers if queue.slug in w.queues]) for queue in compute.queues()]


def _hardware(queue: Queue, workers: list[Worker]) -> dict[str, Any]:
    devices = [device for worker in workers for device in worker.devices]
    processors = [device for device in devices if device.get("kind") == "cpu"]
    best: dict[str, Any] = max(processors, key=lambda device: device.get("count") or 0, default={})
    price = accounting.price_of(queue.slug)
    # The field is for one currency; a price in another one is told by this hub's own API.
    a_minute = float(price.amount) / 60 if price and price.currency == "USD" else 0.0
    row = {
        "name": queue.slug,
        "prettyName": queue.description or queue.slug,
        "cpu": f"{best['count']} vCPU" if best.get("count") else "N/A",
        "ram": _gigabytes(best.get("memory_bytes")),
        "unitCostMicroUSD": round(a_minute * 1_000_000),
        "unitCostUSD": a_minute,
        "unitLabel": "minute",
    }
    cards = [device for device in devices if device.get("kind") == "gpu"]
    if queue.device_class == DeviceClass.GPU and cards:
        card = max(cards, key=lambda device: device.get("memory_bytes") or 0)
        row["accelerator"] = {
            "type": "gpu",
            "model": str(card.get("name") or "GPU"),
            "quantity": str(card.get("count") or 1),
            "vram": _gigabytes(card.get("memory_bytes")),
            "manufacturer": str(card.get("name") or "").split(" ", maxsplit=1)[0],
        }
    return row


def _gigabytes(size: Any) -> str:
    return f"{size / 1e9:.0f} GB" if isinstance(size, int | float) and size else "N/A"


def move_row(move: JobTransition) -> dict[str, Any]:
    """A stage that the job entered."""
    return {
        "stage": STAGES[JobState(move.to_state)],
        "message": move.reason or None,
        "attempt": move.attempt,
        "timestamp": clock.iso_millis(move.at),
    }


def metric_row(job: Job, values: dict[str, float]) -> dict[str, Any]:
    """What the supervisor saw last. Networks are not measured: the client wants numbers, and gets zeros."""
    machine = job.environment.get("machine") or {}
    cores = machine.get("cores") or 1
    cards = sorted(
        name[10:-8] for name in values if name.startswith("system/gpu") and name.endswith("_percent")
    )
    return {
        "cpu_usage_pct": round(values.get("system/cpu_percent", 0.0) / cores, 1),
        "cpu_millicores": cores * 1000,
        "memory_used_bytes": int(values.get("system/memory_bytes", 0)),
        "memory_total_bytes": int(machine.get("memory_bytes") or 1),
        "rx_bps": 0,
        "tx_bps": 0,
        "gpus": {
            card: {
                "utilization": values[f"system/gpu{card}_percent"],
                "memory_used_bytes": int(values.get(f"system/gpu{card}_memory_bytes", 0)),
                "memory_total_bytes": int(machine.get("gpu_memory_bytes") or 1),
            }
            for card in cards
        },
        "replica": job.worker.name if job.worker else "",
    }


def schedule_row(schedule: Schedule) -> dict[str, Any]:
    """One that waits for an event says so where others have their calendar."""
    request = schedule.request
    last = {
        "id": str(schedule.last_job_id),
        "at": clock.iso_millis(schedule.last_run_at or schedule.created_at),
    }
    return {
        "id": str(schedule.pk),
        "createdAt": clock.iso_millis(schedule.created_at),
        "jobSpec": {
            **images.shown(request),
            "flavor": request["queue"],
            "labels": request.get("labels") or {},
        },
        "schedule": schedule.cron or schedule.trigger,
        "suspend": schedule.is_paused,
        "concurrency": schedule.allow_overlap,
        "status": {
            "lastJob": last if schedule.last_job_id else None,
            "nextJobRunAt": clock.iso_millis(schedule.next_run_at)
            if schedule.next_run_at and not schedule.is_paused
            else None,
        },
        "owner": owner_row(schedule.owner),
    }
