"""From samples to a score with its standard error and the signature of how it was computed.

`rouge_score` and `sacrebleu` belong to the engines' packages; they are imported when first used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from typing import Any

import numpy as np

from evals_app.metrics import answers, bootstrap, choices, formulas, languages, programs, toxicity
from evals_app.metrics.formulas import OfSums, Statistics
from evals_app.metrics.samples import Sample, Summary, mean


@dataclass(frozen=True, slots=True)
class Score:
    """`per_sample` are the values of single samples: exact parts of a mean, an orientation for
    metrics that are defined over a corpus. `rows` are what the value is a formula of."""

    value: float
    stderr: float | None
    signature: str
    per_sample: list[float]
    rows: Statistics


def score(metric: str, samples: Sequence[Sample], *, language: str | None, draws: int, seed: int) -> Score:
    """Raises KeyError for a metric that does not exist and ValueError for no samples."""
    if not samples:
        raise ValueError("There is nothing to score.")
    return _score(summarize(metric, samples, language=language), draws=draws, seed=seed)


def judged(name: str, samples: Sequence[Sample], signature: str) -> Score:
    """The score of a learned metric: the mean of what its model said of each sample."""
    return _score(mean([dict(sample.judged)[name] for sample in samples], signature))


def _score(summary: Summary, *, draws: int = 0, seed: int = 0) -> Score:
    per_sample = summary.of_sums(summary.rows)
    if summary.of_sums is formulas.mean:
        stderr = bootstrap.mean_standard_error(per_sample)
    else:
        stderr = bootstrap.standard_error(summary.rows, summary.of_sums, count=draws, seed=seed)
    value = float(summary.of_sums(summary.rows.sum(axis=0))) if summary.value is None else summary.value
    return Score(value, stderr, summary.signature, per_sample.tolist(), summary.rows)


def summarize(metric: str, samples: Sequence[Sample], *, language: str | None) -> Summary:
    return STATISTICS[metric](samples, language)


# --- Translation: sacreBLEU's own statistics, so that values equal its corpus scores ---------------


def _bleu(samples: Sequence[Sample], language: str | None) -> Summary:
    from sacrebleu.metrics import BLEU

    metric = BLEU(tokenize=languages.bleu_tokenizer(language), effective_order=False)
    return _sacrebleu(metric, samples, formulas.bleu)


def _chrf(samples: Sequence[Sample], _language: str | None) -> Summary:
    from sacrebleu.metrics import CHRF

    return _sacrebleu(CHRF(), samples, formulas.chrf)


def _ter(samples: Sequence[Sample], language: str | None) -> Summary:
    from sacrebleu.metrics import TER

    asian = languages.bleu_tokenizer(language) != "13a"
    return _sacrebleu(TER(normalized=asian, asian_support=asian), samples, formulas.ter)


def _sacrebleu(metric: Any, samples: Sequence[Sample], of_sums: OfSums) -> Summary:
    outputs = [sample.output for sample in samples]
    width = max(len(sample.references) for sample in samples)
    streams = [
        [sample.references[i] if i < len(sample.references) else None for sample in samples]
        for i in range(width)
    ]
    # The public interface gives no way from statistics to scores, and without it a bootstrap would
    # tokenize every sample a thousand times; the version is pinned and a test compares both ways.
    rows = np.asarray(metric._extract_corpus_statistics(outputs, streams), dtype=np.float64)  # noqa: SLF001

    value = float(metric._compute_score_from_stats(_whole(rows.sum(axis=0))).score)  # noqa: SLF001
    return Summary(rows, of_sums, str(metric.get_signature()), value)


def _whole(sums: Statistics) -> list[int] | list[float]:
    values = sums.tolist()
    return [int(v) for v in values] if all(v == int(v) for v in values) else values


# --- Means ----------------------------------------------------------------------------------------


class _Words:
    """The interface `rouge_score` wants of a tokenizer."""

    def tokenize(self, text: str) -> list[str]:
        return languages.words(text)


@cache
def _rouge_scorer(name: str) -> Any:
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer([name], tokenizer=_Words())


def _rouge(name: str) -> Callable[[Sequence[Sample], str | None], Summary]:
    def summarize_rouge(samples: Sequence[Sample], _language: str | None) -> Summary:
        scorer = _rouge_scorer(name)
        best = [
            max(scorer.score(reference, sample.output)[name].fmeasure for reference in sample.references)
            for sample in samples
        ]
        version = metadata.version("rouge_score")
        signature = f"{name}|f1|case:lc|tok:unicode-words|refs:best|rouge_score:{version}"
        return mean(best, signature, 100.0)

    return summarize_rouge


# --- Likelihoods: ratios of sums, as in lm-evaluation-harness --------------------------------------


def _per_byte(samples: Sequence[Sample]) -> Statistics:
    return np.asarray([(s.log_likelihood, s.byte_count) for s in samples], dtype=np.float64)


def _bits_per_byte(samples: Sequence[Sample], _language: str | None) -> Summary:
    return Summary(_per_byte(samples), formulas.bits_per_byte)


def _byte_perplexity(samples: Sequence[Sample], _language: str | None) -> Summary:
    return Summary(_per_byte(samples), formulas.perplexity)


def _word_perplexity(samples: Sequence[Sample], _language: str | None) -> Summary:
    rows = np.asarray([(s.log_likelihood, s.word_count) for s in samples], dtype=np.float64)
    return Summary(rows, formulas.perplexity)


STATISTICS: dict[str, Callable[[Sequence[Sample], str | None], Summary]] = {
    "bleu": _bleu,
    "chrf": _chrf,
    "ter": _ter,
    "rouge1": _rouge("rouge1"),
    "rouge2": _rouge("rouge2"),
    "rougeL": _rouge("rougeL"),
    "exact_match": answers.exact_match,
    "quasi_exact_match": answers.quasi_exact_match,
    "f1": answers.f1,
    "pass_at_1": programs.pass_at(1),
    "pass_at_5": programs.pass_at(5),
    "pass_at_10": programs.pass_at(10),
    "bits_per_byte": _bits_per_byte,
    "byte_perplexity": _byte_perplexity,
    "word_perplexity": _word_perplexity,
    "acc": choices.accuracy,
    "acc_norm": choices.accuracy_normalized,
    "acc_balanced": choices.accuracy_balanced,
    "f1_macro": choices.f1_macro,
    "stereotype_imbalance": choices.stereotype_imbalance,
    "stereotype_share": choices.stereotype_share,
    "pair_difference": choices.pair_difference,
    "toxic_share": toxicity.toxic_share,
    "toxic_words": toxicity.toxic_words,
}
