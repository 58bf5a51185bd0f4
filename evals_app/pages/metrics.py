"""What each metric means: a page each, written in both languages."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy
from django.views.decorators.http import require_safe

from evals_app.metrics import explained
from evals_app.metrics.catalogue import METRICS, RANGES, Metric
from hub.core.errors import NotFound

TITLES = {
    "perplexity": gettext_lazy("Cross-entropy and perplexity"),
    "bits-per-byte": gettext_lazy("Bits per byte"),
    "bleu": "BLEU",
    "chrf": "chrF",
    "ter": "TER",
    "rouge": "ROUGE",
    "exact-match": gettext_lazy("Exact match"),
    "f1": "F1",
    "accuracy": gettext_lazy("Accuracy"),
    "pass-at-k": "pass@k",
    "bias": gettext_lazy("Bias in pairs"),
    "toxicity": gettext_lazy("Toxicity by words"),
}


@dataclass(frozen=True, slots=True)
class Explained:
    """A page with the metrics of the catalogue that it explains."""

    name: str
    title: str
    metrics: list[Metric]


@dataclass(frozen=True, slots=True)
class Facts:
    metric: Metric
    range: tuple[float, float] | None


def pages() -> list[Explained]:
    return [
        Explained(name, str(TITLES[name]), [METRICS[metric] for metric in metrics if metric in METRICS])
        for name, metrics in explained.PAGES.items()
    ]


@require_safe
def metric_list(request: HttpRequest) -> HttpResponse:
    return render(request, "evals/metrics/list.html", {"pages": pages()})


@require_safe
def metric_detail(request: HttpRequest, name: str) -> HttpResponse:
    found = next((page for page in pages() if page.name == name), None)
    if found is None:
        raise NotFound(f"There is no page about a metric {name!r:.60}.")
    language = "zh" if (get_language() or "").startswith("zh") else "en"
    context = {
        "found": found,
        "facts": [Facts(metric, RANGES.get(metric.unit)) for metric in found.metrics],
        "article": f"evals/metrics/{language}/{name}.html",
        "pages": pages(),
    }
    return render(request, "evals/metrics/detail.html", context)
