"""What metrics work on: what one sample gave, and a metric as rows of statistics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evals_app.metrics import formulas
from evals_app.metrics.formulas import OfSums, Statistics


@dataclass(frozen=True, slots=True)
class Sample:
    """What one sample gave. Tasks whose model writes fill `output` and `references`; language modelling
    `log_likelihood` (natural, summed over the text), `byte_count` and `word_count`; choices `correct`,
    `correct_normalized`, `chosen` and `answer` (texts); pairs `pair_difference`, the log-likelihood of
    the stereotype less that of its counterpart; code `passed`, one entry for each drawn program; learned
    metrics `judged`, by the metric's name."""

    output: str = ""
    references: Sequence[str] = ()
    log_likelihood: float = 0.0
    byte_count: int = 0
    word_count: int = 0
    correct: bool = False
    correct_normalized: bool = False
    chosen: str = ""
    answer: str = ""
    pair_difference: float = 0.0
    passed: Sequence[bool] = ()
    judged: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """A metric as rows of statistics and a formula of their sums. `value` is set where a library's own
    arithmetic must be met to the last digit."""

    rows: Statistics
    of_sums: OfSums
    signature: str = ""
    value: float | None = None


def mean(values: Sequence[float], signature: str = "", factor: float = 1.0) -> Summary:
    rows = np.asarray([(value * factor, 1.0) for value in values], dtype=np.float64)
    return Summary(rows, formulas.mean, signature)
