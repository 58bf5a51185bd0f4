"""`/compare?model=a&model=b`: models side by side."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from evals_app.leaderboards import comparing
from evals_app.leaderboards.comparing import Comparison, Row, SampleGap
from evals_app.runs import samples
from evals_app.runs.samples import Outputs
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
class SampleRow:
    gap: SampleGap
    first: Outputs
    second: Outputs


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    models = comparing.models_named(actor, request.GET.getlist("model"))
    comparison = comparing.compare(actor, models)
    context = {
        "comparison": comparison,
        "names": [model.full_id for model in models],
        "facts": _card_differences(models),
        "configuration": _configuration_differences(actor, models),
        **_samples(request, actor, comparison),
    }
    return render(request, "evals/compare.html", context)


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


def _samples(request: HttpRequest, actor: Actor, comparison: Comparison) -> dict[str, Any]:
    """Of one row, the first model against one other: what `?row=` and `?against=` name, else the first row
    that has samples."""
    show = request.GET.get("show", "gap")
    show = show if show in SHOWS else "gap"
    rows = [row for row in comparison.rows if _others(row)]
    row = next((row for row in rows if row.key == request.GET.get("row")), rows[0] if rows else None)
    context: dict[str, Any] = {"sample_rows": rows, "chosen": row, "show": show}
    if row is None:
        return context
    others = _others(row)
    names = [comparison.models[place].full_id for place in others]
    asked = request.GET.get("against", "")
    place = others[names.index(asked)] if asked in names else others[0]
    one, other = row.values[0], row.values[place]
    assert one is not None
    assert other is not None
    gaps = comparing.sample_gaps(one, other, show) or []
    page = Paginator(gaps, SAMPLES_PER_PAGE).get_page(request.GET.get("page"))
    indexes = [gap.index for gap in page]
    read = [samples.outputs(actor, value.run, indexes) if indexes else [] for value in (one, other)]
    blank = [Outputs()] * len(indexes)
    return {
        **context,
        "against": comparison.models[place].full_id,
        "against_names": names,
        "page": page,
        "unreadable": any(outputs is None for outputs in read),
        "samples": [
            SampleRow(gap, first, second)
            for gap, first, second in zip(page, read[0] or blank, read[1] or blank, strict=True)
        ],
    }


def _others(row: Row) -> list[int]:
    """Places of the models that share samples with the first."""
    paired = ("mcnemar", "randomization", "normal", "pending")
    return [place for place, test in enumerate(row.tests) if test is not None and test.method in paired]
