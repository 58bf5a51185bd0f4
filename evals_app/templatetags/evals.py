"""Lets pages show jobs in the reader's language, and a repository's page what was measured, without the
repositories knowing of evaluations."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.dateformat import format as date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from evals_app.catalog import selectors as catalog
from evals_app.catalog.models import Benchmark
from evals_app.claims import selectors as claims
from evals_app.claims.selectors import Told
from evals_app.jobs import progress_words, words
from evals_app.jobs.accounting import EnergyBasis
from evals_app.jobs.models import Job, JobTransition
from evals_app.leaderboards import selectors as leaderboards
from evals_app.leaderboards.comparing import Against, Entrant, Row
from evals_app.leaderboards.models import LeaderboardEntry
from evals_app.leaderboards.selectors import Cell
from evals_app.metrics import explained
from evals_app.runs import selectors as runs
from evals_app.runs.models import Run, RunValue, ScoreState
from evals_app.schedules import history
from evals_app.schedules import words as schedule_words
from evals_app.schedules.models import ScheduleRun, Trigger
from hub.accounts.actors import ANONYMOUS, Actor
from hub.core.errors import NotFound
from models_app.repositories.models import Repository, RepositoryType

register = template.Library()

NEWEST = 8
NO_CELL = '<td class="num"><span class="muted">–</span></td>'


class Head(Protocol):
    """A column of a board's table."""

    @property
    def decimals(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Scores:
    """Of a model: its newest run on each task, and where it stands. Of a dataset: the benchmark it is."""

    runs: list[Run]
    positions: list[LeaderboardEntry]
    benchmark: Benchmark | None


@register.simple_tag(takes_context=True)
def scores_of(context: template.Context, repository: Repository) -> Scores:
    """At most three queries; only what the reader may see."""
    actor = _actor(context.get("request"))
    if repository.type == RepositoryType.DATASET:
        return Scores([], [], _benchmark(actor, repository))
    newest: dict[tuple[str, str], Run] = {}
    for run in runs.runs_of_model(actor, repository)[: NEWEST * 4]:
        newest.setdefault((run.benchmark_name, run.task), run)
    return Scores(list(newest.values())[:NEWEST], leaderboards.positions_of_model(actor, repository), None)


@register.simple_tag(takes_context=True)
def claims_by(context: template.Context, repository: Repository) -> list[Told]:
    """What a model's card says of it, beside what was measured. At most three queries."""
    return claims.told_by(_actor(context.get("request")), repository)


@register.filter
def job_title(job: Job) -> str:
    return words.title(job)


@register.filter
def progress_words_of(job: Job) -> str:
    return progress_words.in_words(job.progress_text)


@register.filter
def move_reason(move: JobTransition) -> str:
    return words.reason(move)


@register.filter
def energy(joules: float | None) -> str:
    """Watt-hours, as electricity is paid for."""
    if joules is None:
        return "–"
    hours = joules / 3600
    return f"{hours / 1000:.3g} kWh" if hours >= 1000 else f"{hours:.3g} Wh"


@register.filter
def energy_basis(job: Job) -> str:
    return str(EnergyBasis(job.energy_basis).label) if job.energy_basis else ""


@register.filter
def energy_source(job: Job) -> str:
    """How an amount of energy came about, in words."""
    known = {
        "nvml-counter": _("energy counters of the graphics cards"),
        "nvml-power": _("power of the graphics cards, read every few seconds"),
        "rapl-share": _("energy counters of the processors, by the job's part of their time"),
        "estimate": _("processor time times %(watts)s W a core") % {"watts": f"{settings.CORE_WATTS:g}"},
    }
    sources = (job.environment.get("machine") or {}).get("energy_sources") or []
    return "; ".join(known[source] for source in sources if source in known)


@register.filter
def money(amount: Decimal | None, currency: str) -> str:
    """Two decimals, or as many as a small amount needs."""
    if amount is None:
        return "–"
    decimals = 2 if amount == 0 or amount >= Decimal("0.1") else 4
    return f"{amount:.{decimals}f} {currency}"


@register.filter
def schedule_cause(run: ScheduleRun) -> str:
    return _("by hand") if run.cause == history.BY_HAND else str(Trigger(run.cause).label)


@register.filter
def schedule_date(moment: datetime) -> str:
    """In the zone that the moment carries, with its distance from UTC, which changes with the season."""
    return f"{date_format(moment, 'D')} {moment:%Y-%m-%d %H:%M} ({moment:%z})"


@register.filter
def cron_words(cron: str) -> str:
    """As people say it; empty for unusual lines."""
    return schedule_words.in_words(cron)


@register.filter
def as_json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _actor(request: HttpRequest | None) -> Actor:
    return getattr(request, "actor", ANONYMOUS) if request is not None else ANONYMOUS


def _benchmark(actor: Actor, repository: Repository) -> Benchmark | None:
    try:
        return catalog.get_benchmark(actor, *repository.full_id.split("/"))
    except NotFound:
        return None


@register.simple_tag
def metric_link(metric: str, label: object) -> SafeString:
    """The label, leading to the page that explains the metric where there is one."""
    page = explained.page_of(metric)
    if page is None:
        return format_html("{}", label)
    return format_html('<a href="{}">{}</a>', reverse("evals:metric-detail", args=[page]), label)


@register.filter
def beside(row: Row, models: list[Entrant]) -> list[tuple[Entrant, RunValue | None, Against | None]]:
    """Each model with its value and its test against the reference."""
    return list(zip(models, row.values, row.tests, strict=True))


@register.filter
def against(tests: list[Against | None], models: list[Entrant]) -> list[tuple[Entrant, Against | None]]:
    """A line of the matrix: each model with the test against it."""
    return list(zip(models, tests, strict=True))


@register.filter
def signed(value: float) -> str:
    return f"{value:+.3g}"


@register.filter(name="p_value")
def p_value_text(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


@register.simple_tag
def board_cells(cells: Iterable[tuple[Head, Cell | None]]) -> SafeString:
    """The cells of a board's row. Not a template: a page has a thousand, and loops there are slow. Nothing
    in a cell needs escaping: they are numbers, ids, and marks that are escaped already."""
    return SafeString("".join(_cell(cell, head.decimals) for head, cell in cells))


def _state_mark(state: str) -> str:
    """What others found, where that is more than that it was measured."""
    if state == ScoreState.MEASURED:
        return ""
    mark = "✓" if state == ScoreState.REPRODUCED else "!"
    return format_html('<sup title="{}">{}</sup>', ScoreState(state).label, mark)


def _cell(cell: Cell | None, decimals: int) -> str:
    if cell is None:
        return NO_CELL
    interval = ""
    if cell.low is not None and cell.high is not None:
        interval = f' title="{cell.low:.{decimals}f} – {cell.high:.{decimals}f}"'
    value = f"{cell.value:.{decimals}f}{_state_mark(cell.run__state)}"
    return f'<td class="num"><a href="/runs/{cell.run_id}"{interval}>{value}</a></td>'
