"""Two or more models side by side: what was measured of each under the same recipe, and whether they
differ on the same samples. What is not computed yet a worker computes; a request only reads rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice
from typing import Any
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
from evals_app.runs.candidates import Recipe
from evals_app.runs.models import EXTERNAL, Run, RunValue, SampleScores
from hub.accounts.actors import Actor
from hub.core.enqueue import enqueue_after_commit
from hub.core.errors import InvalidInput
from models_app.repositories import access
from models_app.repositories.models import Repository, RepositoryType

COMPUTE = "evals_app.leaderboards.compute_pairs"
# Twelve make 66 pairs, as many as a page can show and a reader can read.
MOST_MODELS = 12
MOST_RUNS = 500
MOST_PAIRS = 200
# A worker that was asked is not asked again for a while, however often the page is opened.
ASK_AGAIN_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Entrant:
    """What is compared: a model of this hub, or one behind another address, of which only the name is known.
    `name` is how addresses and forms call it."""

    name: str
    model: Repository | None

    @property
    def title(self) -> str:
        return self.name.removeprefix(EXTERNAL)

    @property
    def key(self) -> int | str:
        return self.model.pk if self.model is not None else self.name.lower()


@dataclass(frozen=True, slots=True)
class Against:
    """One model against another: `difference` is the first minus the other; `corrected` for all tests of
    its family. `method` is `independent` without common samples, `pending` while a worker computes."""

    difference: float
    low: float | None
    high: float | None
    p_value: float | None
    method: str
    corrected: float | None = None

    @property
    def is_significant(self) -> bool:
        return self.corrected is not None and self.corrected < significance.LEVEL

    @property
    def is_paired(self) -> bool:
        return self.method not in ("independent", "unknown")


@dataclass(frozen=True, slots=True)
class Row:
    """One metric of one task under one recipe. `values` and `tests` follow the models; a test is None for
    the reference itself, and where one of both was not measured."""

    benchmark: str
    fingerprint: str
    task: str
    recipe: str
    metric: str
    values: list[RunValue | None]
    tests: list[Against | None]
    # On held-out items pairs would tell of single ones: models are compared by their scores alone.
    hides_samples: bool = False

    @property
    def higher_is_better(self) -> bool:
        return next(value.higher_is_better for value in self.values if value is not None)

    @property
    def key(self) -> str:
        return f"{self.benchmark} {self.task} {self.metric} {self.recipe} {self.fingerprint[:12]}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """`reference` is the place of the model that the others are held against."""

    models: list[Entrant]
    rows: list[Row]
    reference: int = 0

    @property
    def is_pending(self) -> bool:
        return any(test.method == "pending" for row in self.rows for test in row.tests if test)


@dataclass(frozen=True, slots=True)
class Matrix:
    """Each model (a line) against each other one (a column) in one metric; None on the diagonal and where
    one was not measured. `tests` counts the pairs, for which p is corrected."""

    lines: list[list[Against | None]]
    tests: int

    @property
    def is_pending(self) -> bool:
        return any(test.method == "pending" for line in self.lines for test in line if test)


@dataclass(frozen=True, slots=True)
class SampleGap:
    """How one sample was scored for both models; `gap` is positive where the first is better."""

    index: int
    first: float
    second: float
    gap: float


def models_named(actor: Actor, names: Sequence[str]) -> list[Entrant]:
    """In the order given, each once. InvalidInput for more than can stand beside each other, NotFound for
    what the actor may not see."""
    wanted = list(dict.fromkeys(name.strip() for name in names if name.strip()))
    if len(wanted) > MOST_MODELS:
        raise InvalidInput(f"At most {MOST_MODELS} models can be compared.", field="model")
    return [_entrant(actor, name) for name in wanted]


def _entrant(actor: Actor, name: str) -> Entrant:
    if name.startswith(EXTERNAL):
        told = runs.external_named(actor, name.removeprefix(EXTERNAL))
        return Entrant(f"{EXTERNAL}{told}", None)
    model = access.get_repository_for(actor, RepositoryType.MODEL, name)
    return Entrant(model.full_id, model)


def place_of(models: Sequence[Entrant], name: str) -> int:
    """Where the named model stands among them; the first where nothing is named. InvalidInput for another."""
    names = [model.name.lower() for model in models]
    if name and name.lower() not in names:
        raise InvalidInput(f"{name:.120} is not among the models to compare.", field="reference")
    return names.index(name.lower()) if name else 0


def compare(actor: Actor, models: list[Entrant], reference: int = 0) -> Comparison:
    """Rows where two models or more were measured alike; a fixed number of queries. p is corrected for all
    tests against the reference."""
    if len(models) < 2:
        return Comparison(models, [])
    newest = _newest(actor, models)
    hidden = {key for key, found in newest.items() if _hides_samples(actor, found)}
    open_groups = [found for key, found in newest.items() if key not in hidden]
    tester = _Tester(open_groups)
    rows = [
        replace(_row(key, found, metric, models, reference, tester), hides_samples=key in hidden)
        for key, found in newest.items()
        if len(found) > 1
        for metric in _metrics(found)
    ]
    comparison = Comparison(models, _corrected(rows), reference)
    if comparison.is_pending:
        _ask(_against(open_groups, models[reference].key))
    return comparison


def _hides_samples(actor: Actor, found: Group) -> bool:
    return not all(runs.may_see_answers(actor, run) for run in found.values())


def matrix(row: Row) -> Matrix:
    """Every pair of the row's models. p is corrected for these pairs, n(n-1)/2 of them, and for nothing
    else: who looks at several matrices looks at several families of tests."""
    measured = {place: value.run for place, value in enumerate(row.values) if value is not None}
    tester = _Tester([] if row.hides_samples else [measured])
    number = len(row.values)
    lines: list[list[Against | None]] = [[None] * number for _ in range(number)]
    pairs = [
        (first, second)
        for first, second in combinations(range(number), 2)
        if row.values[first] is not None and row.values[second] is not None
    ]
    for first, second in pairs:
        one, other = row.values[first], row.values[second]
        lines[first][second] = tester.test(one, other) if one and other else None
    tests = [lines[first][second] for first, second in pairs]
    for (first, second), test in zip(pairs, _family(tests), strict=True):
        lines[first][second], lines[second][first] = test, _turned(test)
    found = Matrix(lines, len(pairs))
    if found.is_pending:
        _ask((one.run_id, other.run_id) for one, other in _pairs_of(row, pairs))
    return found


def _pairs_of(row: Row, pairs: Iterable[tuple[int, int]]) -> Iterator[tuple[RunValue, RunValue]]:
    for first, second in pairs:
        one, other = row.values[first], row.values[second]
        if one is not None and other is not None:
            yield one, other


def _turned(test: Against | None) -> Against | None:
    if test is None:
        return None
    low, high = (None, None) if test.low is None or test.high is None else (-test.high, -test.low)
    return replace(test, difference=-test.difference, low=low, high=high)


Key = tuple[str, str, str, Recipe]
Group = Mapping[Any, Run]


def _newest(actor: Actor, models: Sequence[Entrant]) -> dict[Key, dict[int | str, Run]]:
    """By benchmark, fingerprint, task and recipe: each model's newest complete run. An external model joins
    every recipe that admits it; only where there is none it stands for itself."""
    here = [model.model for model in models if model.model is not None]
    elsewhere = [model.title for model in models if model.model is None]
    wanted = Q(model__in=here) | Q(is_external=True, model_name__in=elsewhere)
    found: dict[Key, dict[int | str, Run]] = {}
    external = []
    visible = runs.runs_visible_to(actor).filter(wanted, sample_limit=None)
    visible = visible.select_related("benchmark_version__benchmark__repository__namespace")
    for run in visible[:MOST_RUNS]:
        if run.is_external:
            external.append(run)
        elif run.model_id is not None:
            found.setdefault(_key(run), {}).setdefault(run.model_id, run)
    own = list(found)
    for run in external:
        key = _key(run)
        fitting = [one for one in own if one[:3] == key[:3] and one[3].admits(key[3])]
        for one in fitting or [key]:
            found.setdefault(one, {}).setdefault(run.entrant.lower(), run)
    return found


def _key(run: Run) -> Key:
    recipe = candidates.recipe_of(run)
    return run.benchmark_name, run.benchmark_version.fingerprint, run.task, recipe


class _Tester:
    """Tests between values of these runs, from what workers computed before. Two queries."""

    def __init__(self, groups: Iterable[Group]) -> None:
        ids = [run.pk for group in groups for run in group.values()]
        pairs = PairedScore.objects.filter(first__in=ids, second__in=ids).exclude(low=None)
        self.known = {(row.first_id, row.second_id, row.metric): row for row in pairs}
        kept = SampleScores.objects.filter(run__in=ids).values_list("run_id", "metric", "order")
        self.kept = {(run, metric): order for run, metric, order in kept}

    def test(self, one: RunValue, other: RunValue) -> Against:
        first, second = sorted([one.run_id, other.run_id])
        row = self.known.get((first, second, one.metric))
        difference = one.value - other.value
        if row is not None:
            sign = 1 if first == one.run_id else -1
            low, high = sorted([sign * (row.low or 0.0), sign * (row.high or 0.0)])
            return Against(difference, low, high, row.p_value, row.method)
        orders = {self.kept.get((run, one.metric)) for run in (first, second)}
        if len(orders) == 1 and None not in orders:
            return Against(difference, None, None, None, "pending")
        if one.stderr is None or other.stderr is None:
            return Against(difference, None, None, None, "unknown")
        p_value = ranking.p_value(Score(one.value, one.stderr), Score(other.value, other.stderr))
        reach = ranking.Z_95 * float(np.hypot(one.stderr, other.stderr))
        return Against(difference, difference - reach, difference + reach, p_value, "independent")


def _metrics(found: Group) -> list[str]:
    """Of all models, in the order of the first one's."""
    return list(dict.fromkeys(value.metric for run in found.values() for value in run.values.all()))


def _row(
    key: Key, found: Group, metric: str, models: Sequence[Entrant], reference: int, tester: _Tester
) -> Row:
    values = [_value(found.get(model.key), metric) for model in models]
    base = values[reference]
    tests = [
        tester.test(base, other) if base is not None and other is not None and place != reference else None
        for place, other in enumerate(values)
    ]
    return Row(*key[:3], str(key[3]), metric, values, tests)


def _value(run: Run | None, metric: str) -> RunValue | None:
    values = run.values.all() if run is not None else []
    return next((value for value in values if value.metric == metric), None)


def _corrected(rows: list[Row]) -> list[Row]:
    family = iter(_family([test for row in rows for test in row.tests]))
    return [replace(row, tests=[next(family) for _ in row.tests]) for row in rows]


def _family(tests: Sequence[Against | None]) -> list[Against | None]:
    """The same with Holm's correction over all of them that have a p-value."""
    known = [test.p_value for test in tests if test is not None and test.p_value is not None]
    corrected = iter(significance.holm(known))
    return [
        replace(test, corrected=next(corrected)) if test is not None and test.p_value is not None else test
        for test in tests
    ]


def _against(groups: Iterable[Group], reference: int | str) -> Iterator[tuple[UUID, UUID]]:
    for group in groups:
        for model, run in group.items() if reference in group else ():
            if model != reference:
                yield group[reference].pk, run.pk


def _ask(pairs: Iterable[tuple[UUID, UUID]]) -> None:
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
