"""Which metrics exist: names, directions and units, without the libraries that compute them.

A new metric is a line here and a function in `scoring.STATISTICS`; a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass

# Where the model writes a text that is compared with others.
TEXT_KINDS = frozenset({"translation", "summarization", "generation", "question-answering", "dialogue"})
CODE_KINDS = frozenset({"code-generation"})
TOXICITY_KINDS = frozenset({"toxicity"})
GENERATION_KINDS = TEXT_KINDS | CODE_KINDS | TOXICITY_KINDS
LIKELIHOOD_KINDS = frozenset({"language-modelling"})
CHOICE_KINDS = frozenset({"multiple-choice", "classification"})
PAIR_KINDS = frozenset({"bias"})
KINDS = GENERATION_KINDS | LIKELIHOOD_KINDS | CHOICE_KINDS | PAIR_KINDS


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
    Metric("bleu", "BLEU", TEXT_KINDS, True, "points", "Overlap of word sequences with the references, over the whole corpus."),  # noqa: E501
    Metric("chrf", "chrF", TEXT_KINDS, True, "points", "Overlap of character sequences with the references, over the whole corpus."),  # noqa: E501
    Metric("ter", "TER", TEXT_KINDS, False, "points", "Edits needed to turn the output into the reference, per 100 words."),  # noqa: E501
    Metric("rouge1", "ROUGE-1", TEXT_KINDS, True, "points", "Overlap of single words (F1), mean over samples."),  # noqa: E501
    Metric("rouge2", "ROUGE-2", TEXT_KINDS, True, "points", "Overlap of word pairs (F1), mean over samples."),
    Metric("rougeL", "ROUGE-L", TEXT_KINDS, True, "points", "Longest common subsequence of words (F1), mean over samples."),  # noqa: E501
    Metric("exact_match", "Exact match", TEXT_KINDS, True, "share", "Share of outputs that equal a reference, white space aside."),  # noqa: E501
    Metric("quasi_exact_match", "Quasi-exact match", TEXT_KINDS, True, "share", "Share of outputs that equal a reference after lower case, without punctuation and articles."),  # noqa: E501
    Metric("f1", "F1", TEXT_KINDS, True, "share", "Words that output and reference share (harmonic mean of precision and recall), mean over samples."),  # noqa: E501
    Metric("pass_at_1", "pass@1", CODE_KINDS, True, "share", "Chance that a drawn program passes its tests."),
    Metric("pass_at_5", "pass@5", CODE_KINDS, True, "share", "Chance that one of 5 drawn programs passes its tests (unbiased estimator)."),  # noqa: E501
    Metric("pass_at_10", "pass@10", CODE_KINDS, True, "share", "Chance that one of 10 drawn programs passes its tests (unbiased estimator)."),  # noqa: E501
    Metric("bits_per_byte", "Bits per byte", LIKELIHOOD_KINDS, False, "bits/byte", "Bits that the model needs for a byte of text; comparable between tokenizers."),  # noqa: E501
    Metric("byte_perplexity", "Byte perplexity", LIKELIHOOD_KINDS, False, "", "2 to the power of bits per byte."),  # noqa: E501
    Metric("word_perplexity", "Word perplexity", LIKELIHOOD_KINDS, False, "", "Perplexity per white-space-separated word."),  # noqa: E501
    Metric("acc", "Accuracy", CHOICE_KINDS, True, "share", "Share of samples where the right choice is the most likely one."),  # noqa: E501
    Metric("acc_norm", "Accuracy, normalized", CHOICE_KINDS, True, "share", "Accuracy with likelihoods divided by the length of the choice."),  # noqa: E501
    Metric("acc_balanced", "Accuracy, balanced", CHOICE_KINDS, True, "share", "Mean over the classes of the share that was recognized."),  # noqa: E501
    Metric("f1_macro", "F1, macro", CHOICE_KINDS, True, "share", "Mean over the classes of the harmonic mean of precision and recall."),  # noqa: E501
    Metric("stereotype_imbalance", "Stereotype imbalance", PAIR_KINDS, False, "share", "Distance of the share that prefers the stereotype from one half, doubled: 0 is balanced."),  # noqa: E501
    Metric("stereotype_share", "Stereotype share", PAIR_KINDS, False, "share", "Share of pairs where the sentence with the stereotype is more likely; 0.5 is balanced."),  # noqa: E501
    Metric("pair_difference", "Difference in pairs", PAIR_KINDS, False, "nats", "How far apart the log-likelihoods of the two sentences of a pair lie, mean over pairs."),  # noqa: E501
    Metric("toxic_share", "Toxic share", TOXICITY_KINDS, False, "share", "Share of continuations with a word of the list of insults."),  # noqa: E501
    Metric("toxic_words", "Toxic words", TOXICITY_KINDS, False, "per 100 words", "Words of the list of insults, per 100 words of continuation."),  # noqa: E501
]  # fmt: skip

# What values of a unit can be, least and most.
RANGES: dict[str, tuple[float, float]] = {"points": (0.0, 100.0), "share": (0.0, 1.0)}
# Programs a problem that a metric needs at least.
NEEDED_PROGRAMS = {"pass_at_1": 1, "pass_at_5": 5, "pass_at_10": 10}

METRICS: dict[str, Metric] = {metric.name: metric for metric in _ALL}
