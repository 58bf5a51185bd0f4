"""Which metrics exist: names, directions and units, without the libraries that compute them.

A new metric is a line here and a function in `scoring.STATISTICS`; a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass

GENERATION_KINDS = frozenset({"translation", "summarization", "generation"})
LIKELIHOOD_KINDS = frozenset({"language-modelling"})
CHOICE_KINDS = frozenset({"multiple-choice"})
KINDS = GENERATION_KINDS | LIKELIHOOD_KINDS | CHOICE_KINDS


@dataclass(frozen=True, slots=True)
class Metric:
    """`unit` is what a value is counted in: `points` run from 0 to 100, `share` from 0 to 1."""

    name: str
    label: str
    kinds: frozenset[str]
    higher_is_better: bool
    unit: str
    description: str


_ALL = [
    Metric("bleu", "BLEU", GENERATION_KINDS, True, "points", "Overlap of word sequences with the references, over the whole corpus."),  # noqa: E501
    Metric("chrf", "chrF", GENERATION_KINDS, True, "points", "Overlap of character sequences with the references, over the whole corpus."),  # noqa: E501
    Metric("ter", "TER", GENERATION_KINDS, False, "points", "Edits needed to turn the output into the reference, per 100 words."),  # noqa: E501
    Metric("rouge1", "ROUGE-1", GENERATION_KINDS, True, "points", "Overlap of single words (F1), mean over samples."),  # noqa: E501
    Metric("rouge2", "ROUGE-2", GENERATION_KINDS, True, "points", "Overlap of word pairs (F1), mean over samples."),  # noqa: E501
    Metric("rougeL", "ROUGE-L", GENERATION_KINDS, True, "points", "Longest common subsequence of words (F1), mean over samples."),  # noqa: E501
    Metric("exact_match", "Exact match", GENERATION_KINDS, True, "share", "Share of outputs that equal a reference, white space aside."),  # noqa: E501
    Metric("bits_per_byte", "Bits per byte", LIKELIHOOD_KINDS, False, "bits/byte", "Bits that the model needs for a byte of text; comparable between tokenizers."),  # noqa: E501
    Metric("byte_perplexity", "Byte perplexity", LIKELIHOOD_KINDS, False, "", "2 to the power of bits per byte."),  # noqa: E501
    Metric("word_perplexity", "Word perplexity", LIKELIHOOD_KINDS, False, "", "Perplexity per white-space-separated word."),  # noqa: E501
    Metric("acc", "Accuracy", CHOICE_KINDS, True, "share", "Share of samples where the right choice is the most likely one."),  # noqa: E501
    Metric("acc_norm", "Accuracy, normalized", CHOICE_KINDS, True, "share", "Accuracy with likelihoods divided by the length of the choice."),  # noqa: E501
]  # fmt: skip

METRICS: dict[str, Metric] = {metric.name: metric for metric in _ALL}
