"""Two or more models side by side: what was measured of each under the same recipe, and whether they
differ on the same samples. What is not computed yet a worker computes; a request only reads rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from uuid import UUID

import numpy as np
from django.core.cache import cache
from django.db.models import Q

from evals_app.leaderboards.models import PairedScore
from evals_app.leaderboards.pairing import KeptScores, compared
from evals_app.metrics import formulas, ranking, significance
from evals_app.metrics.ranking import Score
from evals_app.runs import candidates
from evals_app.runs import selectors as runs
from evals_app.runs.models import Run, RunValue, SampleScores
from hub.accounts.actors import Actor
from hub.core.enqueue import enqueue_after_commit
from hub.core.errors import InvalidInput
from models_app.repositories import access
from models_app.repositories.models import Repository, RepositoryType

COMPUTE = "evals_app.leaderboards.compute_pairs"
MOST_MODELS = 6
MOST_RUNS = 500
MOST_PAIRS = 200
# A worker that was asked is not asked again for a while, however often the page is opened.
ASK_AGAIN_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Against:
    """The first model against another: `difference` is first minus other; `corrected` for everything that
    the page tests. `method` is `independent` without common samples, `pending` while a worker computes."""

    difference: float
    low: float | None
    high: float | None
    p_value: float | None
    method: str
    corrected: float | None = None

    @property
    def is_significant(self) -> bool:
        return self.corrected is not None and self.corrected < significance.LEVEL


@dataclass(frozen=True, slots=True)
class Row:
    """One metric of one task under one recipe. `values` and `tests` follow the models; the first model's
    test is None."""

    benchmark: str
    task: str
    recipe: str
    metric: str
    values: list[RunValue | None]
    tests: list[Against | None]

    @property
    def higher_is_better(self) -> bool:
        return next(value.higher_is_better for value in self.values if value is not None)

    @property
    def key(self) -> str:
        return f"{self.benchmark} {self.task} {self.metric} {self.recipe}"


@dataclass(frozen=True, slots=True)
class Comparison:
    models: list[Repository]
    rows: list[Row]

    @property
    def is_pending(self) -> bool:
        return any(test.method == "pending" for row in self.rows for test in row.tests if test)


@dataclass(frozen=True, slots=True)
class SampleGap:
    """How one sample was scored for both models; `gap` is positive where the first is better."""

    index: int
    first: float
    second: float
    gap: float


def models_named(actor: Actor, names: Sequence[str]) -> list[Repository]:
    """In the order given, each once. InvalidInput for more than can stand beside each other."""
    wanted = list(dict.fromkeys(name.strip() for name in names if name.strip()))
    if len(wanted) > MOST_MODELS:
        raise InvalidInput(f"At most {MOST_MODELS} models can be compared.", field="model")
    return [access.get_repository_for(actor, RepositoryType.MODEL, name) for name in wanted]


def compare(actor: Actor, models: list[Repository]) -> Comparison:
    """Rows where the first model and another were measured alike; a fixed number of queries."""
    if len(models) < 2:
        return Comparison(models, [])
    newest = _newest(actor, models)
    known = _known(newest.values())
    kept = _with_samples(newest.values())
    rows = [
        _row(key, found, metric, models, known, kept)
        for key, found in newest.items()
        if models[0].pk in found and len(found) > 1
        for metric in [value.metric for value in found[models[0].pk].values.all()]
    ]
    comparison = Comparison(models, _corrected(rows))
    if comparison.is_pending:
        _ask(newest.values(), models[0].pk)
    return comparison


Key = tuple[str, str, str, str]


def _newest(actor: Actor, models: Sequence[Repository]) -> dict[Key, dict[int, Run]]:
    """By benchmark, fingerprint, task and recipe: each model's newest complete run."""
    found: dict[Key, dict[int, Run]] = {}
    visible = runs.runs_visible_to(actor).filter(model__in=models, sample_limit=None)[:MOST_RUNS]
    for run in visible:
        settings = run.settings
        recipe = candidates.recipe(
            settings.get("dtype"), settings.get("chat_template"), settings.get("few_shot")
        )
        key = (run.benchmark_name, run.benchmark_version.fingerprint, run.task, recipe)
        if run.model_id is not None:
            found.setdefault(key, {}).setdefault(run.model_id, run)
    return found


def _known(groups: Iterable[dict[int, Run]]) -> dict[tuple[UUID, UUID, str], PairedScore]:
    ids = [run.pk for group in groups for run in group.values()]
    rows = PairedScore.objects.filter(first__in=ids, second__in=ids).exclude(low=None)
    return {(row.first_id, row.second_id, row.metric): row for row in rows}


def _with_samples(groups: Iterable[dict[int, Run]]) -> dict[tuple[UUID, str], str]:
    ids = [run.pk for group in groups for run in group.values()]
    rows = SampleScores.objects.filter(run__in=ids).values_list("run_id", "metric", "order")
    return {(run, metric): order for run, metric, order in rows}


def _row(
    key: Key,
    found: dict[int, Run],
    metric: str,
    models: Sequence[Repository],
    known: dict[tuple[UUID, UUID, str], PairedScore],
    kept: dict[tuple[UUID, str], str],
) -> Row:
    values = [_value(found.get(model.pk), metric) for model in models]
    first = values[0]
    assert first is not None
    tests = [
        _test(first, other, known, kept) if other is not None and place else None
        for place, other in enumerate(values)
    ]
    return Row(key[0], key[2], key[3], metric, values, tests)


def _value(run: Run | None, metric: str) -> RunValue | None:
    values = run.values.all() if run is not None else []
    return next((value for value in values if value.metric == metric), None)


def _test(
    one: RunValue,
    other: RunValue,
    known: dict[tuple[UUID, UUID, str], PairedScore],
    kept: dict[tuple[UUID, str], str],
) -> Against:
    first, second = sorted([one.run_id, other.run_id])
    row = known.get((first, second, one.metric))
    difference = one.value - other.value
    if row is not None:
        sign = 1 if first == one.run_id else -1
        low, high = sorted([sign * (row.low or 0.0), sign * (row.high or 0.0)])
        return Against(difference, low, high, row.p_value, row.method)
    orders = {kept.get((run, one.metric)) for run in (first, second)}
    if len(orders) == 1 and None not in orders:
        return Against(difference, None, None, None, "pending")
    if one.stderr is None or other.stderr is None:
        return Against(difference, None, None, None, "unknown")
    p_value = ranking.p_value(Score(one.value, one.stderr), Score(other.value, other.stderr))
    reach = ranking.Z_95 * float(np.hypot(one.stderr, other.stderr))
    return Against(difference, difference - reach, difference + reach, p_value, "independent")


def _corrected(rows: list[Row]) -> list[Row]:
    """Holm's correction over all tests of the page."""
    tests = [test for row in rows for test in row.tests if test is not None and test.p_value is not None]
    corrected = iter(significance.holm([test.p_value for test in tests if test.p_value is not None]))
    return [
        replace(
            row,
            tests=[
                replace(test, corrected=next(corrected)) if test and test.p_value is not None else test
                for test in row.tests
            ],
        )
        for row in rows
    ]


def _ask(groups: Iterable[dict[int, Run]], first_model: int) -> None:
    pairs = (
        (group[first_model].pk, run.pk)
        for group in groups
        if first_model in group
        for model, run in group.items()
        if model != first_model
    )
    ids = [str(run) for pair in islice(pairs, MOST_PAIRS) for run in pair]
    asked = hashlib.sha256("".join(ids).encode()).hexdigest()
    if ids and cache.add(f"paired:{asked}", 1, ASK_AGAIN_SECONDS):
        enqueue_after_commit(COMPUTE, ids)


def compute(run_ids: Sequence[UUID]) -> None:
    """Pairs follow each other in the list. Each metric with samples on both sides gets its row, once."""
    for first, second in zip(run_ids[::2], run_ids[1::2], strict=True):
        have = set(PairedScore.objects.filter(
            Q(first=first, second=second) | Q(first=second, second=first), low__isnull=False
        ).values_list("metric", flat=True))  # fmt: skip
        metrics = SampleScores.objects.filter(run=first).values_list("metric", flat=True)
        for metric in [metric for metric in metrics if metric not in have]:
            _compute(first, second, KeptScores(metric))


def _compute(first: UUID, second: UUID, kept: KeptScores) -> None:
    pair = kept.pair(first, second)
    if pair is None:
        return
    row = compared(first, second, kept, pair, with_interval=True)
    PairedScore.objects.update_or_create(
        first_id=row.first_id,
        second_id=row.second_id,
        metric=row.metric,
        defaults={
            "difference": row.difference,
            "p_value": row.p_value,
            "method": row.method,
            "low": row.low,
            "high": row.high,
        },
    )


def sample_gaps(one: RunValue, other: RunValue, show: str) -> list[SampleGap] | None:
    """The samples where the models differ, the largest gap first: `first` where the first is better,
    `second` where the other is, else both. None without common samples."""
    kept = KeptScores(one.metric)
    pair = kept.pair(one.run_id, other.run_id)
    if pair is None:
        return None
    of_sums = formulas.formula(one.metric)
    first, second = of_sums(pair[0]), of_sums(pair[1])
    gaps = (first - second) * (1 if one.higher_is_better else -1)
    order = np.argsort(-np.abs(gaps), kind="stable")
    wanted = {"first": gaps > 0, "second": gaps < 0}.get(show, gaps != 0)
    return [
        SampleGap(int(at), float(first[at]), float(second[at]), float(gaps[at])) for at in order if wanted[at]
    ]
