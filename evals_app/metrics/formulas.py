"""Metrics as functions of sums over samples, for many sums at once.

A sample contributes one row of statistics; a metric is a formula on the sum of the rows. The last axis
holds the statistics, so one call takes a single sum or the sums of ten thousand resamples. The columns
are those that sacreBLEU counts, and `test_against_libraries` holds both together: the hub's core workers
have no sacreBLEU, and a resample needs no texts.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Statistics = NDArray[np.float64]
OfSums = Callable[[Statistics], Statistics]

BLEU_ORDER = 4
CHRF_BETA_SQUARED = 4.0
CHRF_EPSILON = 1e-16
# exp() of more would not fit into JSON; the perplexity of an untrained model stays a number.
MOST_EXPONENT = 700.0


def mean(sums: Statistics) -> Statistics:
    """Columns: sum of the values, number of samples."""
    return _divided(sums[..., 0], sums[..., 1])


def bits_per_byte(sums: Statistics) -> Statistics:
    """Columns: natural log-likelihood, bytes."""
    return _divided(-sums[..., 0], sums[..., 1] * math.log(2))


def perplexity(sums: Statistics) -> Statistics:
    """Columns: natural log-likelihood, units (words or bytes)."""
    return np.asarray(np.exp(np.minimum(MOST_EXPONENT, _divided(-sums[..., 0], sums[..., 1]))))


def ter(sums: Statistics) -> Statistics:
    """Columns: edits, words of the references. Words where the reference has none count as one error."""
    edits, words = sums[..., 0], sums[..., 1]
    return np.asarray(100 * np.where(words > 0, _divided(edits, words), edits > 0), dtype=np.float64)


def bleu(sums: Statistics) -> Statistics:
    """Columns: length of the output, of the reference, matches of order 1 to 4, n-grams of order 1 to 4.
    Orders without a match are smoothed by halving, as mteval-v13a does (sacreBLEU's `exp`)."""
    output, reference = sums[..., 0], sums[..., 1]
    matches, totals = sums[..., 2 : 2 + BLEU_ORDER], sums[..., 2 + BLEU_ORDER : 2 + 2 * BLEU_ORDER]
    empty = matches == 0
    smoothed = 1 / 2.0 ** np.cumsum(empty & (totals > 0), axis=-1)
    precisions = _divided(np.where(empty, smoothed, matches), totals)
    with np.errstate(divide="ignore"):
        geometric = np.exp(np.mean(np.log(precisions), axis=-1))
    penalty = np.exp(np.minimum(0.0, 1 - _divided(reference, output, otherwise=np.inf)))
    return np.asarray(np.where(np.any(~empty, axis=-1), 100 * geometric * penalty, 0.0))


def chrf(sums: Statistics) -> Statistics:
    """Columns, for each order: n-grams of the output, of the reference, matches. F2 of the precision and
    recall that are averaged over the orders that occur on both sides."""
    by_order = sums.reshape(*sums.shape[:-1], -1, 3)
    output, reference, matches = by_order[..., 0], by_order[..., 1], by_order[..., 2]
    occurs = (output > 0) & (reference > 0)
    orders = occurs.sum(axis=-1)
    precision = _divided((_divided(matches, output) * occurs).sum(axis=-1), orders)
    recall = _divided((_divided(matches, reference) * occurs).sum(axis=-1), orders)
    both = (1 + CHRF_BETA_SQUARED) * precision * recall
    return np.asarray(100 * _divided(both, CHRF_BETA_SQUARED * precision + recall))


def imbalance(sums: Statistics) -> Statistics:
    """Columns as of a mean: how far it lies from one half, doubled."""
    return np.asarray(np.abs(2 * mean(sums) - 1))


def per_hundred(sums: Statistics) -> Statistics:
    """Columns: what is counted, what it is counted in."""
    return 100 * _divided(sums[..., 0], sums[..., 1])


def mean_recall(sums: Statistics) -> Statistics:
    """Columns: the cells of the confusion table, row by row of the right answers. Mean over the classes
    that occur."""
    table = _table(sums)
    of_class = table.sum(axis=-1)
    right = np.diagonal(table, axis1=-2, axis2=-1)
    return _over_present(_divided(right, of_class), of_class)


def mean_f1(sums: Statistics) -> Statistics:
    """The same columns. A class that is never chosen rightly counts zero."""
    table = _table(sums)
    of_class, chosen = table.sum(axis=-1), table.sum(axis=-2)
    right = np.diagonal(table, axis1=-2, axis2=-1)
    return _over_present(_divided(2 * right, of_class + chosen), of_class)


def _table(sums: Statistics) -> Statistics:
    size = math.isqrt(sums.shape[-1])
    return sums.reshape(*sums.shape[:-1], size, size)


def _over_present(values: Statistics, of_class: Statistics) -> Statistics:
    present = of_class > 0
    return _divided((values * present).sum(axis=-1), present.sum(axis=-1))


def _divided(over: Statistics, under: Statistics, otherwise: float = 0.0) -> Statistics:
    """The quotient; `otherwise` where there is nothing to divide by."""
    result = np.full(np.broadcast_shapes(np.shape(over), np.shape(under)), otherwise)
    np.divide(over, under, out=result, where=np.asarray(under) != 0)
    return result


# How a metric's statistics become its value; a test holds this and the catalogue together.
FORMULAS: dict[str, OfSums] = {
    "bleu": bleu,
    "chrf": chrf,
    "ter": ter,
    "bits_per_byte": bits_per_byte,
    "byte_perplexity": perplexity,
    "word_perplexity": perplexity,
    "acc_balanced": mean_recall,
    "f1_macro": mean_f1,
    "stereotype_imbalance": imbalance,
    "toxic_words": per_hundred,
}


def formula(metric: str) -> OfSums:
    """A mean for every metric that says nothing else."""
    return FORMULAS.get(metric, mean)
