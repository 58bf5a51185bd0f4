"""What a job left behind that is worth keeping: each a repository at a commit."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from evals_app.jobs.models import Job, JobKind


class ArtefactKind(StrEnum):
    MODEL = "model"
    DATASET = "dataset"
    SAMPLES = "samples"


@dataclass(frozen=True, slots=True)
class Artefact:
    """`type` is that of the repository; `path` names a file in it, or is empty for all of it."""

    kind: ArtefactKind
    type: str
    id: str
    commit: str
    path: str = ""

    @property
    def url(self) -> str:
        base = f"{'/datasets' if self.type == 'dataset' else ''}/{self.id}"
        return f"{base}/blob/{self.commit}/{self.path}" if self.path else f"{base}/tree/{self.commit}"


def artefacts_of(job: Job) -> list[Artefact]:
    """Of a result as the engine told it; parts that are not as they should be are left out."""
    if job.kind == JobKind.EVALUATE:
        tasks = job.result.get("tasks")
        rows = [_samples(task) for task in tasks if isinstance(task, dict)] if isinstance(tasks, list) else []
        return [row for row in rows if row is not None]
    output, commit = job.result.get("output"), job.result.get("commit")
    if not (isinstance(output, str) and isinstance(commit, str) and output and commit):
        return []
    type_ = str(job.spec.get("source_type", "model"))
    return [Artefact(ArtefactKind(type_), type_, output, commit)]


def _samples(task: dict[str, Any]) -> Artefact | None:
    samples = task.get("samples")
    if not isinstance(samples, dict):
        return None
    place = [samples.get(name) for name in ("repository", "commit", "path")]
    if not all(isinstance(part, str) and part for part in place):
        return None
    return Artefact(ArtefactKind.SAMPLES, "dataset", *place)  # type: ignore[arg-type]
