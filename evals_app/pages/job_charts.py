"""Charts of a job: what its engine reported, and what was seen of its machine."""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_safe

from evals_app.jobs import accounting, selectors
from evals_app.jobs.models import Job, JobState
from hub.accounts.requests import actor_of
from hub.core.clock import now
from hub.core.errors import NotFound

Points = list[tuple[float, float]]
SYSTEM = "system/"
CARD = re.compile(r"system/gpu(\d+)_(percent|memory_bytes)")
GIGABYTE = 1e9
LAST_LOOK = timedelta(seconds=15)
TITLES = {
    "grad_norm": gettext_noop("Norm of the gradient"),
    "learning_rate": gettext_noop("Learning rate"),
    "samples_per_second": gettext_noop("Samples a second"),
    "tokens_per_second": gettext_noop("Tokens a second"),
}


@dataclass(frozen=True, slots=True)
class Chart:
    slug: str
    title: str
    x_label: str
    lines: list[tuple[str, Points]]


@require_safe
def job_metrics(request: HttpRequest, job_id: UUID) -> HttpResponse:
    job = selectors.get_job_for(actor_of(request), job_id)
    return render(request, "evals/jobs/metrics.html", {"job": job, **context_of(job)})


@require_safe
def job_metrics_csv(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
    """Every reported value as it is kept, streamed."""
    job = selectors.get_job_for(actor_of(request), job_id)
    answer = StreamingHttpResponse(_csv_lines(job), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{job.pk}-metrics.csv"'
    return answer


@require_safe
def job_chart(request: HttpRequest, job_id: UUID, slug: str) -> HttpResponse:
    """One chart as a drawing that stands by itself."""
    job = selectors.get_job_for(actor_of(request), job_id)
    chart = next((chart for chart in charts_of(selectors.metrics_of(job)) if chart.slug == slug), None)
    if chart is None:
        raise NotFound("The job has no such chart.")
    answer = render(request, "evals/jobs/chart.svg", {"chart": chart}, content_type="image/svg+xml")
    answer.headers["Content-Disposition"] = f'attachment; filename="{job.pk}-{slug}.svg"'
    # Its colours are its own, so that it stays right wherever it is put.
    answer.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return answer


def context_of(job: Job) -> dict[str, object]:
    """A value reported once is only a number."""
    series = selectors.metrics_of(job)
    charts = charts_of(series)
    return {
        "charts": [chart for chart in charts if not chart.slug.startswith("system-")],
        "system_charts": [chart for chart in charts if chart.slug.startswith("system-")],
        "last_values": [(n, points[-1][1]) for n, points in series.items() if not n.startswith(SYSTEM)],
        "metrics_are_live": job.state == JobState.RUNNING or _ended_just_now(job),
    }


def _ended_just_now(job: Job) -> bool:
    """The last numbers came with the end: a page that showed the job running asks for them once more."""
    return job.finished_at is not None and now() - job.finished_at < LAST_LOOK


def charts_of(series: Mapping[str, Sequence[tuple[int, float]]]) -> list[Chart]:
    """Losses share a chart, the engine's other metrics have one each; then processors, memory and cards."""
    own = {name: _floats(points) for name, points in series.items() if not name.startswith(SYSTEM)}
    losses = [(name, points) for name, points in own.items() if "loss" in name]
    step = _("step")
    charts = [Chart("loss", _("Loss"), step, losses)]
    charts += [
        Chart(_slug(name), _title(name), step, [(name, points)])
        for name, points in own.items()
        if "loss" not in name
    ]
    charts += _machine_charts({n: p for n, p in series.items() if n.startswith(SYSTEM)})
    return [
        Chart(chart.slug, chart.title, chart.x_label, kept)
        for chart in charts
        if (kept := [(name, points) for name, points in chart.lines if len(points) > 1])
    ]


def _title(name: str) -> str:
    """A metric of an engine that nobody here has heard of is called what it calls itself."""
    return _(TITLES[name]) if name in TITLES else name.replace("_", " ")


def _machine_charts(series: Mapping[str, Sequence[tuple[int, float]]]) -> list[Chart]:
    """Time runs from the first look, in minutes."""
    begun = min((points[0][0] for points in series.values() if points), default=0)

    def over_time(name: str, unit: float = 1.0) -> Points:
        return [((at - begun) / 60, value / unit) for at, value in series.get(name, ())]

    cards = sorted({int(found[1]) for name in series if (found := CARD.fullmatch(name))})

    def of_cards(what: str, unit: float = 1.0) -> list[tuple[str, Points]]:
        return [(f"GPU {number}", over_time(f"system/gpu{number}_{what}", unit)) for number in cards]

    minutes = _("minutes")
    processor, memory = _("Processor, percent of a core"), _("Memory, GB")
    return [
        Chart("system-processor", processor, minutes, [(_("Processor"), over_time("system/cpu_percent"))]),
        Chart("system-memory", memory, minutes, [(_("Memory"), over_time("system/memory_bytes", GIGABYTE))]),
        Chart("system-gpu", _("Graphics cards, % busy"), minutes, of_cards("percent")),
        Chart("system-gpu-memory", _("Memory of cards, GB"), minutes, of_cards("memory_bytes", GIGABYTE)),
        Chart("system-power", _("Power, W"), minutes, [(_("Power"), _watts(over_time(accounting.ENERGY)))]),
    ]


def _watts(joules: Points) -> Points:
    """The slope of the energy; a counter that begins anew with an attempt has none there."""
    pairs = itertools.pairwise(joules)
    return [
        (t, round((e - before) / 60 / (t - s), 1)) for (s, before), (t, e) in pairs if t > s and e >= before
    ]


def _floats(points: Sequence[tuple[int, float]]) -> Points:
    return [(float(step), value) for step, value in points]


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "metric"


class _Echo:
    """What `csv` writes into becomes what it returns."""

    def write(self, text: str) -> str:
        return text


def _csv_lines(job: Job) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(["metric", "step", "value", "kept_at"])
    for name, step, value, at in selectors.metric_rows(job):
        # A name is an engine's; a spreadsheet must not take it for a formula.
        safe = f"'{name}" if name[:1] in "=+-@\t\r" else name
        yield writer.writerow([safe, step, repr(value), at.isoformat()])
