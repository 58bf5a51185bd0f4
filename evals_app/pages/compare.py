"""`/compare?model=a&model=b`: models side by side."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from evals_app.leaderboards import comparing
from evals_app.leaderboards.comparing import Against, Comparison, Entrant, Matrix, Row, SampleGap
from evals_app.runs import answers
from evals_app.runs.answers import Answer
from evals_app.runs.models import RunValue
from hub.accounts.actors import Actor
from hub.accounts.requests import actor_of
from hub.core.errors import HubError
from models_app.repositories import access
from models_app.repositories import selectors as repositories
from models_app.repositories.access import Need
from models_app.repositories.models import Repository

SAMPLES_PER_PAGE = 10
MOST_KEYS = 80
MOST_CHARACTERS = 120
SHOWS = ("gap", "first", "second")


@dataclass(frozen=True, slots=True)
class Difference:
    """A fact about the models whose values are not all the same."""

    label: str
    values: list[str]


@dataclass(frozen=True, slots=True)
class MatrixLine:
    """A model against all others, in their order."""

    model: Entrant
    value: RunValue
    tests: list[Against | None]


@dataclass(frozen=True, slots=True)
class SampleRow:
    gap: SampleGap
    first: Answer
    second: Answer


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    models = comparing.models_named(actor, request.GET.getlist("model"))
    reference = comparing.place_of(models, request.GET.get("reference", "")) if models else 0
    comparison = comparing.compare(actor, models, reference)
    row = _chosen(request, comparison)
    matrix = comparing.matrix(row) if row is not None and len(models) > 2 else None
    here = [model.model for model in models if model.model is not None]
    context = {
        "comparison": comparison,
        "models": models,
        "reference": models[reference] if models else None,
        "chosen": row,
        "matrix": _lines(comparison, row, matrix),
        "samples_query": f"?{_query(request, row)}",
        "pairs": matrix.tests if matrix else 0,
        "is_pending": comparison.is_pending or (matrix is not None and matrix.is_pending),
        "described": here,
        "facts": _card_differences(here),
        "configuration": _configuration_differences(actor, here),
        **_samples(request, actor, comparison, row),
    }
    return render(request, "evals/compare.html", context)


def _chosen(request: HttpRequest, comparison: Comparison) -> Row | None:
    """The metric that the matrix and the samples are about: what `?row=` names, else the first whose samples
    one may see."""
    rows = sorted(comparison.rows, key=lambda row: row.hides_samples)
    return next((row for row in rows if row.key == request.GET.get("row")), rows[0] if rows else None)


def _query(request: HttpRequest, row: Row | None) -> str:
    """The same page, of the chosen metric, for links to the samples of a pair."""
    query = request.GET.copy()
    for name in ("one", "against", "page", "show"):
        query.pop(name, None)
    query["row"] = row.key if row is not None else ""
    return query.urlencode()


def _lines(comparison: Comparison, row: Row | None, matrix: Matrix | None) -> list[MatrixLine]:
    if row is None or matrix is None:
        return []
    return [
        MatrixLine(model, value, tests)
        for model, value, tests in zip(comparison.models, row.values, matrix.lines, strict=True)
        if value is not None
    ]


def _card_differences(models: list[Repository]) -> list[Difference]:
    facts = [
        (_("Parameters"), [f"{m.parameters:,}" if m.parameters else "" for m in models]),
        (_("Number formats"), [", ".join(sorted(m.parameters_by_dtype)) for m in models]),
        (_("Licence"), [m.licence for m in models]),
        (_("Library"), [m.library for m in models]),
        (_("Task"), [m.task for m in models]),
    ]
    return [Difference(label, values) for label, values in facts if len(set(values)) > 1]


def _configuration_differences(actor: Actor, models: list[Repository]) -> list[Difference]:
    """Of `config.json`, where all of them can be read."""
    if len(models) < 2:
        return []
    read = [_configuration(actor, model) for model in models]
    keys = sorted({key for one in read for key in one})
    rows = [Difference(key, [_shown(one.get(key)) for one in read]) for key in keys]
    return [row for row in rows if len(set(row.values)) > 1][:MOST_KEYS]


def _configuration(actor: Actor, model: Repository) -> dict[str, Any]:
    if not access.can(actor, model, Need.CONTENT):
        return {}
    try:
        text = repositories.read_small(model, model.head, "config.json")
        found = json.loads(text or b"{}")
    except (HubError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _shown(value: Any) -> str:
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MOST_CHARACTERS else text[:MOST_CHARACTERS] + "…"


def _samples(request: HttpRequest, actor: Actor, comparison: Comparison, row: Row | None) -> dict[str, Any]:
    """Of one metric, any two models: what `?one=` and `?against=` name, else the reference and the first
    other one that was measured."""
    show = request.GET.get("show", "gap")
    show = show if show in SHOWS else "gap"
    measured = [place for place, value in enumerate(row.values) if value is not None] if row else []
    if row is None or len(measured) < 2 or row.hides_samples:
        return {"show": show}
    models = comparison.models
    first = _place(models, measured, request.GET.get("one", ""), comparison.reference)
    second = _place(models, [place for place in measured if place != first], request.GET.get("against", ""))
    one, other = row.values[first], row.values[second]
    assert one is not None
    assert other is not None
    gaps = comparing.sample_gaps(one, other, show)
    page = Paginator(gaps or [], SAMPLES_PER_PAGE).get_page(request.GET.get("page"))
    indexes = [gap.index for gap in page]
    read = [answers.some_of(actor, value.run, indexes) if indexes else [] for value in (one, other)]
    blank = [Answer(at, "", [], "", {}, {}) for at in indexes]
    return {
        "show": show,
        "one": models[first],
        "against": models[second],
        "measured": [models[place] for place in measured],
        "page": page,
        "unpaired": gaps is None,
        "unreadable": any(outputs is None for outputs in read),
        "samples": [
            SampleRow(gap, first, second)
            for gap, first, second in zip(page, read[0] or blank, read[1] or blank, strict=True)
        ],
    }


def _place(models: Sequence[Entrant], places: Sequence[int], name: str, wanted: int = -1) -> int:
    """Of the model with that name; else the wanted place, else the first."""
    named = next((place for place in places if name and models[place].name == name), None)
    if named is not None:
        return named
    return wanted if wanted in places else places[0]
