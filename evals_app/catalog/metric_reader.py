"""The metrics of a task: from the catalogue, or learned ones that bring a model."""

from __future__ import annotations

import re
from typing import Any

from evals_app.catalog.declaration import LearnedModel, MetricUse
from evals_app.catalog.yaml_lines import Path
from evals_app.catalog.yaml_reader import YamlReader
from evals_app.metrics.catalogue import CODE_KINDS, GENERATION_KINDS, METRICS, RANGES

METRIC_KEYS = (
    *("name", "higher_is_better", "unit", "range", "primary"),
    *("model", "commit", "reads", "label"),
)
READS = ("reference-output", "prompt-output", "output")
# What a learned metric may judge: written texts, not programs.
JUDGED_KINDS = GENERATION_KINDS - CODE_KINDS
METRIC_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
COMMIT = re.compile(r"[0-9a-f]{40}")
REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")


class MetricReader:
    def __init__(self, reader: YamlReader) -> None:
        self.reader = reader

    def metrics(self, value: Any, kind: str, path: Path) -> tuple[MetricUse, ...]:
        if not isinstance(value, list) or not value:
            raise self.reader.wrong(path, "`metrics` must be a list of one or more.")
        metrics = [self.metric(item, kind, (*path, index)) for index, item in enumerate(value)]
        names = [metric.name for metric in metrics]
        if len(set(names)) != len(names):
            raise self.reader.wrong(path, "A metric is named twice.")
        if sum(metric.primary for metric in metrics) > 1:
            raise self.reader.wrong(path, "Only one metric of a task can be `primary`.")
        if not any(metric.primary for metric in metrics):
            first = metrics[0]
            metrics[0] = MetricUse(
                first.name, first.higher_is_better, first.unit, first.range, primary=True, model=first.model
            )
        return tuple(metrics)

    def metric(self, value: Any, kind: str, path: Path) -> MetricUse:
        data = self.reader.mapping({"name": value} if isinstance(value, str) else value, path, METRIC_KEYS)
        if "model" in data:
            return self.learned(data, kind, path)
        for key in ("commit", "reads", "label"):
            if key in data:
                raise self.reader.wrong((*path, key), f"`{key}` belongs to metrics that name a `model`.")
        return self.known(data, kind, path)

    def known(self, data: dict[str, Any], kind: str, path: Path) -> MetricUse:
        """Direction and unit are those of the catalogue; a declaration may repeat but not change them."""
        offered = sorted(name for name, metric in METRICS.items() if kind in metric.kinds)
        name = data.get("name")
        if name not in offered:
            raise self.reader.wrong(
                path, f"`{name}` is no metric of {kind} tasks. They have: {', '.join(offered)}."
            )
        known = METRICS[name]
        if data.get("higher_is_better", known.higher_is_better) is not known.higher_is_better:
            word = "higher" if known.higher_is_better else "lower"
            raise self.reader.wrong(
                (*path, "higher_is_better"), f"For {name}, {word} is better; leave this out."
            )
        if data.get("unit", known.unit) != known.unit:
            raise self.reader.wrong(
                (*path, "unit"), f"The unit of {name} is {known.unit or 'none'}; leave this out."
            )
        return MetricUse(
            name=name,
            higher_is_better=known.higher_is_better,
            unit=known.unit,
            range=self.range(data.get("range"), known.unit, (*path, "range")),
            primary=self.reader.flag(data, "primary", path, default=False),
        )

    def learned(self, data: dict[str, Any], kind: str, path: Path) -> MetricUse:
        """Nobody but its author knows the direction of such a metric, so it must be said."""
        if kind not in JUDGED_KINDS:
            raise self.reader.wrong(
                (*path, "model"), f"Learned metrics judge texts; {kind} tasks write none."
            )
        name = self.reader.text(data, "name", path, limit=40)
        if not METRIC_NAME.fullmatch(name) or name in METRICS:
            message = (
                f"`{name}` cannot name a learned metric: use lower-case letters, digits and '_', and no "
            )
            raise self.reader.wrong((*path, "name"), f"{message}name of the catalogue.")
        if "higher_is_better" not in data:
            raise self.reader.wrong(
                path, f"`{name}` has no direction. Add `higher_is_better: true`, or false if less is better."
            )
        return MetricUse(
            name=name,
            higher_is_better=self.reader.flag(data, "higher_is_better", path, default=True),
            unit=self.reader.text(data, "unit", path, limit=24, default=""),
            range=self.range(data.get("range"), "", (*path, "range")),
            primary=self.reader.flag(data, "primary", path, default=False),
            model=self.model(data, path),
        )

    def model(self, data: dict[str, Any], path: Path) -> LearnedModel:
        name = self.reader.text(data, "model", path)
        if not REPOSITORY.fullmatch(name):
            raise self.reader.wrong(
                (*path, "model"), "`model` must be namespace/name of a model on this hub."
            )
        commit = self.reader.text(data, "commit", path)
        if not COMMIT.fullmatch(commit):
            raise self.reader.wrong(
                (*path, "commit"), "`commit` must be the model's full commit id of 40 hexadecimal digits."
            )
        return LearnedModel(
            id=name,
            commit=commit,
            reads=self.reader.choice(data, "reads", path, READS, READS[0]),
            label=self.reader.text(data, "label", path, limit=100, default=""),
        )

    def range(self, value: Any, unit: str, path: Path) -> tuple[float, float] | None:
        if value is None:
            return RANGES.get(unit)
        numbers = isinstance(value, list) and len(value) == 2
        if not numbers or not all(isinstance(v, int | float) and not isinstance(v, bool) for v in value):
            raise self.reader.wrong(path, "`range` must be [least, most].")
        least, most = float(value[0]), float(value[1])
        if not least < most:
            raise self.reader.wrong(path, "`range` must be [least, most], the smaller number first.")
        return least, most
