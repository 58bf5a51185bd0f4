"""Which runs may stand in a column of a board, and why others may not. Reads; the rule is the recipe's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from evals_app.catalog.models import BenchmarkVersion, EndpointApi
from evals_app.runs.models import Run, RunValue

DTYPE_CLASSES = {"bfloat16": "16-bit", "float16": "16-bit", "float32": "32-bit"}


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a model was run, as far as it changes scores and the fingerprint does not hold it. `format` is the
    class of its numbers; empty for a model behind another address, whose server nobody sees into."""

    format: str
    few_shot: int = 0
    chat_template: bool = False

    def __str__(self) -> str:
        shots = f"{self.few_shot}-shot" if self.few_shot else ""
        parts = (self.format, shots, "chat template" if self.chat_template else "")
        return " · ".join(filter(None, parts)) or "external"

    def admits(self, other: Recipe) -> bool:
        """Whether the other's numbers may stand beside these: asked alike, with numbers of the same class,
        or of a class that nobody can tell."""
        asked_alike = (self.few_shot, self.chat_template) == (other.few_shot, other.chat_template)
        return asked_alike and other.format in (self.format, "")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A measured value with what decides where it may stand. `model_id` is None for an external model,
    which is known by its name alone."""

    run_id: UUID
    model_id: int | None
    model_name: str
    measured_at: datetime
    value: float
    stderr: float | None
    sample_count: int
    recipe: Recipe

    @property
    def entrant(self) -> int | str:
        """The same for all runs of one model."""
        return self.model_name.lower() if self.model_id is None else self.model_id


@dataclass(frozen=True, slots=True)
class Refused:
    """A public run that stands in no column of its benchmark's board; `reason` is a word for pages."""

    run_id: UUID
    model_name: str
    reason: str


def recipe_of(run: Run) -> Recipe:
    api = (run.provenance.get("endpoint") or {}).get("api") if isinstance(run.provenance, dict) else None
    settings = run.settings
    return _recipe(
        run.is_external, api, settings.get("dtype"), settings.get("chat_template"), settings.get("few_shot")
    )


def _recipe(is_external: bool, api: object, dtype: object, chat_template: object, few_shot: object) -> Recipe:
    """A chat API puts every prompt into a template of its own."""
    shots = few_shot if isinstance(few_shot, int) else 0
    if is_external:
        return Recipe("", shots, api == EndpointApi.CHAT)
    return Recipe(DTYPE_CLASSES.get(str(dtype), str(dtype or "?")), shots, bool(chat_template))


def candidates(
    version: BenchmarkVersion, task: str, metric: str, *, within: int | None = None
) -> Iterator[Candidate]:
    """Newest first: whole test sets, the same fingerprint, models that are public and still there, and
    those behind other addresses. `within` is the namespace whose private runs are admitted too. One query.
    """
    rows = (
        RunValue.objects.filter(
            _admitted(within),
            metric=metric,
            run__task=task,
            run__sample_limit=None,
            run__benchmark_version__fingerprint=version.fingerprint,
            run__benchmark_version__benchmark_id=version.benchmark_id,
        )
        .order_by("-run__created_at", "-run__id")
        .values_list(
            *("run_id", "run__model_id", "run__model_name", "run__created_at", "value", "stderr"),
            *("run__sample_count", "run__is_external", "run__provenance__endpoint__api"),
            *("run__settings__dtype", "run__settings__chat_template", "run__settings__few_shot"),
        )
    )
    for *facts, is_external, api, dtype, chat, shots in rows.iterator(chunk_size=2000):
        run, model, name, measured, value, stderr, count = facts
        recipe = _recipe(is_external, api, dtype, chat, shots)
        yield Candidate(run, model, name, measured, value, stderr, count, recipe)


def _admitted(within: int | None) -> Q:
    here, elsewhere = Q(run__is_external=False, run__model__is_disabled=False), Q(run__is_external=True)
    public = Q(run__is_private=False)
    found = here & public & Q(run__model__visibility="public") | elsewhere & public
    if within is not None:
        own = Q(run__owner_id=within)
        found |= here & own & Q(run__model__namespace_id=within) | elsewhere & own
    return found


def refused(version: BenchmarkVersion, task: str, limit: int) -> list[Refused]:
    """The newest public runs of the task that no column takes, whatever their recipe: only part of the
    samples, or another declaration. Models that have a complete run of this version are not named."""
    here = Q(model__visibility="public", model__is_disabled=False)
    runs: QuerySet[Run] = Run.objects.filter(
        here | Q(is_external=True),
        task=task,
        is_private=False,
        benchmark_version__benchmark_id=version.benchmark_id,
    )
    of_same = Q(model_id=OuterRef("model_id")) | Q(is_external=True, model_name=OuterRef("model_name"))
    complete = runs.filter(of_same, sample_limit=None, benchmark_version__fingerprint=version.fingerprint)
    left_out = runs.exclude(Exists(complete)).order_by("-created_at", "-id")
    return [
        Refused(run_id, name, "part-of-samples" if part is not None else "other-version")
        for run_id, name, part in left_out.values_list("id", "model_name", "sample_limit")[:limit]
    ]
