"""Which task and metric of a benchmark a claim is about, and whether a measurement contradicts it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from evals_app.metrics.ranking import Z_95
from models_app.cards.claims import Claim

ALIASES = {
    "accuracy": "acc",
    "em": "exact_match",
    "sacrebleu": "bleu",
    "rouge_1": "rouge1",
    "rouge_2": "rouge2",
}
# Cards round.
SLACK = 0.005


@dataclass(frozen=True, slots=True)
class Match:
    """`scaled` is the value on the metric's own scale."""

    task: str
    metric: str
    scaled: float


def match(claim: Claim, tasks: Sequence[Mapping[str, Any]]) -> Match | None:
    """None where the names do not tell. Without a metric it is the primary one, without a task the only
    one."""
    if claim.number is None:
        return None
    task = next((one for one in tasks if one["name"] == claim.task), None)
    if task is None and len(tasks) == 1 and not claim.file:
        task = tasks[0]
    metric = _metric(claim, task) if task else None
    if task is None or metric is None:
        return None
    return Match(task["name"], metric["name"], scaled(claim.number, metric.get("range")))


def _metric(claim: Claim, task: Mapping[str, Any]) -> Mapping[str, Any] | None:
    if not claim.metric:
        return next((metric for metric in task["metrics"] if metric["primary"]), None)
    plain = claim.metric.lower().replace("-", "_").replace(" ", "_")
    wanted = {claim.metric.lower(), plain, ALIASES.get(plain, plain)}
    return next((metric for metric in task["metrics"] if metric["name"].lower() in wanted), None)


def scaled(value: float, bounds: Sequence[float | None] | None) -> float:
    """Shares are often given in percent."""
    least, most = bounds or (None, None)
    return value / 100 if most == 1 and least in (0, None) and 1 < value <= 100 else value


def contradicts(claimed: float, value: float, stderr: float | None) -> bool:
    """Outside of the 95 % interval of what was measured, and of what rounding explains."""
    return abs(claimed - value) > Z_95 * (stderr or 0.0) + SLACK * max(abs(claimed), abs(value))


def run_named(url: str, hub_url: str) -> str:
    """The id of the run that a source names on this hub; empty for any other address."""
    given, own = urlsplit(url), urlsplit(hub_url)
    if (given.scheme, given.netloc) != (own.scheme, own.netloc) or not given.path.startswith("/runs/"):
        return ""
    return given.path.removeprefix("/runs/").strip("/")
